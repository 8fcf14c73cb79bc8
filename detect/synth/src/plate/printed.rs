//! Which characters a plate carries, in the order in which they are drawn.

use crate::plate::drawn::Row;
use crate::plate::specification::PlateSpecification;

/// Symbols and rows in the order in which they are drawn.
pub(crate) fn printed_characters(plate: &PlateSpecification) -> Vec<(char, Row)> {
    let arabic = plate.digits().chars().chain(plate.visible_letters().into_iter().rev());
    let latin = plate.latin_letters().map(|row| plate.digits().chars().chain(row).collect::<Vec<_>>());
    arabic
        .map(|symbol| (symbol, Row::Arabic))
        .chain(latin.unwrap_or_default().into_iter().map(|symbol| (symbol, Row::Latin)))
        .collect()
}

/// Where the letter at a place of the reading order is among the characters as drawn.
pub(crate) fn index_of_letter(plate: &PlateSpecification, place: usize) -> usize {
    plate.digits().len() + plate.letters().len() - 1 - place
}
