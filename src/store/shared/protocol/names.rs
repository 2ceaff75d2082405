//! What things are called on the server, and the numbers that name them.

use crate::store::log::number;

number! {
    /// Names an entry in the fleet: made of the local key and what else distinguishes hosts, under the team's key.
    SharedId
}
number! {
    /// Names one result among all that an entry ever had. Random.
    SharedResult
}
number! {
    /// Names one lease, and the outcome of the run under it. Random.
    Token
}

/// Orders runs: of two for one entry, the later has the higher one. The server's microseconds, or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fence(pub u64);

/// The names on the server for one namespace and one team key. They share a hash tag, so they are on one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    prefix: String,
}

impl Names {
    /// `namespace` has only letters, digits, `.`, `_` and `-`: anything else could end the hash tag or mean something
    /// to SCAN. `kid` is the team key's fingerprint.
    pub fn new(namespace: &str, kid: &str) -> Option<Self> {
        let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        let is_one = is_plain(namespace) && is_plain(kid) && !namespace.is_empty();
        is_one.then(|| Self { prefix: format!("cb1:{{{namespace}.{kid}}}:") })
    }

    /// What all names begin with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Epoch, number and tag of the last barrier.
    pub fn meta(&self) -> String {
        format!("{}m", self.prefix)
    }

    /// The log of barriers.
    pub fn log(&self) -> String {
        format!("{}l", self.prefix)
    }

    /// An entry.
    pub fn entry(&self, id: SharedId) -> String {
        format!("{}e:{id}", self.prefix)
    }

    /// The pattern that all entries match, and nothing else.
    pub fn entries(&self) -> String {
        format!("{}e:*", self.prefix)
    }

    /// The entry that has this name.
    pub fn id(&self, entry: &[u8]) -> Option<SharedId> {
        SharedId::parse(entry.strip_prefix(self.prefix.as_bytes())?.strip_prefix(b"e:")?)
    }

    /// A piece of the body of a result.
    pub fn chunk(&self, result: SharedResult, index: u32) -> String {
        format!("{}c:{result}:{index}", self.prefix)
    }

    /// The lease of an entry.
    pub fn lease(&self, id: SharedId) -> String {
        format!("{}w:{id}", self.prefix)
    }

    /// How the run under a lease ended.
    pub fn outcome(&self, token: Token) -> String {
        format!("{}o:{token}", self.prefix)
    }

    /// The marker that results of this entry cannot be shared.
    pub fn pass(&self, id: SharedId) -> String {
        format!("{}x:{id}", self.prefix)
    }

    /// The failures of background runs.
    pub fn failures(&self, id: SharedId) -> String {
        format!("{}b:{id}", self.prefix)
    }

    /// The counters of one day since 1970.
    pub fn counters(&self, day: i64) -> String {
        format!("{}s:{day}", self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_share_one_hash_tag() {
        let names = Names::new("team-1", "0001abff").unwrap();
        let id = SharedId([0x0f; 16]);
        assert_eq!(names.meta(), "cb1:{team-1.0001abff}:m");
        assert_eq!(names.entry(id), format!("cb1:{{team-1.0001abff}}:e:{}", "0f".repeat(16)));
        assert_eq!(names.chunk(SharedResult([1; 16]), 7), format!("cb1:{{team-1.0001abff}}:c:{}:7", "01".repeat(16)));
        assert_eq!(names.id(names.entry(id).as_bytes()), Some(id));
        assert_eq!(names.id(names.lease(id).as_bytes()), None);
    }

    #[test]
    fn a_namespace_cannot_end_the_hash_tag_or_be_a_pattern() {
        for namespace in ["", "a}b", "{", "a*", "a?", "[a]", "a b", "ä", "a\\", "a:b"] {
            assert_eq!(Names::new(namespace, "00000000"), None, "{namespace}");
        }
    }

    #[test]
    fn only_what_was_written_is_read_as_a_number() {
        let token = Token([0xa5; 16]);
        assert_eq!(Token::parse(token.to_string().as_bytes()), Some(token));
        for text in ["", "a5", &"A5".repeat(16), &"+a".repeat(16), &"g0".repeat(16), &"a5".repeat(17)] {
            assert_eq!(Token::parse(text.as_bytes()), None, "{text}");
        }
    }
}
