//! Tests of reading whole files.

use super::*;
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use std::collections::HashSet;

#[derive(Debug, PartialEq)]
struct Pair {
    name: String,
    since: Option<DateTime<Utc>>,
}

impl FactRow for Pair {
    const COLUMNS: &'static [&'static str] = &["name", "since"];

    fn parse(cells: &Cells<'_>) -> Result<Self, CellError> {
        Ok(Self { name: cells.text("name", 20)?, since: cells.instant_optional("since")? })
    }

    fn keys(&self) -> Vec<Key> {
        vec![Key { columns: "name", value: self.name.clone() }]
    }
}

/// A stretch of one thing.
#[derive(Debug)]
struct Span(DateTime<Utc>, Option<DateTime<Utc>>);

impl FactRow for Span {
    const COLUMNS: &'static [&'static str] = &["from", "to"];

    fn parse(cells: &Cells<'_>) -> Result<Self, CellError> {
        Ok(Self(cells.instant("from")?, cells.instant_optional("to")?))
    }

    fn keys(&self) -> Vec<Key> {
        Vec::new()
    }

    fn stretch(&self) -> Option<Stretch> {
        Some(Stretch { of: String::new(), from: self.0, to: self.1 })
    }
}

fn read(text: &str) -> Rows<Pair> {
    read_rows(text.as_bytes()).unwrap()
}

fn bad(text: &str) -> Vec<String> {
    let rows = read(text);
    rows.bad.iter().map(BadRow::to_string).collect()
}

fn refused(file: &[u8]) -> String {
    read_rows::<Pair>(file).unwrap_err().to_string()
}

#[test]
fn columns_may_stand_in_any_order_behind_a_byte_order_mark() {
    let rows = read("\u{FEFF}since,name\n2026-10-31T08:00:00+02:00, a \n,b\n");
    let since = "2026-10-31T06:00:00Z".parse().ok();
    assert_eq!(rows.good, [Pair { name: "a".into(), since }, Pair { name: "b".into(), since: None }]);
    let rows = read("\u{FEFF}\"name\",\"since\"\r\n\"a, \"\"b\"\"\",\r\n\r\nc,");
    assert_eq!(rows.good.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["a, \"b\"", "c"]);
}

#[test]
fn every_bad_row_is_named_by_its_line_and_column() {
    for end in ["\n", "\r\n"] {
        let text = "name,since\nok,\n,\n\nx,yesterday\nlast,\nnot\u{202E}seen,\n".replace('\n', end);
        let bad = bad(&text);
        assert_eq!(read(&text).good.len(), 2);
        assert_eq!(
            bad,
            [
                "line 3: name: must not be empty",
                "line 5: since: must be a time with its offset, as 2026-10-31T08:00:00+02:00",
                "line 7: name: holds a mark of direction (U+202E) as character 4 of the cell: remove it",
            ]
        );
    }
}

#[test]
fn a_row_with_too_few_or_too_many_cells_is_refused_with_what_to_do() {
    let bad = bad("name,since\nx\nx,y,z\na;b\n,,\n");
    assert_eq!(
        bad,
        [
            "line 2: has 1 cell, the header line has 2: write every cell, an empty one too",
            "line 3: has 3 cells, the header line has 2: put a cell that holds a comma in quotes; a number has a point",
            "line 4: has 1 cell, the header line has 2: its cells are separated by ';': separate them by commas",
            "line 5: has 3 cells, the header line has 2: put a cell that holds a comma in quotes; a number has a point",
        ]
    );
}

#[test]
fn a_quote_that_is_never_closed_swallows_no_row() {
    let told =
        "the quote at character 2 opens and is not closed on its line: close it; a cell holds no line break";
    // In the last column, across lines to another quote, and in the last line.
    for text in [
        "name,since\n,\"2026\n,\n,\n",
        "name,since\n,\"2026\nb,\"\"\nc,\n",
        "name,since\n,\"2026\nb,\"\n",
        "name,since\n,\"",
    ] {
        assert_eq!(bad(text)[0], format!("line 2: since: {told}"), "{text}");
        assert!(read(text).good.is_empty());
    }
    assert!(
        bad("name,since\nNorth \"gate\",\n")[0]
            .starts_with("line 2: name: the quote at character 7 stands inside")
    );
    let told = &bad("name,since\n\"North\"gate,\n")[0];
    assert!(
        told.starts_with("line 2: name: the quote at character 7 ends the cell, but more follows"),
        "{told}"
    );
    assert!(refused(b"name,\"since\na,\n").starts_with("line 1: the quote at character 6 opens"));
}

#[test]
fn a_header_line_that_does_not_fit_is_refused_with_what_fits() {
    assert!(
        refused(b"name\na\n").contains("lacks the columns since; all of these must be there: name, since")
    );
    assert!(
        refused(b"name,since,x\na,,\n").starts_with("line 1: cell 3 of the header has the unknown name 'x'")
    );
    assert!(refused(b"NAME,since\na,\n").contains("unknown name 'NAME'; known are: name, since"));
    assert!(!refused(b"\x1b[2Jname,since\na,\n").contains('\u{1b}'));
}

#[test]
fn one_column_twice_is_refused_however_it_is_written() {
    for second in ["since", " since ", "SINCE", "\u{FEFF}since", "\"since\"", "since\u{200B}", "Si nce"] {
        let told = refused(format!("since,name,{second}\n,a,\n").as_bytes());
        assert!(
            told.starts_with("line 1: cells 1 and 3 of the header both name the column 'since'"),
            "{told}"
        );
    }
    assert!(refused("\u{FEFF}name,name,since\na,b,\n".as_bytes()).contains("cells 1 and 2"));
}

