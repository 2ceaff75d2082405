//! The filter: words that an entry has to contain.

use crate::cli::render::entry::{Criteria, distinct_command};
use crate::store::Detail;

/// Shorter words are not compared with ids, because too many ids begin with them.
const ID: usize = 4;

/// Words in lower case, as the case of letters does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter(Vec<String>);

impl Filter {
    /// The words of `text`.
    pub fn new(text: &str) -> Self {
        Self(text.split_whitespace().map(str::to_lowercase).collect())
    }

    /// Whether every entry matches.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether each word is in the command or the rest of the key, begins the id, or is the state.
    pub fn matches(&self, detail: &Detail, criteria: &Criteria) -> bool {
        if self.is_empty() {
            return true;
        }
        let (text, id) = (distinct_command(detail).to_lowercase(), detail.summary.key.to_string());
        let is_found = |word: &String| text.contains(word) || (word.len() >= ID && id.starts_with(word));
        let mut words = self.0.iter().filter(|word| !is_found(word)).peekable();
        if words.peek().is_none() {
            return true;
        }
        // The state is assessed last, because that may read files.
        let state = criteria.assess(detail).state.name();
        words.all(|word| word == state)
    }
}
