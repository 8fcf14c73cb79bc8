//! What was looked at, how it stands, and the report of it all.

use serde_json::{Value, json};
use std::io::{self, Write};

schemas::closed_list! {
    /// Everything that is looked at, in the order of the report. The names are stable: monitoring may rely on them.
    pub enum Check {
        /// Keys that are unknown, of another type or out of range.
        ConfigKeys = "config.keys",
        /// Who may read the file, which holds passwords.
        ConfigFile = "config.file",
        /// The citizens' port without https.
        HttpExposed = "http.exposed",
        /// Proxies that may say for whom they speak.
        TrustedProxies = "http.trusted_proxies",
        /// The operators' ports.
        AdminExposed = "admin.exposed",
        /// Whether the broker answers and takes us.
        KafkaReachable = "kafka.reachable",
        /// Whether the way to the broker is encrypted.
        KafkaPlaintext = "kafka.plaintext",
        /// Topics that are missing.
        TopicsExist = "topics.exist",
        /// The largest record that they take.
        TopicsRecordSize = "topics.record_size",
        /// How many partitions they have.
        TopicsPartitions = "topics.partitions",
        /// How many copies.
        TopicsCopies = "topics.copies",
        /// Whose time their records bear.
        TopicsAppendTime = "topics.append_time",
        /// What is deleted when.
        TopicsRetention = "topics.retention",
        /// Who else is in the consumer group.
        StreamGroup = "stream.group",
        /// Two processes of one name.
        StreamInstance = "stream.instance",
        /// Stored positions against the log.
        StreamPositions = "stream.positions",
        /// Whether PostgreSQL answers and takes us.
        DatabaseReachable = "database.reachable",
        /// Whether the way to PostgreSQL is encrypted.
        DatabasePlaintext = "database.plaintext",
        /// Its version.
        DatabaseVersion = "database.version",
        /// The tables against the migrations of this program.
        DatabaseSchema = "database.schema",
        /// Pools of all processes against what the server grants.
        DatabaseConnections = "database.connections",
        /// Partitions of coming months.
        DatabaseMonths = "database.month_partitions",
        /// This machine's clock against the broker's.
        ClockKafka = "clock.kafka",
        /// This machine's clock against PostgreSQL's.
        ClockDatabase = "clock.database",
        /// Registers that are empty.
        RegistersFilled = "registers.filled",
        /// Cameras without a key.
        CameraKeys = "cameras.keys",
        /// Camera keys near their end.
        CameraKeyEnds = "cameras.key_ends",
        /// Keys that are in use and no longer count.
        CameraKeysInUse = "cameras.keys_in_use",
        /// Calibration certificates.
        CameraCertificates = "cameras.certificates",
        /// Signs whose state is not known.
        CameraSigns = "cameras.sign_states",
        /// Whether anybody can sign in.
        AccessPeople = "access.people",
        /// People's keys near their end.
        AccessKeyEnds = "access.key_ends",
        /// Keys of a demo.
        AccessDemoKeys = "access.demo_keys",
        /// The evidence store's folder.
        EvidenceFolder = "folders.evidence",
        /// The folder of files that are not filed yet.
        UploadsFolder = "folders.uploads",
        /// Room on their disks.
        DiskRoom = "folders.room",
        /// The nets that find and read plates.
        ReaderModels = "reader.models",
        /// The library that runs them.
        ReaderLibrary = "reader.onnxruntime",
        /// Certificates and keys in files.
        Certificates = "certificates.files",
        /// Files that a process may have open.
        OpenFiles = "process.open_files",
    }
    impl Display;
}

schemas::closed_list! {
    /// How something stands.
    pub enum Verdict {
        /// As it must be.
        Good = "good",
        /// It works, and something is not as it should be, or soon will not be.
        Warning = "warning",
        /// It does not work, or not safely.
        Fault = "fault",
        /// Not looked at, for what was found says why.
        NotChecked = "not checked",
    }
    impl Display;
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub check: Check,
    /// How it stands.
    pub verdict: Verdict,
    /// Where: a key, a file, a topic, a table.
    pub place: String,
    /// What was found there.
    pub found: String,
    /// What to do; nothing where nothing is to be done.
    pub remedy: Option<String>,
}

