//! What several views at one plate say together.

use crate::plate::vote::{Vote, vote};
use crate::samples::{plate, plate_read};
use proptest::prelude::*;
use schemas::jurisdiction::Jurisdiction;
use schemas::plate::PlateNumber;
use schemas::plate_grammar::PlateGrammar;
use schemas::plate_read::{CharacterRead, Confidence, PlateRead, PlateRow};
use std::collections::BTreeMap;

fn sure(value: f32) -> Confidence {
    Confidence::new(value).unwrap()
}

fn egyptian(letters: &str, digits: &str, whole: f32, character: f32) -> PlateRead {
    let mut read = plate_read(PlateNumber::parse(Jurisdiction::Egypt, letters, digits).unwrap());
    read.confidence = sure(whole);
    read.characters.iter_mut().for_each(|one| one.confidence = sure(character));
    read
}

fn voted(reads: &[PlateRead]) -> Vote {
    vote(&reads.iter().collect::<Vec<_>>()).unwrap()
}

fn key(vote: &Vote) -> String {
    vote.plate.as_ref().unwrap().key()
}

#[test]
fn one_look_keeps_its_plate_and_its_characters() {
    let read = egyptian("سطن", "7126", 0.97, 0.99);
    let vote = voted(std::slice::from_ref(&read));
    assert_eq!((vote.plate.clone(), vote.views), (read.plate, 1));
    let shown = |part: &[crate::plate::vote::VotedCharacter]| {
        part.iter().map(|one| one.character).collect::<String>()
    };
    assert_eq!((shown(&vote.letters), shown(&vote.digits)), ("سطن".to_owned(), "7126".to_owned()));
    assert!(vote.letters.iter().all(|one| one.confidence >= sure(0.98)), "{vote:?}");
    assert_eq!(crate::plate::vote::vote(&[]), None);
}

#[test]
fn looks_that_agree_are_surer_together_than_each_alone() {
    let read = egyptian("سطن", "7126", 0.6, 0.93);
    let one = voted(std::slice::from_ref(&read)).confidence;
    let two = voted(&[read.clone(), read.clone()]).confidence;
    let three = voted(&[read.clone(), read.clone(), read]).confidence;
    assert!(one < two && two < three && three > sure(0.95), "{one:?} {two:?} {three:?}");
}

#[test]
fn one_late_good_look_beats_three_early_bad_ones_that_agree() {
    let bad = egyptian("سطن", "7726", 0.25, 0.8);
    let good = egyptian("سطن", "7126", 0.98, 0.997);
    let vote = voted(&[bad.clone(), bad.clone(), bad, good]);
    assert_eq!(key(&vote), "EG-STN-7126");
    assert_eq!(vote.digits[1].runner_up.unwrap().0, '7');
    assert!(vote.digits[1].confidence < vote.digits[0].confidence);
}

#[test]
fn many_good_looks_beat_one_that_is_a_little_surer() {
    let good = egyptian("سطن", "7126", 0.95, 0.99);
    let other = egyptian("سطن", "7726", 0.97, 0.995);
    assert_eq!(key(&voted(&[other, good.clone(), good.clone(), good])), "EG-STN-7126");
}

#[test]
fn characters_that_different_looks_saw_well_make_one_plate_that_none_read_whole() {
    let mut first = egyptian("سطن", "7726", 0.5, 0.99);
    first.characters[4].confidence = sure(0.5);
    first.characters[4].runner_up = Some(('1', sure(0.4)));
    let mut second = egyptian("صطن", "7126", 0.5, 0.99);
    second.characters[0].confidence = sure(0.5);
    second.characters[0].runner_up = Some(('س', sure(0.4)));
    assert_eq!(key(&voted(&[first, second])), "EG-STN-7126");
}

#[test]
fn the_runner_up_of_one_look_supports_the_character_of_another() {
    let unsure = |with: Option<(char, Confidence)>| {
        let mut read = egyptian("سطن", "7726", 0.5, 0.99);
        read.characters[4].confidence = sure(0.5);
        read.characters[4].runner_up = with;
        let other = egyptian("سطن", "7126", 0.3, 0.9);
        voted(&[read, other]).digits[1].confidence
    };
    assert!(unsure(Some(('1', sure(0.45)))) > unsure(Some(('2', sure(0.45)))));
}

#[test]
fn a_lost_or_made_up_character_in_a_bad_look_shifts_nothing() {
    let good = egyptian("سطن", "7126", 0.9, 0.98);
    let lost = egyptian("سطن", "726", 0.3, 0.9);
    let vote = voted(&[good.clone(), lost.clone(), lost]);
    assert_eq!(key(&vote), "EG-STN-7126");
    assert!(vote.digits.iter().filter(|one| one.confidence > sure(0.98)).count() >= 3, "{vote:?}");
    let mut made_up = egyptian("سن", "7126", 0.3, 0.9);
    made_up.characters.insert(4, made_up.characters[3].clone());
    made_up.plate = None;
    assert_eq!(key(&voted(&[made_up, good])), "EG-STN-7126");
}

