//! One reading out of several views at one vehicle, character by character; pure.
//!
//! Every view says of each of its characters how likely it, its runner-up and the rest are. The views are laid beside
//! each other, so that a character which one of them lost or made up does not shift the others, and in each column
//! the logarithms of the probabilities are added up.
//!
//! Looks at one plate share their light, dirt and blur, so their errors are no independent ones: three blurred
//! views easily agree on the same wrong text. Each view therefore counts with the square root of its calibrated
//! confidence as weight. Over simulated views whose errors are partly shared, that is right more often than weights of
//! 1 (which trust the crowd too much) or the confidence itself (which wastes the good characters of a doubtful view).

use crate::plate::alignment::{Alignment, Step, align};
use schemas::jurisdiction::Jurisdiction;
use schemas::plate::PlateNumber;
use schemas::plate_grammar::PlateGrammar;
use schemas::plate_read::{Confidence, PlateRead, PlateRow};
use std::collections::BTreeSet;

/// No single view makes a character less likely than this: readers err in ways that their scores do not show.
const PROBABILITY_FLOOR: f64 = 1e-4;
/// Looks whose columns differ by more than this on average (0 = the same, 1 = nothing in common) are no views at the
/// same plate and never mixed into one.
const SAME_PLATE_COST_MAX: f64 = 0.5;
/// Probabilities are given with six decimals, as they are stored, so that the last bits of a logarithm cannot matter.
const STORED_DECIMALS: f64 = 1e6;

/// What several views at one plate say together.
#[derive(Debug, Clone, PartialEq)]
pub struct Vote {
    /// Country of the layout.
    pub jurisdiction: Jurisdiction,
    /// Letters in Arabic reading order.
    pub letters: Vec<VotedCharacter>,
    /// Digits as printed.
    pub digits: Vec<VotedCharacter>,
    /// The plate that the characters spell. Where they are none of the country's grammar, nothing is bent to fit: then
    /// it is the plate of the surest view that read one.
    pub plate: Option<PlateNumber>,
    /// Probability that all characters are right and none is missing; 0 where [`Vote::plate`] is not what they spell.
    pub confidence: Confidence,
    /// How many views took part; those at another plate did not.
    pub views: usize,
}

/// One character of the common reading.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VotedCharacter {
    /// Canonical Arabic letter or ASCII digit.
    pub character: char,
    /// Probability that it is right, all views together.
    pub confidence: Confidence,
    /// The next likeliest character in its place.
    pub runner_up: Option<(char, Confidence)>,
}

/// Lets views of different content vote; `None` when there are none, or none has a character.
///
/// The order of the views does not matter but among views of the same confidence. Looks at different plates are never
/// mixed: those count which together are the likeliest to be right.
#[must_use]
pub fn vote(views: &[&PlateRead]) -> Option<Vote> {
    let mut by_confidence: Vec<&PlateRead> = views.to_vec();
    by_confidence.sort_by(|one, other| other.confidence.value().total_cmp(&one.confidence.value()));
    let mut ballots: Vec<Ballot<'_>> = Vec::new();
    for read in by_confidence {
        let outcomes = Outcomes::of(views, read.jurisdiction);
        let evidence = PlateEvidence::of(read, &outcomes, weight(read));
        if evidence.is_empty() {
            continue;
        }
        match ballots.iter_mut().find(|ballot| ballot.is_of(read.jurisdiction, &evidence)) {
            Some(ballot) => ballot.take(read, &evidence),
            None => ballots.push(Ballot { outcomes, evidence, views: vec![read] }),
        }
    }
    // The first of equals is the one with the surest view.
    let leading = ballots
        .into_iter()
        .reduce(|best, ballot| if ballot.expected_right() > best.expected_right() { ballot } else { best })?;
    Some(leading.count())
}

impl Vote {
    /// How sure a view is of something that contradicts the vote: the confidence of its surest character that the vote
    /// does not have in that place, or its confidence in having missed none; `None` when it says the same.
    #[must_use]
    pub fn contradiction(&self, read: &PlateRead) -> Option<Confidence> {
        if let (Some(own), Some(voted)) = (&read.plate, &self.plate)
            && own.key() == voted.key()
        {
            return None;
        }
        if read.jurisdiction != self.jurisdiction {
            return Some(read.confidence);
        }
        let outcomes = Outcomes::of(&[read], read.jurisdiction).with(self);
        let seen = PlateEvidence::of(read, &outcomes, 1.0);
        if seen.is_empty() {
            return None;
        }
        let letters = strongest_difference(&seen.letters, &outcomes.letters, &self.letters, read);
        let digits = strongest_difference(&seen.digits, &outcomes.digits, &self.digits, read);
        letters.into_iter().chain(digits).reduce(f64::max).map(stored)
    }
}

