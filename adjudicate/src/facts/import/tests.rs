//! Tests of the rows of facts.

use super::*;
use crate::foundation::csv::read_rows;

#[test]
fn a_good_row_of_each_fact_is_read() {
    let ownership = "plate,holder,from,to\nSA-123-TNJ,p-1,2026-01-01T00:00:00+03:00,\n";
    let rows = read_rows::<OwnershipRow>(ownership.as_bytes()).unwrap();
    assert_eq!((rows.good.len(), rows.bad.len()), (1, 0));
    let log = "site,from,to,phase,amber_milliseconds,controller_fault\n\
               j-1,2026-01-01T00:00:00Z,2026-01-01T00:00:30Z,red,3000,false\n";
    assert_eq!(read_rows::<SignalLogRow>(log.as_bytes()).unwrap().good.len(), 1);
    let outage = "from,to\n2026-01-01T00:00:00Z,2026-01-02T00:00:00Z\n";
    assert_eq!(read_rows::<OutageRow>(outage.as_bytes()).unwrap().good.len(), 1);
}

#[test]
fn a_plate_that_is_none_is_reported_by_line_without_being_repeated() {
    let text = "plate,holder,from,to\nSA-999-QQQ,p-1,2026-01-01T00:00:00Z,\n";
    let rows = read_rows::<OwnershipRow>(text.as_bytes()).unwrap();
    assert_eq!(rows.bad[0].line, 2);
    assert!(!rows.bad[0].problem.contains("QQQ"), "{}", rows.bad[0].problem);
}

#[test]
fn a_plate_is_taken_in_either_case() {
    let text = "plate,holder,from,to\n\
                eg-nga-136,p-1,2026-01-01T00:00:00Z,\nSA-3479-zkb,p-2,1987-01-01T00:00:00Z,\nsa-3480-ZKB,p-3,2026-01-01T00:00:00Z,\n";
    let rows = read_rows::<OwnershipRow>(text.as_bytes()).unwrap();
    let plates: Vec<String> = rows.good.iter().map(|row| row.plate.key()).collect();
    assert_eq!(plates, ["EG-NGA-136", "SA-3479-ZKB", "SA-3480-ZKB"]);
}

fn bad<R: FactRow>(text: &str) -> Vec<String> {
    read_rows::<R>(text.as_bytes()).unwrap().bad.iter().map(ToString::to_string).collect()
}

fn payments(rows: &[(&str, &str)]) -> Vec<String> {
    let violation = ViolationReference::generate();
    let rows: String = rows
        .iter()
        .map(|(receipt, amount)| {
            format!("{receipt},{violation},\"{amount}\",SAR,2026-01-01T00:00:00Z,card\n")
        })
        .collect();
    bad::<PaymentRow>(&format!("receipt,violation,amount,currency,paid_at,channel\n{rows}"))
}

#[test]
fn an_amount_that_could_be_read_in_two_ways_is_refused_by_name() {
    assert!(payments(&[("r", "3000"), ("r2", "3000.5"), ("r3", "0.05")]).is_empty());
    for (amount, told) in [
        ("3.000", "three digits behind the point"),
        ("3_000", "comma, blank or other mark"),
        ("3,000", "comma, blank or other mark"),
        ("150,00", "comma, blank or other mark"),
        ("3e3", "an exponent"),
        ("+300", "a sign"),
        ("-300", "a sign"),
        (".5", "begins or ends with its point"),
        ("3.", "begins or ends with its point"),
        ("03", "begins with a zero"),
        ("٣٠٠", "digits other than 0 to 9"),
        ("3.0001", "too many digits behind the point"),
        ("300 SAR", "comma, blank or other mark"),
        ("0.00", "must be above 0"),
    ] {
        let bad = payments(&[("r", amount)]);
        assert!(bad[0].starts_with("line 2: amount: ") && bad[0].contains(told), "{amount}: {bad:?}");
    }
}