#[test]
fn a_character_that_one_good_look_saw_and_two_better_ones_did_not_is_left_out() {
    let with = egyptian("سطن", "7126", 0.9, 0.98);
    let without = egyptian("سطن", "716", 0.97, 0.99);
    assert_eq!(key(&voted(&[with, without.clone(), without])), "EG-STN-716");
}

#[test]
fn looks_at_different_plates_are_never_mixed_into_a_third() {
    let one = egyptian("سطن", "7126", 0.9, 0.98);
    let other = egyptian("قلم", "9483", 0.95, 0.99);
    let vote = voted(&[one.clone(), other.clone()]);
    assert_eq!((key(&vote).as_str(), vote.views), ("EG-KLM-9483", 1));
    let twice = voted(&[one.clone(), other.clone(), one]);
    assert_eq!((key(&twice).as_str(), twice.views), ("EG-STN-7126", 2));
    let saudi = plate_read(plate(Jurisdiction::SaudiArabia));
    assert_eq!(voted(&[other, saudi]).jurisdiction, Jurisdiction::SaudiArabia);
}

#[test]
fn what_is_no_plate_is_not_bent_into_one() {
    // A zero is on no Egyptian plate.
    let mut read = egyptian("سطن", "7126", 0.9, 0.99);
    read.characters[4].character = '0';
    read.plate = None;
    let vote = voted(&[read.clone(), read.clone()]);
    assert_eq!((vote.plate, vote.digits[1].character, vote.confidence), (None, '0', Confidence::ZERO));
    // A view that read a plate still gives the best guess.
    let doubtful = egyptian("سطن", "7126", 0.2, 0.8);
    let with_guess = voted(&[read.clone(), read, doubtful]);
    assert_eq!((key(&with_guess).as_str(), with_guess.confidence), ("EG-STN-7126", Confidence::ZERO));
}

/// Both rows from the left as printed.
fn saudi_with_both_rows() -> PlateRead {
    let mut read = plate_read(PlateNumber::parse_saudi_latin("TNJ", "1234").unwrap());
    let arabic = read.characters.clone();
    read.characters.iter_mut().zip("TNJ1234".chars()).for_each(|(one, character)| {
        (one.character, one.row) = (character, PlateRow::Latin);
    });
    read.characters.extend(arabic);
    read.confidence = sure(0.9);
    read
}

#[test]
fn both_rows_of_a_saudi_plate_count_in_the_same_column() {
    let both = voted(&[saudi_with_both_rows()]);
    assert_eq!(key(&both), "SA-1234-TNJ");
    let mut arabic_alone = saudi_with_both_rows();
    arabic_alone.characters.retain(|one| one.row == PlateRow::Arabic);
    assert!(voted(&[arabic_alone]).confidence < both.confidence);
}

#[test]
fn a_look_contradicts_as_surely_as_its_surest_other_character() {
    let vote = voted(&[egyptian("سطن", "7126", 0.95, 0.99), egyptian("سطن", "7126", 0.95, 0.99)]);
    assert_eq!(vote.contradiction(&egyptian("سطن", "7126", 0.1, 0.2)), None);
    let mut other = egyptian("سطن", "7726", 0.5, 0.99);
    other.characters[4].confidence = sure(0.55);
    assert_eq!(vote.contradiction(&other), Some(sure(0.55)));
    let shorter = vote.contradiction(&egyptian("سطن", "726", 0.35, 0.99));
    assert_eq!(shorter, Some(sure(0.35)));
    let longer = vote.contradiction(&egyptian("سن", "7126", 0.3, 0.6));
    assert_eq!(longer, Some(sure(0.3)));
    let foreign = vote.contradiction(&plate_read(plate(Jurisdiction::SaudiArabia)));
    assert_eq!(foreign, Some(sure(0.99)));
}

#[test]
fn zeros_in_front_of_a_saudi_number_contradict_nothing() {
    let plain = plate_read(PlateNumber::parse_saudi_latin("TNJ", "12").unwrap());
    let padded = plate_read(PlateNumber::parse_saudi_latin("TNJ", "0012").unwrap());
    assert_eq!(voted(&[plain]).contradiction(&padded), None);
}

#[test]
fn a_read_without_characters_votes_with_its_plate() {
    let mut read = egyptian("سطن", "7126", 0.9, 0.99);
    read.characters.clear();
    assert_eq!(key(&voted(&[read])), "EG-STN-7126");
}

