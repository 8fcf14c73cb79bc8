//! The strokes that make another character of a digit or Latin letter.

use crate::plate::drawn::Row;

/// Lines through points of one pen stroke each; x and y in heights of the character, from its top left.
type Strokes = &'static [&'static [[f32; 2]]];

/// What paint makes of a digit or Latin letter, and how.
pub(crate) fn stroke_on(symbol: char, row: Row) -> Option<(Option<char>, Strokes)> {
    const HOOK: &[[f32; 2]] = &[[0.06, 0.06], [0.16, 0.26], [0.36, 0.24], [0.42, 0.02]];
    Some(match (row, symbol) {
        (Row::Arabic, '1') => (Some('2'), &[HOOK]),
        (Row::Arabic, '2') => (Some('3'), &[&[[0.4, 0.08], [0.44, 0.26], [0.6, 0.24], [0.64, 0.02]]]),
        (Row::Arabic, '5') => (Some('9'), &[&[[0.5, 0.4], [0.56, 0.8], [0.6, 1.3]]]),
        (Row::Arabic, '7') => (None, &[&[[0.0, 0.04], [0.6, 0.04]]]),
        (Row::Arabic, '8') => (None, &[&[[0.0, 0.96], [0.6, 0.96]]]),
        (Row::Arabic, '6') => (None, &[&[[-0.02, 0.5], [0.4, 0.5]]]),
        (Row::Latin, '1') => (Some('7'), &[&[[-0.3, 0.05], [0.3, 0.05]]]),
        (Row::Latin, '3') => (
            Some('8'),
            &[&[[0.1, 0.12], [0.05, 0.28], [0.14, 0.46]], &[[0.14, 0.54], [0.05, 0.72], [0.1, 0.9]]],
        ),
        (Row::Latin, '0') => (Some('8'), &[&[[0.1, 0.5], [0.5, 0.5]]]),
        (Row::Latin, '5') => (Some('6'), &[&[[0.1, 0.48], [0.06, 0.7], [0.12, 0.92]]]),
        (Row::Latin, 'L') => (Some('E'), &[&[[0.08, 0.05], [0.5, 0.05]], &[[0.08, 0.5], [0.45, 0.5]]]),
        (Row::Latin, 'J' | 'T') => (None, &[&[[0.0, 0.95], [0.55, 0.95]]]),
        (Row::Arabic | Row::Latin, _) => return None,
    })
}
