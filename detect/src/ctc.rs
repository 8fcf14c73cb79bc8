//! Connectionist temporal classification (Graves et al. 2006): scores of steps to texts; pure.
//!
//! Class 0 is the blank. The same steps as `detect/training/decode.py`.

use std::collections::BTreeMap;

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
        let mut values = Vec::with_capacity(scores.len());
        for step in scores.chunks_exact(classes) {
            let scaled: Vec<f64> = step.iter().map(|score| f64::from(*score) / temperature).collect();
            let highest = scaled.iter().copied().fold(f64::MIN, f64::max);
            let sum: f64 = scaled.iter().map(|value| (value - highest).exp()).sum();
            values.extend(scaled.iter().map(|value| value - highest - sum.ln()));
        }
        Self { values, classes }
    }

    /// The classes' log probabilities, step by step.
    pub fn steps(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.values.chunks_exact(self.classes)
    }
}

/// The likeliest texts, best first (prefix beam search, Hannun et al. 2014).
#[must_use]
pub fn beam_search(probabilities: &StepProbabilities, width: usize) -> Vec<Hypothesis> {
    let mut beams = vec![(Vec::new(), Mass { blank: 0.0, character: f64::NEG_INFINITY })];
    for step in probabilities.steps() {
        let mut grown: BTreeMap<Vec<usize>, Mass> = BTreeMap::new();
        for (text, mass) in &beams {
            extend(&mut grown, text, *mass, step);
        }
        beams = grown.into_iter().collect();
        beams.sort_by(|one, other| other.1.total().total_cmp(&one.1.total()));
        beams.truncate(width);
    }
    beams.into_iter().map(|(text, mass)| Hypothesis { text, log_probability: mass.total() }).collect()
}

/// The likeliest way `text` lies on the steps; nothing when it has more characters than there is room for.
#[must_use]
pub fn align(probabilities: &StepProbabilities, text: &[usize]) -> Option<Vec<AlignedCharacter>> {
    let steps: Vec<&[f64]> = probabilities.steps().collect();
    let states: Vec<usize> = std::iter::once(0).chain(text.iter().flat_map(|class| [*class, 0])).collect();
    let mut best = vec![f64::NEG_INFINITY; states.len()];
    let mut came_from: Vec<Vec<usize>> = Vec::with_capacity(steps.len());
    for (number, step) in steps.iter().enumerate() {
        let (next, origin): (Vec<f64>, Vec<usize>) = (0..states.len())
            .map(|state| {
                let (from, value) = if number == 0 {
                    (state, if state < 2 { 0.0 } else { f64::NEG_INFINITY })
                } else {
                    likeliest_origin(&best, &states, state)
                };
                (value + step[states[state]], from)
            })
            .unzip();
        best = next;
        came_from.push(origin);
    }
    let last = best.len() - 1;
    let mut state = if last > 0 && best[last - 1] > best[last] { last - 1 } else { last };
    if best[state] == f64::NEG_INFINITY {
        return None;
    }
    let mut path = vec![0; steps.len()];
    for number in (0..steps.len()).rev() {
        path[number] = state;
        state = came_from[number][state];
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

fn extend(grown: &mut BTreeMap<Vec<usize>, Mass>, text: &[usize], mass: Mass, step: &[f64]) {
    const NONE: Mass = Mass { blank: f64::NEG_INFINITY, character: f64::NEG_INFINITY };
    let same = grown.entry(text.to_vec()).or_insert(NONE);
    same.blank = log_add(same.blank, mass.total() + step[0]);
    let last = text.last().copied();
    if let Some(last) = last {
        same.character = log_add(same.character, mass.character + step[last]);
    }
    let floor = BEAM_CLASS_FLOOR.ln();
    for (class, value) in step.iter().enumerate().skip(1).filter(|(_, value)| **value > floor) {
        let before = if last == Some(class) { mass.blank } else { mass.total() };
        let longer = grown.entry([text, &[class]].concat()).or_insert(NONE);
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
    let own: Vec<usize> = (0..path.len()).filter(|step| path[*step] == state).collect();
    let (first, last) = (*own.first()?, *own.last()?);
    let peak = own.into_iter().max_by(|one, other| steps[*one][class].total_cmp(&steps[*other][class]))?;
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
