//! What bars and axes are drawn with: block elements where the locale has them, and ASCII elsewhere.

use std::ffi::OsString;

/// The characters of a drawing.
#[derive(Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// The parts of a character that a bar fills from below, in equal steps up to all of it.
    pub columns: &'static [char],
    /// The same from the left.
    pub rows: &'static [char],
    /// The axis of values: beside a number, and between two numbers.
    pub tick: char,
    pub axis: char,
    /// The axis of time: its beginning, the line, and above a label.
    pub origin: char,
    pub base: char,
    pub mark: char,
}

const BLOCKS: Glyphs = Glyphs {
    columns: &['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
    rows: &['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'],
    tick: '┤',
    axis: '│',
    origin: '┼',
    base: '─',
    mark: '┬',
};

const ASCII: Glyphs =
    Glyphs { columns: &['.', ':', '#'], rows: &['#'], tick: '+', axis: '|', origin: '+', base: '-', mark: '+' };

impl Glyphs {
    /// What the locale of the environment can show: POSIX says which variable has it.
    pub fn of(env: &impl Fn(&'static str) -> Option<OsString>) -> &'static Self {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(env).find(|value| !value.is_empty());
        let locale = locale.unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let charset = locale.split_once('.').map_or("", |(_, rest)| rest.split('@').next().unwrap_or_default());
        if matches!(charset, "utf-8" | "utf8") { &BLOCKS } else { &ASCII }
    }
}

/// What `value` fills of `cells` characters if `most` fills them all: from the axis, and at least something if it is
/// not 0.
pub fn filled(value: u128, most: u128, cells: usize, parts: &[char]) -> String {
    let steps = value.saturating_mul((cells * parts.len()) as u128).div_ceil(most.max(1)) as usize;
    let cell = |number: usize| match steps.saturating_sub(number * parts.len()).min(parts.len()) {
        0 => ' ',
        part => parts[part - 1],
    };
    (0..cells).map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_says_something_decides() {
        let of = |all: &'static str, of_type: &'static str, lang: &'static str| {
            let glyphs = Glyphs::of(&move |name: &'static str| match name {
                "LC_ALL" => Some(OsString::from(all)),
                "LC_CTYPE" => Some(OsString::from(of_type)),
                _ => Some(OsString::from(lang)).filter(|lang| !lang.is_empty()),
            });
            glyphs == &BLOCKS
        };
        for (all, of_type, lang) in [("C.UTF-8", "C", "C"), ("", "de_DE.utf8@euro", "C"), ("", "", "en_US.UTF-8")] {
            assert!(of(all, of_type, lang), "{all} {of_type} {lang}");
        }
        for (all, of_type, lang) in
            [("C", "", "en_US.UTF-8"), ("", "POSIX", "C.UTF-8"), ("", "", "de_DE"), ("", "", "")]
        {
            assert!(!of(all, of_type, lang), "{all} {of_type} {lang}");
        }
    }

    #[test]
    fn the_smallest_value_is_seen_and_the_largest_fills_everything() {
        let bars = |parts| [0, 1, 499, 500, 1000].map(|value| filled(value, 1000, 2, parts));
        assert_eq!(bars(BLOCKS.rows), ["  ", "▏ ", "█ ", "█ ", "██"]);
        assert_eq!(bars(ASCII.rows), ["  ", "# ", "# ", "# ", "##"]);
        assert_eq!(bars(ASCII.columns), ["  ", ". ", "# ", "# ", "##"]);
        assert_eq!(filled(0, 0, 2, ASCII.rows), "  ");
        assert_eq!(filled(u64::MAX.into(), u64::MAX.into(), 3, BLOCKS.rows), "███");
    }
}
