//! The figures for people: one line each, then aligned tables.
//!
//! Arabic letters stand in a direction isolate, kept apart by U+200C, so that a terminal neither joins them nor moves
//! the columns beside them.

use super::Summary;
use super::calibration::{Bin, Calibration};
use super::characters::CharacterAccuracy;
use super::groups::Group;
use super::issue::AutomaticIssue;
use super::matching::PlateText;
use super::resample::Proportion;
use super::worst::WorstPicture;
use std::fmt::{self, Formatter};

const RIGHT_TO_LEFT_ISOLATE: char = '\u{2067}';
const FIRST_STRONG_ISOLATE: char = '\u{2068}';
const END_OF_ISOLATE: char = '\u{2069}';
const NON_JOINER: &str = "\u{200C}";
/// Stands where there is nothing to say.
const NOTHING: &str = "-";

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.write_counts(formatter)?;
        write_issue(formatter, &self.automatic_issue)?;
        let locating = &self.locating;
        writeln!(
            formatter,
            "located at an overlap of {} or more: {}, plates at least {} px wide; {} of any width",
            locating.overlap_min, locating.wide_enough, locating.width_min_px, locating.any_width
        )?;
        write_characters(formatter, &self.characters)?;
        let groups = |groups: &[Group]| -> Vec<Vec<String>> {
            groups.iter().map(|group| row_of((&group.name, &group.exact))).collect()
        };
        let columns = ["", "exact", "of", "share", "95 %"];
        write_table(formatter, "exact by plate width", &columns, &groups(&self.exact_by_width))?;
        write_table(formatter, "exact by series (letters+digits)", &columns, &groups(&self.exact_by_series))?;
        write_calibration(formatter, &self.calibration)?;
        let columns = ["", "confidence", "picture", "read", "label"];
        let worst: Vec<Vec<String>> = self.worst.iter().map(worst_row).collect();
        write_table(formatter, "pictures to look at first", &columns, &worst)
    }
}

impl Summary {
    fn write_counts(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let [low, high] = self.exact_interval_95;
        writeln!(
            formatter,
            "exact: {} of {} plates = {:.2} % (95 %: {:.2} to {:.2} %, resampled over {} distinct plates)",
            self.exact,
            self.labelled,
            100.0 * self.exact_share,
            100.0 * low,
            100.0 * high,
            self.distinct_plates
        )?;
        writeln!(
            formatter,
            "false reads: {} in {} pictures = {:.2} %",
            self.false_reads,
            self.pictures,
            100.0 * self.false_reads_per_picture
        )?;
        writeln!(
            formatter,
            "nothing speaks against issuing: {} reads, {} of them wrong",
            self.automatic, self.automatic_wrong
        )
    }
}

fn write_issue(formatter: &mut Formatter<'_>, issue: &AutomaticIssue) -> fmt::Result {
    writeln!(
        formatter,
        "of readable plates, issued on one picture alone: {}; {} of {} wrong (at most {:.2} %, with 95 % confidence), \
         {} of {} distinct plates (at most {:.2} %)",
        issue.coverage,
        issue.wrong,
        issue.coverage.part,
        100.0 * issue.wrong_share_at_most_95,
        issue.wrong_plates,
        issue.issued_plates,
        100.0 * issue.wrong_plates_share_at_most_95
    )
}

fn write_characters(formatter: &mut Formatter<'_>, accuracy: &CharacterAccuracy) -> fmt::Result {
    let CharacterAccuracy { letters, digits, together, together_where_read } = accuracy;
    let rows = [
        ("letters", letters),
        ("digits", digits),
        ("together", together),
        ("together, of plates read", together_where_read),
    ];
    let columns = ["", "right", "of", "share", "95 %"];
    write_table(formatter, "characters right", &columns, &rows.map(row_of))
}

fn write_calibration(formatter: &mut Formatter<'_>, calibration: &Calibration) -> fmt::Result {
    let title = format!(
        "calibration: expected error {:.2} % over {} reads of labelled plates ({} other reads left out)",
        100.0 * calibration.expected_error,
        calibration.reads,
        calibration.reads_without_label
    );
    let row = |bin: &Bin| {
        let Bin { from, to, reads, mean_confidence, exact_share } = bin;
        vec![
            format!("{from:.1} to {to:.1}"),
            reads.to_string(),
            format!("{mean_confidence:.3}"),
            format!("{exact_share:.3}"),
        ]
    };
    let rows: Vec<Vec<String>> = calibration.bins.iter().map(row).collect();
    write_table(formatter, &title, &["confidence", "reads", "mean", "exact"], &rows)
}

fn row_of((name, proportion): (&str, &Proportion)) -> Vec<String> {
    let Proportion { part, whole, share, interval_95: [low, high], distinct_plates: _ } = proportion;
    vec![
        name.to_owned(),
        part.to_string(),
        whole.to_string(),
        format!("{:.2} %", 100.0 * share),
        format!("{:.2} to {:.2} %", 100.0 * low, 100.0 * high),
    ]
}