/// What a column can hold: a character, or nothing because a view made one up. The last one is nothing.
#[derive(Debug, Clone)]
struct Outcomes {
    letters: Vec<Option<char>>,
    digits: Vec<Option<char>>,
}

/// What is known of every column of letters or of digits: for each outcome a logarithm of its probability up to a
/// common constant.
#[derive(Debug, Clone)]
struct Evidence {
    columns: Vec<Vec<f64>>,
    /// What these views say of a column that they do not have.
    absent: Vec<f64>,
}

#[derive(Debug, Clone)]
struct PlateEvidence {
    letters: Evidence,
    digits: Evidence,
}

/// The views at one plate.
struct Ballot<'r> {
    outcomes: Outcomes,
    evidence: PlateEvidence,
    views: Vec<&'r PlateRead>,
}

/// A character as one row of one view shows it.
#[derive(Debug, Clone, Copy)]
struct Sign {
    character: char,
    confidence: f64,
    runner_up: Option<(char, f64)>,
}

/// Letters and digits of one view: for each column its signs, one from each row.
struct Signs {
    letters: Vec<Vec<Sign>>,
    digits: Vec<Vec<Sign>>,
}

fn weight(read: &PlateRead) -> f64 {
    f64::from(read.confidence.value()).sqrt()
}

impl Ballot<'_> {
    fn is_of(&self, jurisdiction: Jurisdiction, evidence: &PlateEvidence) -> bool {
        let same_country = self.views.iter().all(|view| view.jurisdiction == jurisdiction);
        same_country && self.evidence.resembles(evidence)
    }

    /// How many of the views can be expected to be exact.
    fn expected_right(&self) -> f64 {
        self.views.iter().map(|view| f64::from(view.confidence.value())).sum()
    }

    fn count(self) -> Vote {
        let Self { outcomes, evidence, views } = self;
        let (letters, letters_right) = evidence.letters.winners(&outcomes.letters);
        let (digits, digits_right) = evidence.digits.winners(&outcomes.digits);
        let spell = |part: &[VotedCharacter]| part.iter().map(|one| one.character).collect::<String>();
        let jurisdiction = views.first().map_or(Jurisdiction::Egypt, |view| view.jurisdiction);
        let spelled = PlateNumber::parse(jurisdiction, &spell(&letters), &spell(&digits)).ok();
        let confidence =
            if spelled.is_some() { stored(letters_right * digits_right) } else { Confidence::ZERO };
        let plate = spelled.or_else(|| views.iter().find_map(|view| view.plate.clone()));
        Vote { jurisdiction, letters, digits, plate, confidence, views: views.len() }
    }
}

impl<'r> Ballot<'r> {
    fn take(&mut self, read: &'r PlateRead, evidence: &PlateEvidence) {
        self.evidence = self.evidence.joined(evidence);
        self.views.push(read);
    }
}

impl Outcomes {
    /// The country's characters and whatever else any view or runner-up shows, a letter that paint made for instance.
    fn of(views: &[&PlateRead], jurisdiction: Jurisdiction) -> Self {
        let grammar = PlateGrammar::of(jurisdiction);
        let mut letters: BTreeSet<char> = grammar.arabic_letters().collect();
        let mut digits: BTreeSet<char> = grammar.digits().chars().collect();
        for view in views.iter().filter(|view| view.jurisdiction == jurisdiction) {
            let Signs { letters: of_letters, digits: of_digits } = signs(view);
            letters.extend(shown(&of_letters));
            digits.extend(shown(&of_digits));
        }
        let with_nothing =
            |characters: BTreeSet<char>| characters.into_iter().map(Some).chain([None]).collect();
        Self { letters: with_nothing(letters), digits: with_nothing(digits) }
    }

    /// The same and the characters of a vote.
    fn with(self, vote: &Vote) -> Self {
        let extended = |outcomes: Vec<Option<char>>, voted: &[VotedCharacter]| {
            let all: BTreeSet<char> =
                outcomes.into_iter().flatten().chain(voted.iter().map(|one| one.character)).collect();
            all.into_iter().map(Some).chain([None]).collect()
        };
        Self { letters: extended(self.letters, &vote.letters), digits: extended(self.digits, &vote.digits) }
    }
}

impl PlateEvidence {
    fn of(read: &PlateRead, outcomes: &Outcomes, weight: f64) -> Self {
        let Signs { letters, digits } = signs(read);
        // That the whole read is exact says that nothing is missing; so much at least is known of a gap.
        let none_missing = f64::from(read.confidence.value());
        Self {
            letters: Evidence::of(&letters, &outcomes.letters, none_missing, weight),
            digits: Evidence::of(&digits, &outcomes.digits, none_missing, weight),
        }
    }

