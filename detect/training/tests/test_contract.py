"""The contract, what is printed on plates, and the way from scores to plates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import yaml
from pydantic import ValidationError

from contract.config import CONFIG_FILE, Extent, Look, PlateConfig, RowName, load
from contract.corners import perspective, turned_degrees, turned_row
from contract.decode import (
    FIRST_LOOK,
    Located,
    RowsSeen,
    beam_search,
    box_corners,
    closer,
    locate,
    log_softmax,
    looked_at,
    near_and_far,
    overlap,
    read,
    surroundings,
)
from contract.plates import follows_grammar, label_of, printed

CONFIG = load(CONFIG_FILE)


def raw_config() -> dict[str, Any]:
    raw: dict[str, Any] = yaml.safe_load(CONFIG_FILE.read_text(encoding="utf-8"))
    return raw


def spelled(text: str, sureness: float = 20.0) -> np.ndarray:
    """Scores that spell `text`, each character on a step of its own with a blank after it."""
    scores = np.zeros((CONFIG.read.output.steps, len(CONFIG.read.alphabet) + 1), np.float32)
    scores[:, 0] = sureness
    for place, character in enumerate(text):
        scores[2 * place, 0] = 0.0
        scores[2 * place, CONFIG.read.alphabet.index(character) + 1] = sureness
    return scores


def test_an_unknown_key_is_refused() -> None:
    raw = raw_config()
    raw["read"]["beam_widht"] = 4
    with pytest.raises(ValidationError, match="beam_widht"):
        PlateConfig.model_validate(raw)


def test_a_letter_that_stands_twice_is_refused() -> None:
    raw = raw_config()
    raw["read"]["alphabet"].append("A")
    with pytest.raises(ValidationError, match="twice"):
        PlateConfig.model_validate(raw)


def test_the_config_cannot_be_changed_after_loading() -> None:
    with pytest.raises(ValidationError):
        CONFIG.read.beam_width = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("row", "letters", "digits", "text"),
    [
        ("egypt", "سطن", "7126", "٧١٢٦نطس"),
        ("saudi_arabic", "TNJ", "0123", "٠١٢٣طنح"),
        ("saudi_latin", "TNJ", "0123", "0123TNJ"),
    ],
)
def test_rows_are_spelled_from_left_to_right(row: RowName, letters: str, digits: str, text: str) -> None:
    assert printed(row, letters, digits) == text
    assert label_of(row, text) == (letters, digits)


def test_a_row_in_the_wrong_script_has_no_label() -> None:
    assert label_of("saudi_arabic", "1234TNJ") is None
    assert label_of("egypt", "١٢ح") is None


def test_grammar() -> None:
    assert follows_grammar("EG", "سطن", "7126")
    assert not follows_grammar("EG", "سطن", "7026")
    assert follows_grammar("SA", "TNJ", "0123")
    assert not follows_grammar("SA", "TN", "0123")


def test_the_beam_sums_all_ways_to_a_text() -> None:
    best, value = beam_search(np.log(np.array([[0.6, 0.4, 1e-9], [0.6, 0.4, 1e-9]])), 4)[0]
    assert best == (1,)
    assert np.exp(value) == pytest.approx(0.64, abs=1e-6)


def test_a_higher_temperature_is_less_sure() -> None:
    scores = np.array([[0.0, 4.0, 1.0]])
    assert log_softmax(scores, 2.0).max() < log_softmax(scores, 1.0).max()


def test_saudi_rows_are_read_apart_and_compared() -> None:
    same = read([[spelled("١٢٣٤طنح")], [spelled("1234TNJ")]], "SA", CONFIG.read)
    assert (same.letters, same.digits, same.rows_agree) == ("TNJ", "1234", True)
    assert same.confidence > 0.99
    other = read([[spelled("١٢٣٤طنح")], [spelled("1234TNB")]], "SA", CONFIG.read)
    assert not other.rows_agree
    assert other.confidence < 0.6


def test_a_doubtful_first_look_is_followed_by_others_and_a_sure_one_is_not() -> None:
    asked = []

    def look(way: Look, close: bool, first: float) -> RowsSeen:
        asked.append((way, close))
        return RowsSeen([spelled("٧١٢٦نطس") * (1.0 if close else first)], np.zeros((1, 3)))

    sure = looked_at(lambda way, close: look(way, close, 1.0), "EG", CONFIG.read).text
    assert (sure.letters, sure.digits, asked) == ("سطن", "7126", [(FIRST_LOOK, False)])
    doubtful = looked_at(lambda way, close: look(way, close, 0.2), "EG", CONFIG.read).text
    assert asked[1:] == [(FIRST_LOOK, False), *((way, True) for way in (FIRST_LOOK, *CONFIG.read.second_looks))]
    assert (doubtful.letters, doubtful.digits) == ("سطن", "7126")
    assert 0.7 < doubtful.confidence < sure.confidence


def test_a_suspicion_near_its_floor_is_a_doubt_and_all_looks_at_it_count_alike() -> None:
    floor, doubt = CONFIG.read.suspicion_floors.altered, CONFIG.read.suspicion_doubt

    def altered(share: float) -> float:
        def look(way: Look, close: bool) -> RowsSeen:
            assert not close, "the text is sure"
            return RowsSeen([spelled("٧١٢٦نطس")], np.array([[share * floor if way == FIRST_LOOK else 0.0, 0.0, 0.0]]))

        return looked_at(look, "EG", CONFIG.read).suspicions[0, 0] / floor

    assert altered(doubt.least - 0.01) == pytest.approx(doubt.least - 0.01)
    assert altered(1.0) == pytest.approx(1 / (1 + len(CONFIG.read.second_looks)))
    assert altered(doubt.most + 0.01) == pytest.approx(doubt.most + 0.01)


def test_a_plate_is_looked_for_again_in_its_surroundings_and_stays_where_nothing_is_found() -> None:
    def plate(left: float, top: float) -> Located:
        box = (left, top, 100.0, 50.0)
        return Located(box, "EG", 0.5, box_corners(box), False)

    first = plate(300, 200)
    assert surroundings(first, (1280, 720)) == (200, 135, 500, 315)
    assert surroundings(plate(1100, 0), (1280, 720)) == (1000, 0, 1280, 115)
    found = closer(lambda part: [plate(0, 0), plate(110, 68)], first, (1280, 720), CONFIG.locate)
    assert found.box == (310, 203, 100, 50)
    assert found.corners[0] == pytest.approx([310, 203])
    assert closer(lambda part: [plate(0, 0)], first, (1280, 720), CONFIG.locate) is first
    cornered = plate(1180, 0)
    assert closer(lambda part: [plate(95, 5)], cornered, (1280, 720), CONFIG.locate) is cornered


def test_of_a_near_plate_the_second_look_counts_and_of_another_the_first() -> None:
    def plate(left: float, width: float, score: float) -> Located:
        box = (left, 0.0, width, width / 2)
        return Located(box, "EG", score, box_corners(box), False)

    looks = {
        1: [plate(10, 480, 0.9), plate(600, 100, 0.4)],
        2: [plate(0, 500, 0.8), plate(605, 100, 0.7), plate(800, 90, 0.5)],
    }
    found = near_and_far(looks.__getitem__, 1000, CONFIG.locate)
    assert [(where.box[0], where.score) for where in found] == [(0, 0.8), (800, 0.5), (600, 0.4)]
    assert near_and_far({1: looks[1][1:]}.__getitem__, 1000, CONFIG.locate) == looks[1][1:], "one look is enough"


def test_a_peak_becomes_a_box_and_its_double_is_dropped() -> None:
    contract = CONFIG.locate
    cells = contract.input.height_px // contract.output.stride_px
    heat = np.zeros((3, cells, cells), np.float32)
    heat[1, 10, 20], heat[0, 10, 22], heat[2, 30, 30] = 0.9, 0.7, 0.8
    edges = np.full((4, cells, cells), 10.0, np.float32)
    edges[[0, 2]] = 20.0
    corners = np.zeros((8, cells, cells), np.float32)
    found = locate((heat, edges, corners), 0.5, (768, 768), contract)
    assert [(plate.jurisdiction, plate.foreign) for plate in found] == [("SA", False), ("EG", True)]
    assert overlap(found[0].box, (288.0, 148.0, 80.0, 40.0)) == pytest.approx(1.0, abs=1e-6)
    assert found[0].corners[0].tolist() == [288.0, 148.0], "corners without an area are those of the box"


def test_a_turned_plate_is_rectified_to_what_it_was() -> None:
    flat = np.kron(np.random.default_rng(3).integers(0, 256, (6, 20)), np.ones((8, 8))).astype(np.float32)
    corners = np.array([[40.0, 60.0], [192.4, 105.0], [178.3, 151.0], [26.0, 106.0]])
    u, v = np.meshgrid(np.linspace(0, 1, 900), np.linspace(0, 1, 300))
    x, y = perspective(corners).at(u, v)
    picture = np.full((200, 260), 128.0, np.float32)
    picture[y.astype(int), x.astype(int)] = flat[(v * 47.99).astype(int), (u * 159.99).astype(int)]
    whole = Extent(left=0.0, top=0.0, right=1.0, bottom=1.0)
    seen = turned_row(np.repeat(picture[:, :, None], 3, axis=2), corners, whole, CONFIG.read.input)
    assert np.corrcoef(seen.ravel(), flat.ravel())[0, 1] > 0.9
    assert turned_degrees(corners) == pytest.approx(16.5, abs=0.2)
