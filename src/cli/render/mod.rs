//! How values look to people and to programs: durations, sizes, colours, pages, tables, JSON, messages.

mod color;
pub(crate) mod columns;
pub(crate) mod entry;
pub(crate) mod figures;
pub(crate) mod glyphs;
pub(crate) mod json;
pub(crate) mod key_parts;
pub(crate) mod message;
pub(crate) mod object;
pub(crate) mod output;
pub(crate) mod quote;
pub(crate) mod screen;
pub(crate) mod settings;
mod sheet;
pub(crate) mod table;
pub(crate) mod waiting;

pub use color::{Color, Paint};
pub use sheet::{Row, Sheet, row};
