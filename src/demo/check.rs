//! How each act ended, against what its line of the manifest says.

use super::publish::SentAct;
use super::world::CitizenCase;
use crate::sending::manifest::Fault;
use adjudicate::stream::record_report::{RecordEnding, RecordReport};
use adjudicate::stream::settle::EventIdentity;
use anyhow::{Context, bail};
use schemas::outcome::Outcome;
use std::collections::{HashMap, HashSet};

/// Every published act with how it ended.
#[derive(Debug)]
pub struct Ended<'a> {
    sent: &'a [SentAct],
    endings: HashMap<(i32, i64), RecordEnding>,
}

impl<'a> Ended<'a> {
    /// Joins what was sent with what rows tell.
    #[must_use]
    pub fn new(sent: &'a [SentAct], records: Vec<RecordReport>) -> Self {
        let endings =
            records.into_iter().map(|record| ((record.partition, record.offset), record.ending)).collect();
        Self { sent, endings }
    }

    /// Every act with its ending; a record that left no row has none.
    pub fn each(&self) -> impl Iterator<Item = (&'a SentAct, Option<&RecordEnding>)> {
        self.sent.iter().map(|sent| (sent, self.endings.get(&(sent.partition, sent.offset))))
    }

    /// The act of that name.
    ///
    /// # Errors
    /// When there is none.
    pub fn sent(&self, name: &str) -> anyhow::Result<&'a SentAct> {
        self.sent
            .iter()
            .find(|sent| sent.act.name == name)
            .with_context(|| format!("there is no act '{name}'"))
    }

    /// The act whose name `text` begins with, the longest such name.
    ///
    /// # Errors
    /// When there is none.
    pub fn sent_with_prefix(&self, text: &str) -> anyhow::Result<&'a SentAct> {
        let fits = self.sent.iter().filter(|sent| text.starts_with(&sent.act.name));
        fits.max_by_key(|sent| sent.act.name.len()).with_context(|| format!("there is no act '{text}'"))
    }

    /// The first violation whose act is none of `acts`.
    #[must_use]
    pub fn violation_beside(&self, acts: &HashSet<String>) -> Option<CitizenCase> {
        self.each().filter(|(sent, _)| !acts.contains(&sent.act.name)).find_map(|(_, ending)| match ending {
            Some(RecordEnding::Violation { reference, plate_key, .. }) => {
                Some(CitizenCase { reference: reference.clone(), plate: plate_key.clone() })
            }
            Some(
                RecordEnding::ManualCheck { .. }
                | RecordEnding::DeadLetter { .. }
                | RecordEnding::WithoutCase { .. },
            )
            | None => None,
        })
    }

    /// How an act ended, as rows tell.
    ///
    /// # Errors
    /// When there is no such act, or it left no row.
    pub fn of(&self, name: &str) -> anyhow::Result<&RecordEnding> {
        let sent = self.sent(name)?;
        self.endings.get(&(sent.partition, sent.offset)).with_context(|| format!("act '{name}' left no row"))
    }

    /// Everything that differs from the manifest, a line each.
    ///
    /// # Errors
    /// When the manifest names an outcome that does not exist.
    pub fn differences(&self) -> anyhow::Result<Vec<String>> {
        let mut differences = Vec::new();
        for sent in self.sent {
            let Some(expected) = &sent.act.expected else { continue };
            let ending = self.endings.get(&(sent.partition, sent.offset));
            let is_pair = self.is_of_a_pair(&sent.act.name);
            if !fits(expected.outcome()?, &expected.reasons, ending, is_pair) {
                differences.push(format!(
                    "{}: expected {} {:?}, got {}",
                    sent.act.name,
                    expected.outcome()?,
                    expected.reasons,
                    ending.map_or_else(|| "a repetition".to_owned(), describe)
                ));
            }
        }
        Ok(differences)
    }

    /// Groups of events that tell one act, for counting what doubled.
    ///
    /// # Errors
    /// When an act refers to one that does not exist.
    pub fn acts(&self) -> anyhow::Result<Vec<Vec<EventIdentity>>> {
        let mut groups: Vec<(Vec<&str>, Vec<EventIdentity>)> = Vec::new();
        for sent in self.sent {
            let (source, id) = sent.planned.identity.clone();
            let event = EventIdentity { source, id };
            match &sent.act.fault {
                Some(Fault::Resent { of } | Fault::SecondCamera { of }) => {
                    let Some(group) = groups.iter_mut().find(|(names, _)| names.contains(&of.as_str()))
                    else {
                        bail!("there is no act '{of}'");
                    };
                    group.0.push(&sent.act.name);
                    if !group.1.contains(&event) {
                        group.1.push(event);
                    }
                }
                // It bears another act's id, and must leave nothing of its own.
                Some(Fault::IdReused { .. }) => {}
                Some(_) | None => groups.push((vec![&sent.act.name], vec![event])),
            }
        }
        Ok(groups.into_iter().map(|(_, events)| events).collect())
    }

    /// Which of two cameras comes first is open.
    fn is_of_a_pair(&self, name: &str) -> bool {
        self.sent.iter().any(|sent| match &sent.act.fault {
            Some(Fault::SecondCamera { of }) => of == name || sent.act.name == name,
            Some(_) | None => false,
        })
    }
}

fn fits(outcome: Outcome, reasons: &[String], ending: Option<&RecordEnding>, is_pair: bool) -> bool {
    let named = |got: &[String]| reasons.is_empty() || reasons.iter().any(|reason| got.contains(reason));
    match (outcome, ending) {
        (Outcome::Violation, Some(RecordEnding::Violation { .. })) => true,
        (Outcome::Duplicate, Some(RecordEnding::Violation { .. }))
        | (Outcome::Violation, Some(RecordEnding::WithoutCase { .. })) => is_pair,
        (Outcome::ManualCheck, Some(RecordEnding::ManualCheck { reasons: got, .. })) => named(got),
        (Outcome::DeadLetter, Some(RecordEnding::DeadLetter { reason })) => {
            named(std::slice::from_ref(reason))
        }
        // A repetition leaves no row; the counters, compared apart, tell it from a loss.
        (Outcome::Duplicate, None)
        | (Outcome::Duplicate | Outcome::NoOffence, Some(RecordEnding::WithoutCase { .. })) => true,
        (
            Outcome::Violation
            | Outcome::ManualCheck
            | Outcome::NoOffence
            | Outcome::Duplicate
            | Outcome::DeadLetter,
            _,
        ) => false,
    }
}

/// How a record ended, for people.
pub(super) fn describe(ending: &RecordEnding) -> String {
    match ending {
        RecordEnding::Violation { plate_key, amount, .. } => {
            format!("a violation of {plate_key} over {amount}")
        }
        RecordEnding::ManualCheck { reasons, .. } => format!("manual check {reasons:?}"),
        RecordEnding::DeadLetter { reason } => format!("dead letter {reason}"),
        RecordEnding::WithoutCase { .. } => "no case".to_owned(),
    }
}