prop_compose! {
    fn any_read()(
        letters in "[ابجدرسصطعفقلمنهوي]{1,3}",
        digits in "[1-9]{1,4}",
        whole in 0.0_f32..=1.0,
        characters in prop::collection::vec(0.0_f32..=1.0, 7),
    ) -> PlateRead {
        let mut read = egyptian(&letters, &digits, whole, 0.5);
        read.characters.iter_mut().zip(characters).for_each(|(one, value)| {
            one.confidence = sure(value);
            one.runner_up = Some(('ك', sure((1.0 - value) / 2.0)));
        });
        read
    }
}

proptest! {
    #[test]
    fn any_looks_give_probabilities_and_a_plate_that_is_one(reads in prop::collection::vec(any_read(), 1..6)) {
        let vote = voted(&reads);
        prop_assert!((1..=reads.len()).contains(&vote.views));
        for one in vote.letters.iter().chain(&vote.digits) {
            let runner_up = one.runner_up.map_or(0.0, |(_, confidence)| confidence.value());
            prop_assert!(runner_up <= one.confidence.value() + 1e-6);
            prop_assert!(one.runner_up.is_none_or(|(other, _)| other != one.character));
            prop_assert!(vote.confidence.value() <= one.confidence.value() + 1e-6);
        }
        let spelled: String = vote.letters.iter().chain(&vote.digits).map(|one| one.character).collect();
        if vote.confidence > Confidence::ZERO {
            let plate = vote.plate.clone().unwrap();
            prop_assert_eq!(format!("{}{}", plate.letters(), plate.digits()), spelled);
        }
    }

    #[test]
    fn the_order_of_looks_of_different_confidence_does_not_matter(reads in prop::collection::vec(any_read(), 1..6)) {
        let mut reads = reads;
        for (index, read) in (0_u8..).zip(&mut reads) {
            read.confidence = sure(0.1 + 0.15 * f32::from(index));
        }
        let vote = voted(&reads);
        reads.reverse();
        prop_assert_eq!(voted(&reads), vote);
    }

    #[test]
    fn a_look_never_contradicts_a_vote_of_its_own(read in any_read()) {
        prop_assert_eq!(voted(std::slice::from_ref(&read)).contradiction(&read), None);
    }
}

/// `SplitMix64` (Steele, Lea and Flood, 2014): enough chance for a simulation, the same on every machine.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Above 0, below 1.
    fn share(&mut self) -> f64 {
        let thirty_two_bits = u32::try_from(self.next() >> 32).unwrap();
        (f64::from(thirty_two_bits) + 0.5) / 4_294_967_296.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }

    /// Mean 0, variance 1 (Box and Muller, 1958).
    fn normal(&mut self) -> f64 {
        (-2.0 * self.share().ln()).sqrt() * (std::f64::consts::TAU * self.share()).cos()
    }
}

/// What makes the views of one simulated vehicle.
#[derive(Debug, Clone, Copy)]
struct Road<'s> {
    /// Sharpness of each view from and to: how far the right character's score stands above the noise.
    sharpness: &'s [(f64, f64)],
    /// Share of the noise's variance that all views have in common: dirt, light, a bolt.
    shared: f64,
}

/// A plate, and for each view its read: scores with noise, whose probabilities are exactly calibrated for one view.
fn simulate(road: Road<'_>, chance: &mut Chance) -> (String, Vec<PlateRead>) {
    let grammar = PlateGrammar::of(Jurisdiction::Egypt);
    let letters: Vec<char> = grammar.arabic_letters().collect();
    let digits: Vec<char> = grammar.digits().chars().collect();
    let alphabets = [&letters, &letters, &letters, &digits, &digits, &digits, &digits];
    let truth = alphabets.map(|alphabet| chance.below(alphabet.len()));
    let common = alphabets.map(|alphabet| alphabet.iter().map(|_| chance.normal()).collect::<Vec<_>>());
    let spelled: String = truth.iter().zip(alphabets).map(|(place, alphabet)| alphabet[*place]).collect();
    let views = road.sharpness.iter().map(|(from, to)| {
        let sharpness = from + (to - from) * chance.share();
        let characters = truth.iter().zip(alphabets).zip(&common).map(|((right, alphabet), common)| {
            let scores: Vec<f64> = (0..alphabet.len())
                .map(|place| {
                    let own = (1.0 - road.shared).sqrt() * chance.normal();
                    let height = if place == *right { sharpness } else { 0.0 };
                    sharpness * (height + road.shared.sqrt() * common[place] + own)
                })
                .collect();
            ranked(alphabet, &scores)
        });
        let mut characters: Vec<_> = characters.collect();
        let whole: f64 = characters.iter().map(|[(_, best), _]| best).product();
        // A blurred view loses one of its digits now and then.
        if chance.share() < 0.1 * (1.0 - whole) {
            characters.remove(3 + chance.below(4));
        }
        noisy_read(&characters, whole)
    });
    let views = views.collect();
    (spelled, views)
}

