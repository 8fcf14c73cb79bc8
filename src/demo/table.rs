//! The live table on a terminal; plain lines elsewhere.

use super::totals::Totals;
use super::world::{Access, CitizenCase};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use runtime::FetchProgress;
use std::io::IsTerminal;

/// Rows of numbers that change while the demo runs. Goes to stderr: stdout is for results.
#[derive(Debug)]
pub struct LiveTable {
    is_terminal: bool,
    rows: Vec<ProgressBar>,
    area: MultiProgress,
}

impl LiveTable {
    /// An empty table.
    #[must_use]
    pub fn start() -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        let target = if is_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let area = MultiProgress::with_draw_target(target);
        let style = ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
        let rows = (0..4).map(|_| area.add(ProgressBar::new_spinner().with_style(style.clone()))).collect();
        Self { is_terminal, rows, area }
    }

    /// What is being done, for stages without numbers.
    pub fn say(&self, what: &str) {
        if self.is_terminal {
            self.row(0, what.to_owned());
        } else {
            eprintln!("{what}");
        }
    }

    /// What stays above the table.
    pub fn note(&self, text: &str) {
        if !self.is_terminal || self.area.println(text).is_err() {
            eprintln!("{text}");
        }
    }

    /// What is called while photographs are prepared.
    pub fn photograph_progress(&self) -> impl Fn(usize, usize) + Send + 'static {
        let row = self.rows.first().cloned();
        move |done, of| {
            if let Some(row) = &row {
                row.set_message(format!("preparing photographs: {done} of {of}"));
                row.tick();
            }
        }
    }

    /// What is called while the local runtime is fetched.
    pub fn fetch_progress(&self) -> impl Fn(FetchProgress) + Send + 'static {
        let row = self.rows.first().cloned();
        let is_terminal = self.is_terminal;
        move |step| match (&row, is_terminal) {
            (Some(row), true) => row.set_message(describe(step)),
            (_, _) => tracing::info!("{}", describe(step)),
        }
    }

    /// The numbers as they are.
    pub fn show(&self, totals: &Totals) {
        let Totals { events_published, events_settled, outcomes, objections, lost, doubled, .. } = totals;
        self.row(
            0,
            format!("events      {events_published} published, {events_settled} settled, {lost} open"),
        );
        self.row(
            1,
            format!(
                "outcomes    {} violations, {} manual checks, {} no offence, {} duplicates, {} dead letters, {doubled} doubled",
                outcomes.violation, outcomes.manual_check, outcomes.no_offence, outcomes.duplicate, outcomes.dead_letter
            ),
        );
        self.row(
            2,
            format!(
                "objections  {} filed: {} cancelled, {} reduced, {} refused on form, {} await a document",
                objections.filed,
                objections.cancelled_by_machine,
                objections.reduced_by_machine,
                objections.refused_on_form,
                objections.awaiting_document
            ),
        );
        let waiting = outcomes.manual_check + objections.to_human;
        self.row(
            3,
            format!("queue       {waiting} cases for a person, {} decided", objections.decided_by_human),
        );
    }

    /// The last numbers, and where to look now.
    pub fn finish(&self, access: &Access) {
        self.rows.iter().for_each(|row| row.abandon());
        let Access { page, admin, reviewer_keys, citizen_key, environment: _, citizen_case } = access;
        eprintln!("\nThe review page: {page}   (metrics: {admin}metrics)");
        for key in reviewer_keys {
            eprintln!("  sign in with the reviewer key  {key}");
        }
        eprintln!("  citizens' portals use the key  {citizen_key}");
        if let Some(CitizenCase { reference, plate }) = citizen_case {
            eprintln!(
                "As a citizen, without a key: {page}ar/violations   (violation {reference}, plate {plate})"
            );
        }
        eprintln!("The keys are accepted on this machine only. Ctrl-C ends the demo.");
    }

    fn row(&self, number: usize, text: String) {
        if let Some(row) = self.rows.get(number) {
            row.set_message(text);
            row.tick();
        }
    }
}

fn describe(step: FetchProgress) -> String {
    match step {
        FetchProgress::WaitingForOther => "waiting for another process that is fetching".to_owned(),
        FetchProgress::Downloading { bytes, total_bytes } => {
            format!(
                "fetching Kafka, PostgreSQL and ONNX Runtime: {} of {} MB",
                bytes >> 20,
                total_bytes >> 20
            )
        }
        FetchProgress::Verifying { files, total_files } => {
            format!("verifying: {files} of {total_files} files")
        }
        FetchProgress::Unpacking => "unpacking".to_owned(),
        FetchProgress::PreparingKafka => "preparing Kafka for quick starts".to_owned(),
    }
}
