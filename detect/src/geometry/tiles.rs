//! Which parts of a large frame are searched so that small plates are seen; pure.

use crate::contract::LocateInput;
use crate::geometry::edges::Edges;

/// Plates of this width are found, pixels of the locator's input (`MODEL_CARD.md`).
pub const FOUND_WIDTH_PX: f32 = 15.0;

/// Overlapping parts of a frame of `size` in which plates of `smallest_plate_px` are wide enough to be found; none where
/// the whole frame is fine already.
///
/// Neighbours share as much as the widest plate that is too small in the whole frame, so that none is cut in all of
/// them.
#[must_use]
pub fn tiles((width, height): (u32, u32), smallest_plate_px: u32, input: &LocateInput) -> Vec<Edges> {
    let (width, height) = (width as f32, height as f32);
    let whole_scale = (input.width_px as f32 / width).min(input.height_px as f32 / height);
    let wanted_scale = FOUND_WIDTH_PX / smallest_plate_px.max(1) as f32;
    if whole_scale >= wanted_scale {
        return Vec::new();
    }
    let side = (input.width_px as f32 / wanted_scale, input.height_px as f32 / wanted_scale);
    let shared = FOUND_WIDTH_PX / whole_scale;
    let columns = spans(width, side.0, shared.min(side.0 / 2.0));
    let rows = spans(height, side.1, shared.min(side.1 / 2.0));
    rows.iter()
        .flat_map(|(top, bottom)| {
            columns.iter().map(move |(left, right)| Edges {
                left: *left,
                top: *top,
                right: *right,
                bottom: *bottom,
            })
        })
        .collect()
}

/// Spans of at most `side` that cover `length` evenly and share at least `shared` with their neighbours.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive count")]
fn spans(length: f32, side: f32, shared: f32) -> Vec<(f32, f32)> {
    if length <= side {
        return vec![(0.0, length)];
    }
    let count = ((length - shared) / (side - shared)).ceil().max(2.0);
    let step = (length - side) / (count - 1.0);
    (0..count as u32)
        .map(|number| (number as f32 * step).round())
        .map(|start| (start, start + side))
        .map(|(start, end)| (start, end.min(length).round()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model_card::Models;

    fn tiles_of(width: u32, height: u32, smallest: u32) -> Vec<Edges> {
        tiles((width, height), smallest, &Models::load(None).unwrap().locate.input)
    }

    #[test]
    fn a_frame_in_which_the_plate_is_large_enough_is_not_cut() {
        assert!(tiles_of(1280, 720, 60).is_empty());
    }

    #[test]
    fn every_place_of_a_large_frame_is_inside_a_part_in_which_the_smallest_plate_is_found() {
        let parts = tiles_of(3840, 2160, 60);
        assert!((2..=8).contains(&parts.len()), "{}", parts.len());
        for part in &parts {
            assert!(384.0 / part.width().max(part.height()) * 60.0 >= FOUND_WIDTH_PX - 0.1);
            assert!(part.left >= 0.0 && part.right <= 3840.0 && part.bottom <= 2160.0);
        }
        for (x, y) in
            (0..3780).step_by(60).flat_map(|x| (0..2130).step_by(30).map(move |y| (x as f32, y as f32)))
        {
            let whole = |part: &Edges| {
                part.left <= x && x + 60.0 <= part.right && part.top <= y && y + 30.0 <= part.bottom
            };
            assert!(parts.iter().any(whole), "a plate at {x}, {y} is cut everywhere");
        }
    }
}
