"""Samples made of rows. Left out where PyTorch is missing."""

from __future__ import annotations

import numpy as np
import pytest

from contract.config import CONFIG_FILE, load

CONFIG = load(CONFIG_FILE)


def test_twins_differ_where_one_was_changed_and_the_columns_beside_it_are_left_open() -> None:
    pytest.importorskip("torch")
    from prepare.twins import changed_steps, step_weights

    steps = CONFIG.read.output.steps
    before = np.full((CONFIG.read.input.height_px, CONFIG.read.input.width_px), 200, np.uint8)
    after = before.copy()
    width = CONFIG.read.input.width_px // steps
    after[20:30, 10 * width : 12 * width] = 30
    found = changed_steps(before, after, steps)
    assert found is not None and np.flatnonzero(found).tolist() in ([10, 11], [9, 10, 11, 12])
    assert changed_steps(before, before + np.uint8(5), steps) is None
    weights = step_weights(np.isin(np.arange(steps), [10, 11]))
    assert np.flatnonzero(weights == 0).tolist() == [9, 12]


def test_paint_changes_a_row_near_a_letter_and_a_cover_hides_half_a_character() -> None:
    pytest.importorskip("torch")
    from prepare import alter
    from prepare.recombine import CutRow

    pixels = np.full((125, 416), 220, np.uint8)
    places = [60, 120, 180, 240, 300, 350]
    for left in places[:-1]:
        pixels[45:85, left + 18 : left + 34] = 30
    row = CutRow(pixels, "egypt", "١٢رسد", tuple(float(place) for place in places))
    random = np.random.default_rng(5)
    painted = next(pixels for pixels in (alter.painted_dots(row, random) for _ in range(20)) if pixels is not None)
    changed = np.argwhere(np.abs(painted.astype(int) - pixels) > 60)
    assert len(changed) > 20
    assert changed[:, 1].min() > 175, "the digits are left alone"
    hidden = alter.hidden(row, random)
    assert hidden is not None
    assert (np.abs(hidden.astype(int) - pixels) > 30).sum() > 0.4 * 40 * 16
    spotted = alter.harmless(row, random)
    assert not np.array_equal(spotted, pixels)
