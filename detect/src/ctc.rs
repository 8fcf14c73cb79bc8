//! Connectionist temporal classification (Graves et al. 2006): scores of steps to texts; pure.
//!
//! Class 0 is the blank. The same steps as `detect/training/contract/decode.py`.

use std::cmp::Ordering;

/// Classes less likely than this at a step are not followed by the beam.
const BEAM_CLASS_FLOOR: f64 = 1e-3;

/// Log probabilities of the classes at each step from left to right.
#[derive(Debug, Clone)]
pub struct StepProbabilities {
    values: Vec<f64>,
    classes: usize,
}

/// One text with the log of its probability.
#[derive(Debug, Clone, PartialEq)]
pub struct Hypothesis {
    /// Classes without blanks.
    pub text: Vec<usize>,
    /// Natural logarithm.
    pub log_probability: f64,
}

/// Where one character of a text stands and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlignedCharacter {
    /// First step.
    pub first: usize,
    /// Last step.
    pub last: usize,
    /// Probability at its best step.
    pub probability: f64,
    /// The likeliest other class there, not the blank, with its probability.
    pub runner_up: (usize, f64),
}

impl StepProbabilities {
    /// From raw scores, `steps * classes` of them, divided by the temperature before they are normalised.
    #[must_use]
    pub fn from_scores(scores: &[f32], classes: usize, temperature: f64) -> Self {
        let mut values: Vec<f64> = scores.iter().map(|score| f64::from(*score) / temperature).collect();
        for step in values.chunks_exact_mut(classes) {
            let highest = step.iter().copied().fold(f64::MIN, f64::max);
            let sum: f64 = step.iter().map(|value| (value - highest).exp()).sum();
            let sum = sum.ln();
            step.iter_mut().for_each(|value| *value = *value - highest - sum);
        }
        Self { values, classes }
    }

    /// The classes' log probabilities, step by step.
    pub fn steps(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.values.chunks_exact(self.classes)
    }
}

/// The likeliest texts, best first (prefix beam search, Hannun et al. 2014); of equally likely ones the first in the
/// order of the classes comes first.
#[must_use]
pub fn beam_search(probabilities: &StepProbabilities, width: usize) -> Vec<Hypothesis> {
    let mut texts = TextTree::new();
    let mut beams = vec![Beam::new(TextTree::EMPTY, Mass { blank: 0.0, character: f64::NEG_INFINITY })];
    let mut grown = Vec::new();
    for step in probabilities.steps() {
        grown.clear();
        for beam in &beams {
            extend(&mut grown, &mut texts, beam, step);
        }
        for beam in &mut grown {
            beam.total = beam.mass.total();
        }
        grown.sort_unstable_by(|one, other| {
            other.total.total_cmp(&one.total).then_with(|| texts.compare(one.text, other.text))
        });
        grown.truncate(width);
        std::mem::swap(&mut beams, &mut grown);
    }
    let hypothesis = |beam: Beam| Hypothesis { text: texts.spelled(beam.text), log_probability: beam.total };
    beams.into_iter().map(hypothesis).collect()
}

/// The likeliest way `text` lies on the steps; nothing when it has more characters than there is room for.
#[must_use]
pub fn align(probabilities: &StepProbabilities, text: &[usize]) -> Option<Vec<AlignedCharacter>> {
    let steps: Vec<&[f64]> = probabilities.steps().collect();
    let states: Vec<usize> = std::iter::once(0).chain(text.iter().flat_map(|class| [*class, 0])).collect();
    let mut best: Vec<f64> =
        (0..states.len()).map(|state| if state < 2 { 0.0 } else { f64::NEG_INFINITY }).collect();
    let mut next = best.clone();
    let mut came_from: Vec<usize> = Vec::with_capacity(steps.len() * states.len());
    for (number, step) in steps.iter().enumerate() {
        for state in 0..states.len() {
            let (from, value) =
                if number == 0 { (state, best[state]) } else { likeliest_origin(&best, &states, state) };
            next[state] = value + step[states[state]];
            came_from.push(from);
        }
        std::mem::swap(&mut best, &mut next);
    }
    let last = best.len() - 1;
    let mut state = if last > 0 && best[last - 1] > best[last] { last - 1 } else { last };
    if best[state] == f64::NEG_INFINITY {
        return None;
    }
    let mut path = vec![0; steps.len()];
    for number in (0..steps.len()).rev() {
        path[number] = state;
        state = came_from[number * states.len() + state];
    }
    text.iter().enumerate().map(|(place, class)| character(&steps, &path, 2 * place + 1, *class)).collect()
}

#[derive(Clone, Copy)]
struct Mass {
    /// Log probability of the ways that end in a blank.
    blank: f64,
    /// Log probability of the ways that end in the last character.
    character: f64,
}

impl Mass {
    fn total(self) -> f64 {
        log_add(self.blank, self.character)
    }
}