/// The two likeliest of the softmax.
fn ranked(alphabet: &[char], scores: &[f64]) -> [(char, f64); 2] {
    let total: f64 = scores.iter().map(|score| score.exp()).sum();
    let mut ranked: Vec<(char, f64)> =
        alphabet.iter().copied().zip(scores.iter().map(|score| score.exp() / total)).collect();
    ranked.sort_by(|one, other| other.1.total_cmp(&one.1));
    [ranked[0], ranked[1]]
}

#[expect(clippy::cast_possible_truncation, reason = "a probability keeps seven digits")]
fn noisy_read(characters: &[[(char, f64); 2]], whole: f64) -> PlateRead {
    let probability = |value: f64| sure(value as f32);
    let text: String = characters.iter().map(|[(character, _), _]| *character).collect();
    let (letters, digits) = text.split_at(text.find(|one: char| one.is_ascii_digit()).unwrap());
    let mut read = egyptian(letters, digits, 0.5, 0.5);
    read.confidence = probability(whole);
    let of = |(one, [(_, best), (other, second)]): (&mut CharacterRead, &[(char, f64); 2])| {
        one.confidence = probability(*best);
        one.runner_up = Some((*other, probability(*second)));
    };
    read.characters.iter_mut().zip(characters).for_each(of);
    read
}

fn text(read: &PlateRead) -> String {
    let plate = read.plate.as_ref().unwrap();
    format!("{}{}", plate.letters(), plate.digits())
}

/// Share of right readings by the vote, the surest single view, and the plate that most views show whole (the surest of
/// equals); and the mean confidence of the vote.
fn measured(road: Road<'_>) -> [f64; 4] {
    const PLATES: u32 = 500;
    let mut chance = Chance(4);
    let mut sums = [0.0; 4];
    for _ in 0..PLATES {
        let (truth, views) = simulate(road, &mut chance);
        let surest = |one: &&PlateRead, other: &&PlateRead| {
            one.confidence.value().total_cmp(&other.confidence.value())
        };
        let single = views.iter().max_by(surest).map(text).unwrap();
        let mut counts: BTreeMap<String, (usize, f32)> = BTreeMap::new();
        for view in &views {
            let (count, best) = counts.entry(text(view)).or_insert((0, 0.0));
            (*count, *best) = (*count + 1, best.max(view.confidence.value()));
        }
        let order =
            |one: &(usize, f32), other: &(usize, f32)| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1));
        let majority = counts.into_iter().max_by(|one, other| order(&one.1, &other.1)).unwrap().0;
        let vote = voted(&views);
        let voted: String = vote.letters.iter().chain(&vote.digits).map(|one| one.character).collect();
        let right = [voted, single, majority].map(|read| f64::from(u8::from(read == truth)));
        let all = right.into_iter().chain([f64::from(vote.confidence.value())]);
        sums.iter_mut().zip(all).for_each(|(sum, value)| *sum += value);
    }
    sums.map(|sum| sum / f64::from(PLATES))
}

#[test]
fn the_vote_is_right_more_often_than_the_surest_look_or_the_majority_of_whole_plates() {
    // Measured: 0.82 against 0.53 and 0.55 where errors are independent, 0.69 against 0.50 and 0.51 where views share
    // three tenths of their noise.
    for shared in [0.0, 0.3] {
        let [vote, single, majority, confidence] = measured(Road { sharpness: &[(1.0, 3.5); 5], shared });
        assert!(vote > single + 0.1 && vote > majority + 0.1, "{shared}: {vote} {single} {majority}");
        assert!((vote - 0.25..=vote + 0.02).contains(&confidence), "{shared}: {confidence} for {vote}");
    }
}

#[test]
fn three_early_blurred_looks_with_shared_errors_hardly_hurt_one_late_sharp_look() {
    // Looks of equal weight would be right for about 0.4 of such plates only; measured here: 0.72 of the vote as of the
    // sharp view.
    let blurred = (0.8, 1.6);
    let sharpness = &[blurred, blurred, blurred, (3.6, 3.6)];
    let [vote, single, majority, confidence] = measured(Road { sharpness, shared: 0.6 });
    assert!(vote > 0.6 && vote > single - 0.02 && vote > majority - 0.02, "{vote} {single} {majority}");
    assert!((vote - 0.25..=vote + 0.02).contains(&confidence), "{confidence} for {vote}");
}
