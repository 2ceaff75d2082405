//! Columns on a screen: how wide they are, which of them go where it is narrow, and where their cells are cut.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::color::Color;

/// Wider cells are cut off, also where there is no screen.
const CELL_MAX: usize = 4096;
/// The last column gets at least this much room, if it needs that and other columns can shrink or go.
const LAST_MIN: u16 = 20;
/// Blanks between columns.
pub const GAP: u16 = 2;

/// A column without its cells.
#[derive(Clone, Copy)]
pub struct Column {
    /// Empty for a drawing of the column before, which nobody misses.
    pub heading: &'static str,
    pub is_number: bool,
    pub when_narrow: WhenNarrow,
}

/// What becomes of a column that there is no room for on a terminal. The last one is cut to what is left.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum WhenNarrow {
    /// It stays.
    Stays,
    /// It is cut, but not below this many characters.
    Shrinks(u16),
    /// It is left out; the least important one has the lowest number, and goes first.
    Goes(u8),
}

/// One row: its cells, and which of them is coloured.
pub struct Cells {
    pub texts: Vec<String>,
    /// What stands behind the last text, and is cut after it: it may be all that tells two rows apart.
    pub tail: String,
    pub colored: Option<(usize, Color)>,
}

/// The widths that the contents of a page need.
pub fn widths(columns: &[Column], page: &[Cells]) -> Vec<u16> {
    let last = columns.len() - 1;
    let widest = |(number, column): (usize, &Column)| {
        let contents = page.iter().map(|cells| {
            let tail = if number == last { cells.tail.width() } else { 0 };
            cells.texts[number].width() + tail
        });
        let widest = contents.chain([column.heading.width()]).max().unwrap_or(0).min(CELL_MAX);
        u16::try_from(widest).unwrap_or(u16::MAX)
    };
    columns.iter().enumerate().map(widest).collect()
}

/// A cell in `room` columns, and the blanks that fill them.
pub fn filled(text: &str, tail: &str, room: usize) -> (String, String) {
    let text = shortened(text, tail, room);
    (" ".repeat(room.saturating_sub(text.width())), text)
}

/// The width of each column; `None` if there is no room for it.
pub fn fitted(columns: &[Column], widths: &[u16], screen: Option<u16>) -> Vec<Option<u16>> {
    let mut fitted: Vec<Option<u16>> = widths.iter().map(|width| Some(*width.max(&1))).collect();
    let last = columns.len() - 1;
    let Some(screen) = screen else { return fitted };
    let others = |fitted: &[Option<u16>]| {
        fitted[..last].iter().flatten().fold(0, |sum: u16, width| sum.saturating_add(*width).saturating_add(GAP))
    };
    let wanted = widths[last].clamp(1, LAST_MIN);
    let lacking = |fitted: &[Option<u16>]| others(fitted).saturating_add(wanted).saturating_sub(screen);
    let goes = |number: &usize| match columns[*number].when_narrow {
        WhenNarrow::Goes(rank) => Some(rank),
        _ => None,
    };
    let mut going: Vec<usize> = (0..last).filter(|number| goes(number).is_some()).collect();
    going.sort_by_key(goes);
    for number in going {
        if lacking(&fitted) > 0 {
            fitted[number] = None;
        }
    }
    for number in 0..last {
        if let (WhenNarrow::Shrinks(least), Some(width)) = (columns[number].when_narrow, fitted[number]) {
            fitted[number] = Some(width.saturating_sub(lacking(&fitted)).max(least.min(width)));
        }
    }
    fitted[last] = Some(widths[last].min(screen.saturating_sub(others(&fitted))).max(1));
    fitted
}

/// `text` and `tail` in `room` columns. If they do not fit, the text is cut at its end, but not below a third of the
/// room, and then the tail in its middle: a tail begins with a name, and paths differ at their ends.
pub fn shortened(text: &str, tail: &str, room: usize) -> String {
    if text.width() + tail.width() <= room {
        return format!("{text}{tail}");
    }
    let head = text.width().min(room.saturating_sub(tail.width()).max(room.div_ceil(3)));
    let rest = room.saturating_sub(head);
    let mut short = beginning(text, head);
    if tail.width() <= rest {
        short.push_str(tail);
    } else if rest > 0 {
        let chars: Vec<char> = tail.chars().collect();
        let first = beginning_of(&chars, rest / 2);
        let end: Vec<char> = chars.iter().rev().copied().collect();
        let last = beginning_of(&end, rest - rest / 2 - 1);
        short.extend(&chars[..first]);
        short.push('…');
        short.extend(&chars[chars.len() - last..]);
    }
    short
}

