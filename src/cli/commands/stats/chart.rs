//! A chart of bars over time, with an axis of values and an axis of times.

use crate::cli::render::{Color, Paint, glyphs};
use glyphs::Glyphs;

/// Lines that the highest bar fills.
const HEIGHT: usize = 4;
/// The widest bar.
const WIDEST: usize = 2;
/// A label has at least so many blanks behind it.
const GAP: usize = 1;

/// One bar, and what stands below it, if anything.
pub struct Bar {
    pub value: u64,
    pub label: Option<String>,
}

/// Room for the numbers, and for the axis beside them.
fn margin(top: u128) -> usize {
    number(top).len() + 2
}

/// How many of the `bars`, the last ones, there is room for in `room` columns.
pub fn fitting(bars: &[Bar], room: usize) -> usize {
    bars.len().min(room.saturating_sub(margin(scale(bars)))).max(1)
}

/// The lines of a chart of these bars, none of them longer than `room`. `end` stands below the last bar.
pub fn lines(bars: &[Bar], end: &str, room: usize, glyphs: &Glyphs, paint: Paint) -> Vec<String> {
    let top = scale(bars);
    let names = margin(top) - 2;
    let width = (room.saturating_sub(margin(top)) / bars.len().max(1)).clamp(1, WIDEST);
    let columns: Vec<Vec<char>> = bars
        .iter()
        .map(|bar| glyphs::filled(bar.value.into(), top, HEIGHT, glyphs.columns).chars().collect())
        .collect();
    let mut lines = Vec::new();
    for row in (0..HEIGHT).rev() {
        // The number is that of the upper edge of its line.
        let (name, axis) = match row + 1 {
            HEIGHT => (number(top), glyphs.tick),
            row if 2 * row == HEIGHT => (number(top / 2), glyphs.tick),
            _ => (String::new(), glyphs.axis),
        };
        let cells: String = columns.iter().flat_map(|column| std::iter::repeat_n(column[row], width)).collect();
        let cells = match cells.trim_end() {
            "" => String::new(),
            cells => paint.paint(cells, Color::Green),
        };
        lines.push(format!("{name:>names$} {axis}{cells}"));
    }
    let (marks, labels) = times(bars, end, width, glyphs);
    lines.push(format!("{:>names$} {}{marks}", 0, glyphs.origin));
    lines.push(format!("{:names$}  {labels}", ""));
    lines
}

/// The axis of time, and the line of labels below it. Labels that there is no room for are left out.
fn times(bars: &[Bar], end: &str, width: usize, glyphs: &Glyphs) -> (String, String) {
    let length = bars.len() * width;
    let mut marks = vec![glyphs.base; length];
    let mut labels = String::new();
    let last = length.saturating_sub(end.len());
    for (number, bar) in bars.iter().enumerate() {
        let (Some(label), at) = (&bar.label, number * width) else { continue };
        if labels.len() <= at && at + label.len() + GAP <= last {
            marks[at] = glyphs.mark;
            labels = format!("{labels:at$}{label}{:GAP$}", "");
        }
    }
    if end.len() <= length {
        labels = format!("{labels:last$}{end}");
    }
    (marks.into_iter().collect(), labels.trim_end().to_owned())
}

/// The value at the upper end of the axis: a round number that is not below the highest bar, and whose half is a round
/// number, too.
fn scale(bars: &[Bar]) -> u128 {
    let most: u128 = bars.iter().map(|bar| bar.value.into()).max().unwrap_or(0);
    let mut unit = 1;
    while 10 * unit < most {
        unit *= 10;
    }
    [2, 4, 6, 8, 10].map(|times| times * unit).into_iter().find(|top| *top >= most).unwrap_or(10 * unit)
}

/// A round number in as few characters as possible: `500`, `20k`, `1M`.
fn number(number: u128) -> String {
    let mut short = (number, "");
    for unit in ["k", "M", "G", "T", "P", "E"] {
        if short.0 == 0 || !short.0.is_multiple_of(1000) {
            break;
        }
        short = (short.0 / 1000, unit);
    }
    format!("{}{}", short.0, short.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn bars(values: &[u64]) -> Vec<Bar> {
        let label = |number: usize| number.is_multiple_of(6).then(|| format!("{number:02}:00"));
        values.iter().enumerate().map(|(number, value)| Bar { value: *value, label: label(number) }).collect()
    }

    fn c_locale() -> &'static Glyphs {
        Glyphs::of(&|_| None)
    }

    #[test]
    fn bars_stand_on_a_line_of_times_beside_numbers() {
        let mut values = vec![0; 18];
        (values[1], values[6], values[17]) = (1, 300, 400);
        let drawn = lines(&bars(&values), "now", 80, c_locale(), Paint::plain());
        let expected = [
            "400 +                                  ##",
            "    |            ##                    ##",
            "200 +            ##                    ##",
            "    |  ..        ##                    ##",
        ];
        assert_eq!(drawn[..4], expected);
        assert_eq!(drawn[4], "  0 ++-----------+-----------+-----------");
        assert_eq!(drawn[5], "     00:00       06:00       12:00    now");
    }

    #[test]
    fn the_scale_ends_with_a_round_number() {
        for (most, top) in [
            (0, "2"),
            (1, "2"),
            (3, "4"),
            (10, "10"),
            (11, "20"),
            (99, "100"),
            (101, "200"),
            (999, "1k"),
            (1_001, "2k"),
            (600_001, "800k"),
            (u64::MAX, "20E"),
        ] {
            assert_eq!(number(scale(&bars(&[most]))), top, "{most}");
        }
    }

    proptest! {
        #[test]
        fn no_line_is_longer_than_the_screen(values in vec(any::<u64>(), 1..40), room in 8..100_usize) {
            let bars = bars(&values);
            let shown = &bars[bars.len() - fitting(&bars, room)..];
            for line in lines(shown, "today", room, c_locale(), Paint::plain()) {
                prop_assert!(line.chars().count() <= room, "{line:?}");
            }
        }
    }
}