    fn is_empty(&self) -> bool {
        self.letters.columns.is_empty() && self.digits.columns.is_empty()
    }

    fn resembles(&self, other: &Self) -> bool {
        let (letters, digits) = (self.letters.aligned(&other.letters), self.digits.aligned(&other.digits));
        let steps = f64::from(u32::try_from(letters.steps.len() + digits.steps.len()).unwrap_or(u32::MAX));
        letters.cost + digits.cost <= SAME_PLATE_COST_MAX * steps
    }

    fn joined(&self, other: &Self) -> Self {
        Self { letters: self.letters.joined(&other.letters), digits: self.digits.joined(&other.digits) }
    }
}

impl Evidence {
    fn of(columns: &[Vec<Sign>], outcomes: &[Option<char>], none_missing: f64, weight: f64) -> Self {
        let column = |signs: &Vec<Sign>| -> Vec<f64> {
            let of_row = |outcome: &Option<char>, sign: &Sign| {
                weight * probability(sign, *outcome, outcomes.len()).max(PROBABILITY_FLOOR).ln()
            };
            outcomes.iter().map(|outcome| signs.iter().map(|sign| of_row(outcome, sign)).sum()).collect()
        };
        let others = f64::from(u32::try_from(outcomes.len() - 1).unwrap_or(u32::MAX));
        let absent = |outcome: &Option<char>| match outcome {
            None => none_missing,
            Some(_) => (1.0 - none_missing) / others,
        };
        let absent = outcomes.iter().map(|outcome| weight * absent(outcome).max(PROBABILITY_FLOOR).ln());
        Self { columns: columns.iter().map(column).collect(), absent: absent.collect() }
    }

    fn aligned(&self, other: &Self) -> Alignment {
        let of = |evidence: &Self| evidence.columns.iter().map(|column| shares(column)).collect::<Vec<_>>();
        let (left, right) = (of(self), of(other));
        align(left.len(), right.len(), |at, to| 1.0 - likeness(&left[at], &right[to]))
    }

    fn joined(&self, other: &Self) -> Self {
        let sum = |one: &[f64], other: &[f64]| -> Vec<f64> {
            one.iter().zip(other).map(|(one, other)| one + other).collect()
        };
        let column = |step: Step| match step {
            Step::Both(at, to) => sum(&self.columns[at], &other.columns[to]),
            Step::LeftOnly(at) => sum(&self.columns[at], &other.absent),
            Step::RightOnly(to) => sum(&self.absent, &other.columns[to]),
        };
        let columns = self.aligned(other).steps.into_iter().map(column).collect();
        Self { columns, absent: sum(&self.absent, &other.absent) }
    }

    /// The likeliest character of every column that has one, and the probability that all columns are right.
    fn winners(&self, outcomes: &[Option<char>]) -> (Vec<VotedCharacter>, f64) {
        let mut all_right = 1.0;
        let mut winners = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let shares = shares(column);
            let Some((outcome, share)) = likeliest(outcomes, &shares, |_| true) else { continue };
            all_right *= share;
            let Some(character) = outcome else { continue };
            let other = likeliest(outcomes, &shares, |other| other.is_some_and(|other| other != character));
            let runner_up = other.and_then(|(other, share)| other.map(|other| (other, stored(share))));
            winners.push(VotedCharacter { character, confidence: stored(share), runner_up });
        }
        (winners, all_right)
    }
}

/// The letters of both rows as Arabic ones in reading order, whatever the order and script in which they were read.
/// Where the characters do not spell the plate, its own count, each as sure as the whole read.
fn signs(read: &PlateRead) -> Signs {
    let part = |letters: bool| {
        let rows = [PlateRow::Arabic, PlateRow::Latin];
        let rows: Vec<Vec<Sign>> = rows.into_iter().map(|row| row_signs(read, row, letters)).collect();
        let longest = rows.iter().map(Vec::len).max().unwrap_or(0);
        let whole: Vec<Vec<Sign>> = rows.into_iter().filter(|row| row.len() == longest).collect();
        (0..longest).map(|at| whole.iter().map(|row| row[at]).collect()).collect::<Vec<Vec<Sign>>>()
    };
    let signs = Signs { letters: part(true), digits: part(false) };
    let Some(plate) = &read.plate else { return signs };
    let spells = |columns: &[Vec<Sign>], text: &str| {
        let first = columns.iter().filter_map(|column| column.first());
        first.map(|sign| sign.character).eq(text.chars())
    };
    if spells(&signs.letters, plate.letters()) && spells(&signs.digits, plate.digits()) {
        return signs;
    }
    let confidence = f64::from(read.confidence.value());
    let own = |character| vec![Sign { character, confidence, runner_up: None }];
    Signs {
        letters: plate.letters().chars().map(own).collect(),
        digits: plate.digits().chars().map(own).collect(),
    }
}

