//! The numbers that stand for keys, locators and results in SQLite.

use crate::model::key::Key;
use crate::store::{Locator, ResultId};

/// The row of a key's entry: its first 64 bits.
pub(crate) fn id_of(key: &Key) -> i64 {
    key.first_bits().cast_signed()
}

/// The locator of the entry in row `id`.
pub(crate) fn locator_of(id: i64) -> Locator {
    Locator(id.cast_unsigned())
}

/// The result whose name is stored as `number`.
pub(crate) fn result_of(number: i64) -> ResultId {
    ResultId::from_bits(number.cast_unsigned())
}

/// The number under which the name of `result` is stored.
pub(crate) fn number_of(result: ResultId) -> i64 {
    result.bits().cast_signed()
}