/// A text in the search.
struct Beam {
    text: usize,
    mass: Mass,
    /// Log probability of all its ways.
    total: f64,
}

impl Beam {
    fn new(text: usize, mass: Mass) -> Self {
        Self { text, mass, total: mass.total() }
    }
}

/// All texts of a search, each named by its place: a text is the one before it and one more class.
struct TextTree {
    texts: Vec<Text>,
}

struct Text {
    before: usize,
    class: usize,
    length: usize,
    /// The newest of the texts that are one class longer.
    newest_longer: Option<usize>,
    /// The next older one that is as long and begins the same.
    next_older: Option<usize>,
    /// Where it last stood among the grown beams; it may stand there no more.
    place: usize,
}

impl TextTree {
    /// The text without a class.
    const EMPTY: usize = 0;

    fn new() -> Self {
        let empty = Text {
            before: Self::EMPTY,
            class: 0,
            length: 0,
            newest_longer: None,
            next_older: None,
            place: 0,
        };
        Self { texts: vec![empty] }
    }

    fn last(&self, text: usize) -> Option<usize> {
        (text != Self::EMPTY).then(|| self.texts[text].class)
    }

    /// `text` with one more class; the same text always has the same place.
    fn longer(&mut self, text: usize, class: usize) -> usize {
        let mut candidate = self.texts[text].newest_longer;
        while let Some(place) = candidate {
            if self.texts[place].class == class {
                return place;
            }
            candidate = self.texts[place].next_older;
        }
        let (length, next_older) = (self.texts[text].length + 1, self.texts[text].newest_longer);
        self.texts.push(Text { before: text, class, length, newest_longer: None, next_older, place: 0 });
        let place = self.texts.len() - 1;
        self.texts[text].newest_longer = Some(place);
        place
    }

    /// The order of the classes from the first on; a text comes before those that go on from it.
    fn compare(&self, one: usize, other: usize) -> Ordering {
        let lengths = [self.texts[one].length, self.texts[other].length];
        let (mut one, mut other) = (self.cut(one, lengths[1]), self.cut(other, lengths[0]));
        if one == other {
            return lengths[0].cmp(&lengths[1]);
        }
        while self.texts[one].before != self.texts[other].before {
            (one, other) = (self.texts[one].before, self.texts[other].before);
        }
        self.texts[one].class.cmp(&self.texts[other].class)
    }

    /// The beginning of `text`, `length` classes long where it is longer.
    fn cut(&self, mut text: usize, length: usize) -> usize {
        while self.texts[text].length > length {
            text = self.texts[text].before;
        }
        text
    }

    fn spelled(&self, text: usize) -> Vec<usize> {
        let mut classes = Vec::new();
        let mut at = text;
        while let Some(class) = self.last(at) {
            classes.push(class);
            at = self.texts[at].before;
        }
        classes.reverse();
        classes
    }

    /// What `text` has among the grown beams, entered there if it is new.
    fn grown<'beams>(&mut self, grown: &'beams mut Vec<Beam>, text: usize) -> &'beams mut Mass {
        const NONE: Mass = Mass { blank: f64::NEG_INFINITY, character: f64::NEG_INFINITY };
        let place = self.texts[text].place;
        let place = if grown.get(place).is_some_and(|beam| beam.text == text) {
            place
        } else {
            grown.push(Beam { text, mass: NONE, total: f64::NEG_INFINITY });
            grown.len() - 1
        };
        self.texts[text].place = place;
        &mut grown[place].mass
    }
}

fn extend(grown: &mut Vec<Beam>, texts: &mut TextTree, beam: &Beam, step: &[f64]) {
    let last = texts.last(beam.text);
    let same = texts.grown(grown, beam.text);
    same.blank = log_add(same.blank, beam.total + step[0]);
    if let Some(last) = last {
        same.character = log_add(same.character, beam.mass.character + step[last]);
    }
    let floor = BEAM_CLASS_FLOOR.ln();
    for (class, value) in step.iter().enumerate().skip(1).filter(|(_, value)| **value > floor) {
        let before = if last == Some(class) { beam.mass.blank } else { beam.total };
        let longer = texts.longer(beam.text, class);
        let longer = texts.grown(grown, longer);
        longer.character = log_add(longer.character, before + value);
    }
}

/// A state is entered from itself, the one before, or over a blank between two different characters.
fn likeliest_origin(best: &[f64], states: &[usize], state: usize) -> (usize, f64) {
    let skips = state >= 2 && states[state] != 0 && states[state] != states[state - 2];
    let origins = [Some(state), state.checked_sub(1), if skips { Some(state - 2) } else { None }];
    let values = origins.into_iter().flatten().map(|origin| (origin, best[origin]));
    values.fold((state, f64::NEG_INFINITY), |high, next| if next.1 > high.1 { next } else { high })
}