fn row_signs(read: &PlateRead, row: PlateRow, letters: bool) -> Vec<Sign> {
    let grammar = PlateGrammar::of(read.jurisdiction);
    let canonical = |character: char| match row {
        PlateRow::Arabic => character,
        PlateRow::Latin => grammar.arabic_of(character).unwrap_or(character),
    };
    let of_row = read.characters.iter().filter(|one| one.row == row);
    let mut signs: Vec<Sign> = of_row
        .filter(|one| one.character.is_ascii_digit() != letters)
        .map(|one| Sign {
            character: canonical(one.character),
            confidence: one.confidence.value().into(),
            runner_up: one.runner_up.map(|(other, confidence)| (canonical(other), confidence.value().into())),
        })
        .collect();
    if letters && read.jurisdiction == Jurisdiction::SaudiArabia {
        // Both rows are read from the left as printed.
        signs.reverse();
    }
    signs
}

fn shown(columns: &[Vec<Sign>]) -> impl Iterator<Item = char> {
    let runner_up = |sign: &Sign| sign.runner_up.map(|(character, _)| character);
    columns.iter().flatten().flat_map(move |sign| [Some(sign.character), runner_up(sign)]).flatten()
}

/// What a sign grants an outcome: the rest beyond character and runner-up is spread evenly.
fn probability(sign: &Sign, outcome: Option<char>, outcomes: usize) -> f64 {
    let Sign { character, confidence, runner_up } = *sign;
    let (other, other_confidence) = runner_up.unzip();
    let other_confidence = other_confidence.unwrap_or(0.0);
    let named = if other.is_some() { 2 } else { 1 };
    let unnamed = f64::from(u32::try_from(outcomes.saturating_sub(named).max(1)).unwrap_or(u32::MAX));
    match outcome {
        Some(outcome) if outcome == character => confidence,
        Some(outcome) if Some(outcome) == other => other_confidence,
        Some(_) | None => (1.0 - confidence - other_confidence).max(0.0) / unnamed,
    }
}

/// Logarithms to probabilities that add up to 1.
fn shares(logarithms: &[f64]) -> Vec<f64> {
    let top = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = logarithms.iter().map(|logarithm| (logarithm - top).exp()).collect();
    let total: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / total).collect()
}

/// 1 for the same distribution, 0 for two that share no outcome: the cosine of the angle between them.
fn likeness(one: &[f64], other: &[f64]) -> f64 {
    let product =
        |one: &[f64], other: &[f64]| one.iter().zip(other).map(|(one, other)| one * other).sum::<f64>();
    (product(one, other) / (product(one, one) * product(other, other)).sqrt()).clamp(0.0, 1.0)
}

/// The first of the likeliest.
fn likeliest(
    outcomes: &[Option<char>],
    shares: &[f64],
    wanted: impl Fn(Option<char>) -> bool,
) -> Option<(Option<char>, f64)> {
    let of_them =
        outcomes.iter().copied().zip(shares.iter().copied()).filter(|(outcome, _)| wanted(*outcome));
    of_them.reduce(|best, one| if one.1 > best.1 { one } else { best })
}

fn strongest_difference(
    seen: &Evidence,
    outcomes: &[Option<char>],
    voted: &[VotedCharacter],
    read: &PlateRead,
) -> Option<f64> {
    let tops: Vec<(Option<char>, f64)> = seen
        .columns
        .iter()
        .filter_map(|column| likeliest(outcomes, &shares(column), |outcome| outcome.is_some()))
        .collect();
    let differs = |at: usize, to: usize| tops[at].0 != Some(voted[to].character);
    let alignment = align(tops.len(), voted.len(), |at, to| if differs(at, to) { 1.0 } else { 0.0 });
    let difference = |step: Step| match step {
        Step::Both(at, to) => differs(at, to).then(|| tops[at].1),
        Step::LeftOnly(at) => Some(tops[at].1),
        Step::RightOnly(_) => Some(read.confidence.value().into()),
    };
    alignment.steps.into_iter().filter_map(difference).reduce(f64::max)
}

#[expect(clippy::cast_possible_truncation, reason = "a probability keeps six decimals")]
fn stored(probability: f64) -> Confidence {
    let rounded = (probability.clamp(0.0, 1.0) * STORED_DECIMALS).round() / STORED_DECIMALS;
    Confidence::new(rounded as f32).unwrap_or(Confidence::ZERO)
}