#[test]
fn each_fact_refuses_its_key_twice_with_both_lines() {
    let same = |column: &str| {
        format!("line 3: {column}: the same as in line 2: which of the two lines counts? Keep one of them")
    };
    assert_eq!(payments(&[("R-1", "100"), ("R-1", "200")]), [same("receipt")]);
    let ownership = "plate,holder,from,to\nSA-0123-TNJ,a,2026-01-01T00:00:00Z,\nsa-123-tnj,b,2026-01-01T03:00:00+03:00,\n";
    assert_eq!(bad::<OwnershipRow>(ownership), [same("plate, from")]);
    let row = "j,2026-01-01T00:00:00Z,2026-01-01T00:00:30Z,red,,false\n";
    let log = format!("site,from,to,phase,amber_milliseconds,controller_fault\n{row}{row}");
    assert_eq!(bad::<SignalLogRow>(&log), [same("site, from")]);
    let violation = ViolationReference::generate();
    let typed = violation.as_str().to_lowercase().replace('-', " ");
    let notices = format!(
        "violation,holder,channel,served_at\n{violation},a,sms,2026-01-01T00:00:00Z\n{typed},b,post,2026-01-01T00:00:00Z\n"
    );
    assert_eq!(bad::<NoticeRow>(&notices), [same("violation, served_at")]);
    let outages =
        "from,to\n2026-01-01T00:00:00Z,2026-01-02T00:00:00Z\n2026-01-01T00:00:00Z,2026-01-03T00:00:00Z\n";
    assert_eq!(bad::<OutageRow>(outages), [same("from")]);
}

#[test]
fn stretches_of_one_thing_that_overlap_are_refused_and_of_two_are_not() {
    let rows = |other: &str| {
        format!("plate,holder,from,to\nSA-123-TNJ,a,2026-01-01T00:00:00Z,\n{other},b,2026-02-01T00:00:00Z,\n")
    };
    assert!(bad::<OwnershipRow>(&rows("SA-124-TNJ")).is_empty());
    let bad = bad::<OwnershipRow>(&rows("SA-0123-TNJ"));
    assert!(bad[0].starts_with("line 3: from, to: overlaps the time of line 2"), "{bad:?}");
}

#[test]
fn numbers_and_booleans_of_the_signal_log_have_one_form() {
    let log = |amber: &str, fault: &str| {
        bad::<SignalLogRow>(&format!(
            "site,from,to,phase,amber_milliseconds,controller_fault\n\
             j,2026-01-01T00:00:00Z,2026-01-01T00:00:30Z,red,{amber},{fault}\n"
        ))
    };
    assert!(log("3000", "true").is_empty() && log("", "false").is_empty());
    for amber in ["+3000", "03000", "3.0", "3.000", "3e3", "٣٠٠٠", "-1", "65536"] {
        assert!(log(amber, "false")[0].starts_with("line 2: amber_milliseconds: "), "{amber}");
    }
    for fault in ["TRUE", "True", "yes", "1", "0", "t", ""] {
        let bad = log("", fault);
        assert!(bad[0].starts_with("line 2: controller_fault: must "), "{fault}: {bad:?}");
    }
    assert!(log("", "TRUE")[0].contains("true or false, in small letters"));
}

#[test]
fn a_channel_that_steers_a_terminal_or_turns_the_text_is_refused() {
    for channel in ["sms\u{1B}[31m", "s\u{202E}ms", "sms\u{200B}", "\u{2028}sms"] {
        let text = format!(
            "violation,holder,channel,served_at\n{},a,{channel},2026-01-01T00:00:00Z\n",
            ViolationReference::generate()
        );
        let bad = bad::<NoticeRow>(&text);
        assert!(bad[0].starts_with("line 2: channel: holds "), "{bad:?}");
    }
}

#[test]
fn a_payment_of_nothing_or_with_a_wrong_reference_is_refused() {
    let violation = ViolationReference::generate();
    let row = |reference: &str, amount: &str| {
        format!(
            "receipt,violation,amount,currency,paid_at,channel\nr-1,{reference},{amount},SAR,2026-01-01T00:00:00Z,card\n"
        )
    };
    let bad = |text: String| read_rows::<PaymentRow>(text.as_bytes()).unwrap().bad.len();
    assert_eq!(bad(row(violation.as_str(), "150.00")), 0);
    assert_eq!(bad(row(violation.as_str(), "0")), 1);
    assert_eq!(bad(row("V-1", "150")), 1);
}