fn worst_row(picture: &WorstPicture) -> Vec<String> {
    let WorstPicture { image, fault, confidence, read, label } = picture;
    let shown = |text: &Option<PlateText>| text.as_ref().map_or_else(|| NOTHING.to_owned(), plate);
    vec![
        fault.label().to_owned(),
        confidence.map_or_else(|| NOTHING.to_owned(), |confidence| format!("{confidence:.3}")),
        isolated(image),
        shown(read),
        shown(label),
    ]
}

/// Country, letters and digits.
fn plate(PlateText { country, text }: &PlateText) -> String {
    format!("{country} {} {}", letters_apart(&text.letters), text.digits)
}

/// Latin letters as they are; Arabic ones from right to left, none joined to the next.
fn letters_apart(letters: &str) -> String {
    if letters.is_ascii() {
        return letters.to_owned();
    }
    let apart: Vec<String> = letters.chars().map(String::from).collect();
    format!("{RIGHT_TO_LEFT_ISOLATE}{}{END_OF_ISOLATE}", apart.join(NON_JOINER))
}

/// A name that may be in any script.
fn isolated(name: &str) -> String {
    if name.is_ascii() { name.to_owned() } else { format!("{FIRST_STRONG_ISOLATE}{name}{END_OF_ISOLATE}") }
}

/// A title and rows under it, with columns as wide as their widest cell; `None` without rows.
fn write_table(
    formatter: &mut Formatter<'_>,
    title: &str,
    columns: &[&str],
    rows: &[Vec<String>],
) -> fmt::Result {
    if rows.is_empty() {
        return Ok(());
    }
    let head: Vec<String> = columns.iter().map(ToString::to_string).collect();
    let lines: Vec<&Vec<String>> = std::iter::once(&head).chain(rows).collect();
    let widths: Vec<usize> = (0..columns.len())
        .map(|column| lines.iter().filter_map(|line| line.get(column)).map(|cell| width(cell)).max())
        .map(Option::unwrap_or_default)
        .collect();
    writeln!(formatter, "\n{title}")?;
    for line in lines {
        let mut text = String::new();
        for (cell, wanted) in line.iter().zip(&widths) {
            text.push_str("  ");
            text.push_str(cell);
            text.extend(std::iter::repeat_n(' ', wanted - width(cell)));
        }
        writeln!(formatter, "{}", text.trim_end())?;
    }
    Ok(())
}

/// Columns that a terminal gives to a text; marks of direction and joining take none.
fn width(text: &str) -> usize {
    text.chars().filter(|character| !matches!(character, '\u{200C}' | '\u{2066}'..='\u{2069}')).count()
}

#[cfg(test)]
mod tests {
    use super::super::ScoredPicture;
    use super::super::matching::tests::{labelled, scored};
    use super::*;

    fn printed(pictures: &[ScoredPicture]) -> String {
        Summary::of(pictures).to_string()
    }

    #[test]
    fn the_first_lines_say_what_was_exact_false_and_issued() {
        let text =
            printed(&[scored("ABD", "1", "SA-1-ABD", 0.75), ScoredPicture::new(&labelled("ABD", "1"), &[])]);
        let lines: Vec<&str> = text.lines().take(5).collect();
        let expected = [
            "exact: 1 of 2 plates = 50.00 % (95 %: 50.00 to 50.00 %, resampled over 1 distinct plates)",
            "false reads: 0 in 2 pictures = 0.00 %",
            "nothing speaks against issuing: 1 reads, 0 of them wrong",
            "of readable plates, issued on one picture alone: 1 of 2 = 50.00 % (95 %: 50.00 to 50.00 %); 0 of 1 wrong \
             (at most 95.00 %, with 95 % confidence), 0 of 1 distinct plates (at most 95.00 %)",
            "located at an overlap of 0.5 or more: 0 of 0 = 0.00 % (95 %: 0.00 to 100.00 %), plates at least 60 px \
             wide; 1 of 2 = 50.00 % (95 %: 50.00 to 50.00 %) of any width",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn arabic_letters_are_apart_inside_an_isolate_and_take_one_column_each() {
        assert_eq!(letters_apart("سطن"), "\u{2067}س\u{200C}ط\u{200C}ن\u{2069}");
        assert_eq!(width(&letters_apart("سطن")), 3);
        assert_eq!(schemas::plate::fold(&letters_apart("سطن")), "سطن", "a copied plate is found");
        assert_eq!(letters_apart("ABD"), "ABD");
    }

    #[test]
    fn columns_stand_under_each_other_whatever_the_script() {
        let text =
            printed(&[scored("سطن", "7126", "EG-ST-7125", 0.75), scored("ABD", "12", "SA-2-ABD", 0.5)]);
        let table: Vec<&str> = text.lines().skip_while(|line| *line != "pictures to look at first").collect();
        let column = |line: &str, of: &str| width(line.split(of).next().unwrap());
        assert_eq!(column(table[1], "label"), column(table[2], "EG \u{2067}س\u{200C}ط\u{200C}ن"));
        assert!(table[2].starts_with("  wrong  0.750       a.jpg    EG "), "{}", table[2]);
    }
}
