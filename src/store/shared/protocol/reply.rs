//! Reads the server's answers: a value has the expected form, or the whole answer has none.

use redis::Value;

use super::error::ProtocolError;

/// A part of the answer to one command.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a> {
    command: &'static str,
    value: Option<&'a Value>,
}

impl<'a> Reply<'a> {
    /// The whole answer to `command`.
    pub fn new(command: &'static str, value: Option<&'a Value>) -> Self {
        Self { command, value }
    }

    /// What is said of an answer that cannot be read.
    pub fn malformed(&self) -> ProtocolError {
        ProtocolError::Malformed(self.command)
    }

    /// Element `index` of a list; nil where the list ends before.
    pub fn at(&self, index: usize) -> Result<Self, ProtocolError> {
        Ok(Self { value: self.elements()?.get(index), ..*self })
    }

    /// All elements of a list.
    pub fn list(&self) -> Result<impl Iterator<Item = Self>, ProtocolError> {
        let command = self.command;
        Ok(self.elements()?.iter().map(move |value| Self { command, value: Some(value) }))
    }

    fn elements(&self) -> Result<&'a [Value], ProtocolError> {
        match self.value {
            Some(Value::Array(elements) | Value::Set(elements)) => Ok(elements),
            _ => Err(self.malformed()),
        }
    }

    /// All pairs of a map, which the second version of the protocol has as a list.
    pub fn pairs(&self) -> Result<impl Iterator<Item = (Self, Self)>, ProtocolError> {
        let elements: Vec<&'a Value> = match self.value {
            Some(Value::Map(pairs)) => pairs.iter().flat_map(|(name, value)| [name, value]).collect(),
            _ => self.elements()?.iter().collect(),
        };
        let command = self.command;
        let reply = move |value| Self { command, value: Some(value) };
        Ok(elements.as_chunks::<2>().0.to_vec().into_iter().map(move |[name, value]| (reply(name), reply(value))))
    }

    /// The one pair of a map, which the second version of the protocol has as a list of pairs.
    pub fn only_pair(&self) -> Result<(Self, Self), ProtocolError> {
        match self.value {
            Some(Value::Map(pairs)) => {
                let (key, value) = pairs.first().ok_or_else(|| self.malformed())?;
                Ok((Self { value: Some(key), ..*self }, Self { value: Some(value), ..*self }))
            }
            _ => Ok((self.at(0)?.at(0)?, self.at(0)?.at(1)?)),
        }
    }

    /// Whether there is nothing.
    pub fn is_nil(&self) -> bool {
        matches!(self.value, None | Some(Value::Nil | Value::Boolean(false)))
    }

    /// A string of bytes.
    pub fn bytes(&self) -> Result<&'a [u8], ProtocolError> {
        match self.value {
            Some(Value::BulkString(bytes)) => Ok(bytes),
            Some(Value::SimpleString(text)) => Ok(text.as_bytes()),
            _ => Err(self.malformed()),
        }
    }

    /// A string of bytes, or none.
    pub fn optional(&self) -> Result<Option<&'a [u8]>, ProtocolError> {
        if self.is_nil() { Ok(None) } else { self.bytes().map(Some) }
    }

    /// A number, written out or not.
    pub fn int(&self) -> Result<i64, ProtocolError> {
        match self.value {
            Some(Value::Int(number)) => Ok(*number),
            _ => self.text()?.parse().map_err(|_| self.malformed()),
        }
    }

    /// A number that is not negative and fits.
    pub fn count<N: TryFrom<i64>>(&self) -> Result<N, ProtocolError> {
        N::try_from(self.int()?).map_err(|_| self.malformed())
    }

    /// A string of characters.
    pub fn text(&self) -> Result<&'a str, ProtocolError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| self.malformed())
    }

    /// What `parse` makes of a string of bytes.
    pub fn parsed<T>(&self, parse: impl FnOnce(&[u8]) -> Option<T>) -> Result<T, ProtocolError> {
        parse(self.bytes()?).ok_or_else(|| self.malformed())
    }
}