/// The beginning of `text` in `room` columns; `…` at its end says that there is more.
pub fn beginning(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().take(room).collect();
    let fitting = beginning_of(&chars, room.saturating_sub(1));
    chars[..fitting].iter().chain(['…'].iter().take(room)).collect()
}

/// How many of `chars` fit into `room` columns.
fn beginning_of(chars: &[char], room: usize) -> usize {
    let mut width = 0;
    let fits = |c: &&char| {
        width += c.width().unwrap_or(0);
        width <= room
    };
    chars.iter().take_while(fits).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    const COLUMNS: [Column; 5] = [
        Column { heading: "ID", is_number: false, when_narrow: WhenNarrow::Stays },
        Column { heading: "STATE", is_number: false, when_narrow: WhenNarrow::Shrinks(5) },
        Column { heading: "AGE", is_number: true, when_narrow: WhenNarrow::Goes(2) },
        Column { heading: "HITS", is_number: true, when_narrow: WhenNarrow::Goes(1) },
        Column { heading: "COMMAND", is_number: false, when_narrow: WhenNarrow::Stays },
    ];

    #[test]
    fn what_matters_least_goes_first() {
        let at = |screen| fitted(&COLUMNS, &[8, 11, 3, 4, 100], screen);
        assert_eq!(at(None), [8, 11, 3, 4, 100].map(Some));
        assert_eq!(at(Some(200)), [8, 11, 3, 4, 100].map(Some));
        assert_eq!(at(Some(60)), [8, 11, 3, 4, 26].map(Some));
        assert_eq!(at(Some(53)), [Some(8), Some(11), Some(3), None, Some(25)]);
        assert_eq!(at(Some(45)), [Some(8), Some(11), None, None, Some(22)]);
        assert_eq!(at(Some(40)), [Some(8), Some(8), None, None, Some(20)]);
        assert_eq!(at(Some(20)), [Some(8), Some(5), None, None, Some(3)]);
    }

    #[test]
    fn a_cell_is_cut_in_the_middle_of_words_and_keeps_its_tail() {
        for (text, tail, room, expected) in [
            ("echo one two", "", 12, "echo one two"),
            ("echo one two", "", 11, "echo one t…"),
            ("echo one two", "", 1, "…"),
            ("echo one two", "", 0, ""),
            ("echo one two", "  # cwd /a", 22, "echo one two  # cwd /a"),
            ("echo one two", "  # cwd /a", 20, "echo one …  # cwd /a"),
            ("./b.sh", "  # program /home/anna/src/one/b.sh", 30, "./b.sh  # program …rc/one/b.sh"),
            ("日本語", "", 5, "日本…"),
            ("日本語", "", 4, "日…"),
        ] {
            let short = shortened(text, tail, room);
            assert!(short.width() <= room, "{short:?}");
            assert_eq!(short, expected, "{text:?} {tail:?} {room}");
        }
    }

    proptest! {
        #[test]
        fn no_cell_is_wider_than_its_room(text in "[a-zé日 ]{0,30}", tail in "[a-zé日 ]{0,30}", room in 0..50_usize) {
            prop_assert!(shortened(&text, &tail, room).width() <= room);
        }

        #[test]
        fn no_row_is_wider_than_the_screen(widths in vec(0..300_u16, 4), screen in 20..300_u16) {
            let widths = [&[8], &widths[..]].concat();
            let fitted: Vec<u16> = fitted(&COLUMNS, &widths, Some(screen)).into_iter().flatten().collect();
            prop_assert!(fitted.iter().sum::<u16>() + GAP * (fitted.len() as u16 - 1) <= screen, "{fitted:?}");
        }
    }
}
