//! Colours and lines, for all parts of the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;
use ratatui::text::Line;

use crate::cli::render::Color as Named;

/// A colour of the program's other output, as the screen has it.
pub fn color(color: Named) -> Color {
    match color {
        Named::Red => Color::Red,
        Named::Green => Color::Green,
        Named::Yellow => Color::Yellow,
        Named::Magenta => Color::Magenta,
        Named::Cyan => Color::Cyan,
        Named::Grey => Color::DarkGray,
    }
}

/// Writes `line` into the row at `y`, cut at the end.
pub fn put(buffer: &mut Buffer, area: Rect, y: u16, line: &Line<'_>) {
    if y < area.bottom() && area.width > 0 {
        buffer.set_line(area.x, y, line, area.width);
    }
}
