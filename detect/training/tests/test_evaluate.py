"""What the evaluation counts. Left out where PyTorch is missing."""

from __future__ import annotations

import pytest

from contract.config import CONFIG_FILE, load
from contract.decode import Located, box_corners

CONFIG = load(CONFIG_FILE)


def test_the_metrics_count_by_hand() -> None:
    pytest.importorskip("torch")
    from contract.decode import PlateText
    from evaluate.pictures import Tally, count_picture, edit_distance, interval

    label = {
        "image": "a.jpg",
        "size": [640, 480],
        "jurisdiction": "SA",
        "plates": [{"box": [10, 10, 40, 20], "letters": "TNJ", "digits": "12"}],
    }
    here = Located((11, 9, 40, 20), "SA", 0.9, box_corners((11, 9, 40, 20)), False)
    right, wrong = PlateText("TNJ", "12", 0.9, True), PlateText("TNJ", "13", 0.9, True)
    tally = Tally()
    count_picture(tally, label, [(here, right)], CONFIG.read)
    count_picture(tally, label, [(here, wrong)], CONFIG.read)
    count_picture(tally, label, [(here, PlateText("TNJ", "12", 0.45, True))], CONFIG.read)
    count_picture(tally, label, [], CONFIG.read)
    assert (tally.exact, tally.labelled, tally.false_reads, tally.found) == (1, 4, 1, 3)
    count_picture(tally, label, [(here, PlateText("TNJ", "12", 0.45, False))], CONFIG.read)
    assert tally.exact == 2, "rows that contradict each other are put forward from a lower floor on"
    beside_it = Located((0, 9, 45, 20), "SA", 0.9, box_corners((0, 9, 45, 20)), False)
    count_picture(tally, label, [(beside_it, right)], CONFIG.read)
    assert tally.exact == 2, "a plate at the side of the picture, 0.9 sure, may go on beyond it"
    assert edit_distance("TNJ12", "TNJ13") == 1
    assert interval({"a": [True], "b": [True]}) == (1.0, 1.0)