impl Finding {
    /// It is as it must be.
    pub fn good(check: Check, place: impl Into<String>, found: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Good, place: place.into(), found: found.into(), remedy: None }
    }

    /// It should be otherwise.
    pub fn warning(
        check: Check,
        place: impl Into<String>,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let remedy = Some(remedy.into());
        Self { check, verdict: Verdict::Warning, place: place.into(), found: found.into(), remedy }
    }

    /// It must be otherwise.
    pub fn fault(
        check: Check,
        place: impl Into<String>,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { verdict: Verdict::Fault, ..Self::warning(check, place, found, remedy) }
    }

    /// It was not looked at.
    pub fn not_checked(check: Check, why: impl Into<String>) -> Self {
        Self { verdict: Verdict::NotChecked, ..Self::good(check, "", why) }
    }
}

/// All that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// In the order of [`Check::ALL`].
    pub findings: Vec<Finding>,
}

impl Report {
    /// Puts findings in order.
    #[must_use]
    pub fn of(mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(|finding| finding.check);
        Self { findings }
    }

    /// How many findings stand so.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.findings.iter().filter(|finding| finding.verdict == verdict).count()
    }

    /// Returns the sum in words.
    #[must_use]
    pub fn summary(&self) -> String {
        let told = Verdict::ALL.map(|verdict| format!("{} {verdict}", self.count(verdict)));
        told.join(", ")
    }

    /// Writes it for people: a line for each finding, and one below with what to do.
    ///
    /// # Errors
    /// When the output is closed.
    pub fn write_text(&self, output: &mut impl Write) -> io::Result<()> {
        for Finding { check, verdict, place, found, remedy } in &self.findings {
            let (verdict, check) = (verdict.label(), check.label());
            let joint = if place.is_empty() { "" } else { ": " };
            writeln!(output, "{verdict:<11}  {check:<24}  {place}{joint}{found}")?;
            if let Some(remedy) = remedy {
                writeln!(output, "{:<11}  {:<24}  -> {remedy}", "", "")?;
            }
        }
        Ok(())
    }

    /// Returns it for programs.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let findings = self.findings.iter().map(|finding| {
            json!({
                "check": finding.check.label(),
                "verdict": finding.verdict.label(),
                "place": finding.place,
                "found": finding.found,
                "remedy": finding.remedy,
            })
        });
        json!({
            "good": self.count(Verdict::Good),
            "warning": self.count(Verdict::Warning),
            "fault": self.count(Verdict::Fault),
            "not_checked": self.count(Verdict::NotChecked),
            "findings": findings.collect::<Vec<_>>(),
        })
    }
}

/// Some names, and how many more there are.
pub(super) fn some_of(names: &[String]) -> String {
    const SHOWN_MAX: usize = 8;
    let shown = names.iter().take(SHOWN_MAX).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_checks_are_stable_and_each_stands_once() {
        let names: std::collections::BTreeSet<&str> = Check::ALL.into_iter().map(Check::label).collect();
        assert_eq!(names.len(), Check::ALL.len());
        assert!(
            ["kafka.reachable", "topics.exist", "database.schema", "access.people"]
                .iter()
                .all(|name| names.contains(name))
        );
    }

    #[test]
    fn a_report_says_for_people_and_programs_what_where_and_what_to_do() {
        let report = Report::of(vec![
            Finding::not_checked(Check::DatabaseSchema, "the database is away"),
            Finding::fault(Check::TopicsExist, "events", "there is no such topic", "make it"),
        ]);
        let mut text = Vec::new();
        report.write_text(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        assert!(
            lines[0].starts_with("fault        topics.exist")
                && lines[0].ends_with("events: there is no such topic")
        );
        assert!(lines[1].ends_with("-> make it"), "{text}");
        assert!(
            lines[2].starts_with("not checked  database.schema")
                && lines[2].ends_with("the database is away")
        );
        let json = report.to_json();
        assert_eq!((&json["fault"], &json["not_checked"]), (&json!(1), &json!(1)));
        assert_eq!(json["findings"][0]["remedy"], "make it");
        assert_eq!(report.summary(), "0 good, 0 warning, 1 fault, 1 not checked");
    }

    #[test]
    fn of_many_names_some_are_told_and_the_others_counted() {
        let names: Vec<String> = (0..10).map(|number| format!("c{number}")).collect();
        assert!(some_of(&names).ends_with("c7 and 2 more"));
        assert_eq!(some_of(&names[..2]), "c0, c1");
    }
}
