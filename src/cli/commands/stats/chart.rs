//! Bars that stand in one line of text.

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const NONE: char = '·';

/// A bar for each number, the highest one for the largest number; 0 has a dot.
pub fn bars(numbers: &[u64]) -> String {
    let most = numbers.iter().max().copied().unwrap_or_default();
    let bar = |number: &u64| match *number {
        0 => NONE,
        number => BARS[(u128::from(number) * BARS.len() as u128).div_ceil(u128::from(most)) as usize - 1],
    };
    numbers.iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_is_the_highest_and_the_smallest_is_seen() {
        assert_eq!(bars(&[]), "");
        assert_eq!(bars(&[0, 0]), "··");
        assert_eq!(bars(&[0, 1, 4, 8]), "·▁▄█");
        assert_eq!(bars(&[1, u64::MAX]), "▁█");
    }
}
