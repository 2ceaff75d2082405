//! Classes of bytes in a glob: `[a-z]`, `[!a-z]`.

/// A class.
#[derive(Clone, Copy)]
pub(super) struct Class<'a> {
    is_negated: bool,
    members: &'a [u8],
    /// Its length in the pattern, in bytes.
    pub(super) length: usize,
    pub(super) is_closed: bool,
}

impl<'a> Class<'a> {
    /// The class that `pattern` begins with.
    pub(super) fn first_of(pattern: &'a [u8]) -> Self {
        let is_negated = matches!(pattern.get(1), Some(b'!' | b'^'));
        let start = if is_negated { 2 } else { 1 };
        // The first character is a member, even if it is `]`.
        let end = (start + 1..pattern.len()).find(|at| pattern[*at] == b']');
        Self {
            is_negated,
            members: pattern.get(start..end.unwrap_or(pattern.len())).unwrap_or_default(),
            length: end.map_or(pattern.len(), |end| end + 1),
            is_closed: end.is_some(),
        }
    }

    pub(super) fn contains(self, byte: u8) -> bool {
        self.ranges().any(|(low, high)| (low..=high).contains(&byte)) != self.is_negated
    }

    pub(super) fn is_ascii(self) -> bool {
        self.members.is_ascii()
    }

    /// A range that ends before it begins.
    pub(super) fn backward_range(self) -> Option<(u8, u8)> {
        self.ranges().find(|(low, high)| low > high)
    }

    fn ranges(self) -> Ranges<'a> {
        Ranges { members: self.members, pending: None }
    }
}

/// The ranges of a class. A single character is a range of one.
///
/// `-` means the same as in globset: in `a-m-z` the second `-` extends the range to `z`.
struct Ranges<'a> {
    members: &'a [u8],
    pending: Option<(u8, u8)>,
}

impl Iterator for Ranges<'_> {
    type Item = (u8, u8);

    fn next(&mut self) -> Option<(u8, u8)> {
        loop {
            match (self.members, &mut self.pending) {
                ([], pending) => return pending.take(),
                ([b'-', end, rest @ ..], Some(range)) => {
                    range.1 = *end;
                    self.members = rest;
                }
                ([b'-'], Some(_)) => {
                    self.members = &[];
                    let range = self.pending.replace((b'-', b'-'));
                    return range;
                }
                ([member, rest @ ..], pending) => {
                    self.members = rest;
                    if let Some(range) = pending.replace((*member, *member)) {
                        return Some(range);
                    }
                }
            }
        }
    }
}