#[test]
fn a_file_with_nothing_in_it_is_refused() {
    for empty in ["", "\u{FEFF}", "\n\n", "\r\n"] {
        assert!(
            refused(empty.as_bytes())
                .starts_with("the file is empty: its first line names the columns name, since")
        );
    }
    assert!(refused(b"name,since\n").contains("a header line and no row"));
    assert!(refused(b"name,since\n\n\r\n").contains("a header line and no row"));
}

#[test]
fn another_separator_is_named() {
    for (text, name) in [("name;since\na;\n", "';'"), ("name\tsince\na\t\n", "tabs"), ("name|since\n", "'|'")]
    {
        assert!(
            refused(text.as_bytes()).starts_with(&format!("line 1: the cells are separated by {name}: "))
        );
    }
}

#[test]
fn what_is_not_utf_8_is_named_with_its_place() {
    let wide =
        |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> { "name,since\n".encode_utf16().flat_map(bytes).collect() };
    assert!(refused(&wide(u16::to_le_bytes)).contains("the file is in UTF-16"));
    assert!(refused(&wide(u16::to_be_bytes)).contains("the file is in UTF-16"));
    let told = refused(b"name,since\nCaf\xE9,\n");
    assert!(told.starts_with("line 2, character 4: the byte 0xe9 is not UTF-8"), "{told}");
    assert!(told.contains("save it in UTF-8"), "{told}");
    assert!(
        refused(b"name,since\ra,\rb,\r")
            .starts_with("line 1, character 11: a carriage return without a line feed")
    );
    assert!(
        bad("name,since\na\0b,\n")[0]
            .starts_with("line 2: name: holds the character NUL (U+0000) as character 2")
    );
    assert!(bad("name,since\na,\u{0}\n")[0].starts_with("line 2: since: holds the character NUL"));
    assert!(bad("name,since\n\"a\u{2028}\",\n")[0].contains("name: holds a line break"));
}

#[test]
fn one_key_twice_is_refused_with_both_lines() {
    let bad = bad("name,since\na,\nb,\n a ,2026-10-31T08:00:00Z\nb,\n");
    assert_eq!(
        bad,
        [
            "line 4: name: the same as in line 2: which of the two lines counts? Keep one of them",
            "line 5: name: the same as in line 3: which of the two lines counts? Keep one of them",
        ]
    );
}

#[test]
fn stretches_that_overlap_are_refused_with_both_lines_and_neighbours_are_not() {
    let read = |rows: &[(u32, u32)]| {
        let day = |day: u32| if day == 0 { String::new() } else { format!("2026-01-{day:02}T00:00:00Z") };
        let rows: String = rows.iter().map(|(from, to)| format!("{},{}\n", day(*from), day(*to))).collect();
        let rows = read_rows::<Span>(format!("from,to\n{rows}").as_bytes()).unwrap();
        rows.bad.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert!(read(&[(3, 0), (1, 2), (2, 3)]).is_empty());
    let told = read(&[(1, 10), (2, 3), (4, 5), (10, 0), (12, 13)]);
    assert_eq!(told.len(), 3);
    assert!(told[0].starts_with("line 3: from, to: overlaps the time of line 2: "), "{told:?}");
    assert!(told[1].starts_with("line 4: from, to: overlaps the time of line 2: "), "{told:?}");
    assert!(told[2].starts_with("line 6: from, to: overlaps the time of line 5: "), "{told:?}");
}

#[test]
fn a_file_of_another_kind_stops_after_a_bounded_number_of_bad_rows() {
    for row in [",\n", "a\n", "a,\n"] {
        let text = format!("name,since\n{}", row.repeat(10 * BAD_ROWS_MAX));
        assert_eq!(read(&text).bad.len(), BAD_ROWS_MAX);
    }
}

#[test]
fn a_text_longer_than_its_column_takes_is_refused() {
    assert_eq!(
        bad(&format!("name,since\n{},\n", "ا".repeat(21))),
        ["line 2: name: must have at most 20 characters"]
    );
}

proptest! {
    #[test]
    fn every_line_of_any_text_becomes_a_row_or_is_named(text in "[ab,\"\r\n; \u{202E}\u{FEFF}é\0]{0,40}") {
        if let Ok(rows) = read_rows::<Pair>(format!("name,since\n{text}").as_bytes()) {
            let lines = text.lines().filter(|line| !line.is_empty()).count();
            prop_assert!(!rows.bad.is_empty() || rows.good.len() == lines);
            let is_harmless = |problem: &str| !problem.contains(['\0', '\u{202E}', '\u{FEFF}']);
            prop_assert!(rows.bad.iter().all(|row| row.line > 1 && is_harmless(&row.problem)));
        }
    }

    #[test]
    fn a_good_file_reads_back_whatever_its_names_hold(names in prop::collection::hash_set("[a-zاب ,;\"']{1,8}[a-z]", 1..6)) {
        let rows: String = names.iter().map(|name| format!("\"{}\",\n", name.replace('"', "\"\""))).collect();
        let rows = read_rows::<Pair>(format!("name,since\n{rows}").as_bytes()).unwrap();
        prop_assume!(names.iter().map(|name| name.trim()).collect::<HashSet<_>>().len() == names.len());
        prop_assert_eq!(rows.bad, vec![]);
        let read: HashSet<&str> = rows.good.iter().map(|row| row.name.as_str()).collect();
        prop_assert!(names.iter().all(|name| read.contains(name.trim())));
    }
}
