//! Counts from the command line, by their place.

use anyhow::{Context, ensure};

/// The counts in `arguments`, with `defaults` where there are fewer.
///
/// # Errors
/// When an argument is no whole number from 1, or there are too many.
pub fn counts<const N: usize>(
    arguments: impl Iterator<Item = String>,
    names: [&str; N],
    defaults: [u32; N],
) -> anyhow::Result<[u32; N]> {
    let mut counts = defaults;
    for (place, text) in arguments.enumerate() {
        ensure!(place < N, "'{text}' is too much: give {} at most", names.join(", "));
        let count = text.parse().with_context(|| format!("{} '{text}' is no whole number", names[place]))?;
        ensure!(count > 0, "{} must be at least 1", names[place]);
        counts[place] = count;
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(arguments: &[&str]) -> anyhow::Result<[u32; 2]> {
        counts(arguments.iter().map(ToString::to_string), ["ROUNDS", "RUNS"], [5, 10])
    }

    #[test]
    fn what_is_not_given_keeps_its_default() {
        assert_eq!(given(&[]).unwrap(), [5, 10]);
        assert_eq!(given(&["3"]).unwrap(), [3, 10]);
        assert_eq!(given(&["3", "7"]).unwrap(), [3, 7]);
    }

    #[test]
    fn what_is_no_count_is_refused_by_name() {
        assert!(given(&["3", "many"]).unwrap_err().to_string().contains("RUNS 'many'"));
        assert!(given(&["0"]).unwrap_err().to_string().contains("ROUNDS"));
        assert!(given(&["1", "2", "3"]).unwrap_err().to_string().contains("too much"));
    }
}
