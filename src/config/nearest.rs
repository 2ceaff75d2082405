//! Suggests the known word that is nearest to an unknown one.

/// The candidate that is nearest to `word`, if it differs in a third of the letters at most.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.replace('-', "_").to_lowercase();
    let distance = |candidate: &str| strsim::osa_distance(&word, &candidate.replace('-', "_").to_lowercase());
    let ranked = candidates.into_iter().map(|candidate| (distance(candidate), candidate));
    let (distance, best) = ranked.min_by_key(|(distance, _)| *distance)?;
    (distance <= (word.chars().count() / 3).max(1)).then_some(best)
}

/// `; did you mean 'ttl'?`, or else `; expected one of: ttl, keep`.
pub fn advice<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match nearest(word, candidates.clone()) {
        Some(name) => format!("; did you mean '{name}'?"),
        None => {
            let all: Vec<&str> = candidates.into_iter().collect();
            format!("; expected one of: {}", all.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_word_is_found_and_another_word_is_not() {
        let names = ["ttl", "async", "max_stale", "fetch_on_miss", "keep"];
        for (word, expected) in [
            ("tll", Some("ttl")),
            ("asinc", Some("async")),
            ("max-stale", Some("max_stale")),
            ("MaxStale", Some("max_stale")),
            ("no_fetch_on_miss", Some("fetch_on_miss")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, names), expected, "{word}");
        }
        assert_eq!(nearest("x", []), None);
        assert_eq!(advice("colour", ["a", "b"]), "; expected one of: a, b");
    }
}
