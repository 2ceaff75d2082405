//! The items with the smallest distances, found without keeping all of them.

/// Of the items that it is shown, those with the smallest distances.
#[derive(Clone, Debug)]
pub struct Nearest<T> {
    limit: usize,
    /// With their distances, nearest first.
    found: Vec<(usize, T)>,
}

impl<T> Nearest<T> {
    /// Keeps `limit` at most.
    pub fn new(limit: usize) -> Self {
        Self { limit, found: Vec::with_capacity(limit + 1) }
    }

    /// Keeps the item that `make` returns if its distance is among the smallest. Of equal distances, the first stays.
    pub fn show(&mut self, distance: usize, make: impl FnOnce() -> T) {
        let at = self.found.partition_point(|(known, _)| *known <= distance);
        if at < self.limit {
            self.found.insert(at, (distance, make()));
            self.found.truncate(self.limit);
        }
    }

    /// The items that it keeps, nearest first.
    pub fn into_found(self) -> Vec<T> {
        self.found.into_iter().map(|(_, found)| found).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    #[test]
    fn the_nearest_few_are_kept_in_order() {
        let mut nearest = Nearest::new(3);
        for (distance, name) in [(5, "a"), (1, "b"), (3, "c"), (3, "d"), (9, "e"), (0, "f")] {
            nearest.show(distance, || name);
        }
        assert_eq!(nearest.into_found(), ["f", "b", "c"]);
    }

    proptest! {
        #[test]
        fn the_nearest_are_those_of_a_sorted_list(distances in vec(0..20usize, 0..30)) {
            let mut nearest = Nearest::new(3);
            distances.iter().enumerate().for_each(|(at, distance)| nearest.show(*distance, || (*distance, at)));
            let mut sorted: Vec<_> = distances.iter().enumerate().map(|(at, distance)| (*distance, at)).collect();
            sorted.sort();
            sorted.truncate(3);
            prop_assert_eq!(nearest.into_found(), sorted);
        }
    }
}
