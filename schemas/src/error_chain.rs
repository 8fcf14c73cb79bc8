//! An error with all its causes, on one line.

use std::error::Error;
use std::fmt;

/// Shows an error and what caused it, for a log line or a terminal.
#[derive(Debug)]
pub struct ErrorChain<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for ErrorChain<'_> {
    /// Database and broker clients show a cause in their own words and name it as the cause again: it is told once.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.0.to_string();
        let mut cause = self.0.source();
        while let Some(error) = cause {
            let said = error.to_string();
            if !text.ends_with(&said) {
                text.push_str(": ");
                text.push_str(&said);
            }
            cause = error.source();
        }
        formatter.write_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thiserror::Error;

    #[derive(Debug, Error)]
    #[error("{told}")]
    struct Told {
        told: &'static str,
        source: std::io::Error,
    }

    #[test]
    fn a_cause_is_told_and_one_that_its_effect_has_told_already_is_told_once() {
        let because = |told| Told { told, source: std::io::Error::other("refused") };
        assert_eq!(ErrorChain(&because("it failed")).to_string(), "it failed: refused");
        assert_eq!(ErrorChain(&because("no answer: refused")).to_string(), "no answer: refused");
    }
}