fn character(steps: &[&[f64]], path: &[usize], state: usize, class: usize) -> Option<AlignedCharacter> {
    let (first, last) = (path.iter().position(|at| *at == state)?, path.iter().rposition(|at| *at == state)?);
    let peak = (first..=last).max_by(|one, other| steps[*one][class].total_cmp(&steps[*other][class]))?;
    let others = steps[peak].iter().enumerate().skip(1).filter(|(other, _)| *other != class);
    let runner_up = others.max_by(|one, other| one.1.total_cmp(other.1))?;
    Some(AlignedCharacter {
        first,
        last,
        probability: steps[peak][class].exp(),
        runner_up: (runner_up.0, runner_up.1.exp()),
    })
}

fn log_add(one: f64, other: f64) -> f64 {
    let (high, low) = if one > other { (one, other) } else { (other, one) };
    if low == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Scores whose softmax at temperature 1 is the given probabilities.
    fn steps(probabilities: &[[f32; 3]]) -> StepProbabilities {
        let scores: Vec<f32> = probabilities.iter().flatten().map(|value| value.ln()).collect();
        StepProbabilities::from_scores(&scores, 3, 1.0)
    }

    #[test]
    fn the_beam_sums_all_ways_to_a_text() {
        // The best single path is blank, blank (0.36), but 'a' is likelier in sum: 0.4*0.6 + 0.6*0.4 + 0.4*0.4 = 0.64.
        let found = beam_search(&steps(&[[0.6, 0.4, 1e-9], [0.6, 0.4, 1e-9]]), 4);
        assert_eq!(found[0].text, vec![1]);
        assert!((found[0].log_probability.exp() - 0.64).abs() < 1e-6);
    }

    #[test]
    fn a_wide_beam_gives_every_text_the_sum_of_all_its_ways() {
        let rows = [[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.4, 0.2, 0.4], [0.3, 0.3, 0.4], [0.2, 0.5, 0.3]];
        let mut sums: BTreeMap<Vec<usize>, f64> = BTreeMap::new();
        for way in 0..3_usize.pow(5) {
            let classes: Vec<usize> = (0..5).map(|step| way / 3_usize.pow(step) % 3).collect();
            let mut text = classes.clone();
            text.dedup();
            text.retain(|class| *class != 0);
            let probability: f32 = classes.iter().zip(rows).map(|(class, row)| row[*class]).product();
            *sums.entry(text).or_default() += f64::from(probability);
        }
        let mut found = beam_search(&steps(&rows), 1_000);
        found.retain(|hypothesis| hypothesis.log_probability > f64::NEG_INFINITY);
        assert_eq!(found.len(), sums.len());
        for hypothesis in found {
            assert!((hypothesis.log_probability.exp() - sums[&hypothesis.text]).abs() < 1e-6);
        }
    }

    #[test]
    fn of_equally_likely_texts_the_first_class_comes_first() {
        let found = beam_search(&steps(&[[0.2, 0.4, 0.4]]), 2);
        assert_eq!(found.iter().map(|text| text.text.clone()).collect::<Vec<_>>(), vec![vec![1], vec![2]]);
    }

    #[test]
    fn a_doubled_character_needs_a_blank_between() {
        let apart = steps(&[[0.01, 0.98, 0.01], [0.98, 0.01, 0.01], [0.01, 0.98, 0.01]]);
        assert_eq!(beam_search(&apart, 4)[0].text, vec![1, 1]);
        let together = steps(&[[0.01, 0.98, 0.01], [0.01, 0.98, 0.01], [0.98, 0.01, 0.01]]);
        assert_eq!(beam_search(&together, 4)[0].text, vec![1]);
    }

    #[test]
    fn alignment_gives_each_character_its_steps_and_its_rival() {
        let aligned =
            align(&steps(&[[0.1, 0.7, 0.2], [0.1, 0.8, 0.1], [0.9, 0.05, 0.05], [0.2, 0.3, 0.5]]), &[1, 2])
                .unwrap();
        assert_eq!((aligned[0].first, aligned[0].last), (0, 1));
        assert!((aligned[0].probability - 0.8).abs() < 1e-6);
        assert_eq!(aligned[1].runner_up.0, 1);
        assert!((aligned[1].runner_up.1 - 0.3).abs() < 1e-6);
    }

    #[test]
    fn a_text_longer_than_the_steps_cannot_be_aligned() {
        assert_eq!(align(&steps(&[[0.2, 0.4, 0.4]]), &[1, 2]), None);
    }

    #[test]
    fn a_higher_temperature_is_less_sure() {
        let at = |temperature| StepProbabilities::from_scores(&[0.0, 4.0, 1.0], 3, temperature);
        let best = |steps: StepProbabilities| beam_search(&steps, 3)[0].log_probability;
        assert!(best(at(2.0)) < best(at(1.0)));
    }
}
