//! Which elements of two sequences belong together when either may have some that the other lacks.

/// Left out on one side. Two of them cost more than a pair that has nothing in common (1), so that sequences of one
/// length are only shifted against each other where that makes at least two pairs fit.
pub(crate) const GAP_COST: f64 = 0.75;

/// One step along both sequences, by places from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Both have it.
    Both(usize, usize),
    /// Only the left one has it.
    LeftOnly(usize),
    /// Only the right one has it.
    RightOnly(usize),
}

/// The cheapest way along both.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Alignment {
    /// In order; every place of either side occurs once.
    pub(crate) steps: Vec<Step>,
    /// Sum over the steps.
    pub(crate) cost: f64,
}

/// Finds it (Needleman and Wunsch, 1970). `pair_cost` is from 0 (the same) to 1 (nothing in common). Of equal ways the
/// one with fewer gaps is taken.
pub(crate) fn align(left: usize, right: usize, pair_cost: impl Fn(usize, usize) -> f64) -> Alignment {
    // Row by row, the cheapest cost from each place to the end.
    let mut costs = vec![vec![0.0; right + 1]; left + 1];
    for at in (0..=left).rev() {
        for to in (0..=right).rev() {
            let ways = ways(&costs, (at, to), (left, right), &pair_cost);
            costs[at][to] = ways.into_iter().flatten().map(|(_, cost)| cost).reduce(f64::min).unwrap_or(0.0);
        }
    }
    let (mut at, mut to) = (0, 0);
    let mut steps = Vec::with_capacity(left.max(right));
    while let Some((step, _)) = cheapest(ways(&costs, (at, to), (left, right), &pair_cost)) {
        steps.push(step);
        match step {
            Step::Both(..) => (at, to) = (at + 1, to + 1),
            Step::LeftOnly(_) => at += 1,
            Step::RightOnly(_) => to += 1,
        }
    }
    Alignment { steps, cost: costs[0][0] }
}

/// What can come next at a place, with the cost from there to the end.
fn ways(
    costs: &[Vec<f64>],
    (at, to): (usize, usize),
    (left, right): (usize, usize),
    pair_cost: &impl Fn(usize, usize) -> f64,
) -> [Option<(Step, f64)>; 3] {
    let both =
        (at < left && to < right).then(|| (Step::Both(at, to), pair_cost(at, to) + costs[at + 1][to + 1]));
    let left_only = (at < left).then(|| (Step::LeftOnly(at), GAP_COST + costs[at + 1][to]));
    let right_only = (to < right).then(|| (Step::RightOnly(to), GAP_COST + costs[at][to + 1]));
    [both, left_only, right_only]
}

fn cheapest(ways: [Option<(Step, f64)>; 3]) -> Option<(Step, f64)> {
    ways.into_iter().flatten().reduce(|best, way| if way.1 < best.1 { way } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn aligned(left: &str, right: &str) -> Alignment {
        let (one, other): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
        align(one.len(), other.len(), |at, to| if one[at] == other[to] { 0.0 } else { 1.0 })
    }

    #[test]
    fn a_missing_element_does_not_shift_the_rest() {
        let expected = [Step::Both(0, 0), Step::LeftOnly(1), Step::Both(2, 1), Step::Both(3, 2)];
        assert_eq!(aligned("7126", "726").steps, expected);
    }

    #[test]
    fn an_exchanged_element_stays_in_its_place() {
        assert_eq!(aligned("712", "792").steps, [Step::Both(0, 0), Step::Both(1, 1), Step::Both(2, 2)]);
    }

    #[test]
    fn one_of_two_is_only_left_out_on_each_side() {
        assert_eq!(aligned("", "12").steps, [Step::RightOnly(0), Step::RightOnly(1)]);
        assert_eq!(aligned("", ""), Alignment { steps: Vec::new(), cost: 0.0 });
    }

    proptest! {
        #[test]
        fn every_place_occurs_once_and_the_cost_is_that_of_the_steps(left in "[1-4]{0,6}", right in "[1-4]{0,6}") {
            let alignment = aligned(&left, &right);
            let cost: f64 = alignment.steps.iter().map(|step| match step {
                Step::Both(at, to) => f64::from(u8::from(left.as_bytes()[*at] != right.as_bytes()[*to])),
                Step::LeftOnly(_) | Step::RightOnly(_) => GAP_COST,
            }).sum();
            prop_assert!((cost - alignment.cost).abs() < 1e-9);
            let places = |side: fn(&Step) -> Option<usize>| alignment.steps.iter().filter_map(side).collect::<Vec<_>>();
            let of_left = places(|step| match step {
                Step::Both(at, _) | Step::LeftOnly(at) => Some(*at),
                Step::RightOnly(_) => None,
            });
            let of_right = places(|step| match step {
                Step::Both(_, to) | Step::RightOnly(to) => Some(*to),
                Step::LeftOnly(_) => None,
            });
            prop_assert_eq!(of_left, (0..left.len()).collect::<Vec<_>>());
            prop_assert_eq!(of_right, (0..right.len()).collect::<Vec<_>>());
        }

        #[test]
        fn both_directions_cost_the_same(left in "[1-4]{0,6}", right in "[1-4]{0,6}") {
            prop_assert!((aligned(&left, &right).cost - aligned(&right, &left).cost).abs() < 1e-9);
        }
    }
}
