//! Files with one JSON object a line; whatever is broken is named by its line.

use anyhow::anyhow;
use serde::de::DeserializeOwned;

/// Every line that is not empty, with its number from 1.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> impl Iterator<Item = anyhow::Result<(usize, T)>> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(number, line)| Ok((number, parse_line(number, line)?)))
}

fn parse_line<T: DeserializeOwned>(number: usize, line: &str) -> anyhow::Result<T> {
    serde_json::from_str(line).map_err(|error| {
        // The parser sees one line at a time and would call each of them the first.
        let said = error.to_string();
        let what = said.rsplit_once(" at line ").map_or(said.as_str(), |(what, _)| what);
        anyhow!("line {number}, column {}: {what}", error.column())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_line_is_named_once_by_its_own_number() {
        let mut lines = parse::<Vec<u32>>("[1]\n\n[2,\n");
        assert_eq!(lines.next().unwrap().unwrap(), (1, vec![1]));
        let error = lines.next().unwrap().unwrap_err().to_string();
        assert_eq!(error, "line 3, column 3: EOF while parsing a value");
    }
}
