"""From scores to a plate, in numpy alone; detect/src/ctc.rs, read.rs and locate.rs do the same in Rust."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from contract.config import Jurisdiction, LocateContract, Look, ReadContract, RowName
from contract.corners import believable
from contract.plates import ROWS_OF, follows_grammar, label_of
from contract.preprocess import Box

# Classes less likely than this at a step are not followed by the beam.
BEAM_CLASS_FLOOR = 1e-3
# What a row that cannot be read at all still grants the other row's reading.
ROW_DOUBT = 1e-3
# A picture without a find, or with a plate of more than this share of its width, is looked at once more, smaller: a plate that
# fills it is larger than any of training.
NEAR_REDUCTION = 2
NEAR_SHARE = 0.45
# The surroundings of a plate are this many times as wide as the plate, which counts as at least LEAST_RATIO times as wide as
# high; and their height against their width.
SURROUNDINGS_WIDTHS = 3.0
LEAST_RATIO = 1.5
SURROUNDINGS_RATIO = 0.6
# A plate nearer than this to the border of the picture may go on beyond it, pixels.
BORDER_PX = 1.0
FIRST_LOOK = Look(across=1.0, down=1.0)

# The raw scores of one row, steps x classes, once for each look at it.
Looks = list[np.ndarray]


@dataclass(frozen=True)
class RowsSeen:
    """One look at a plate: the raw scores of each row, and how likely it is altered, hidden in part, none of ours (rows x 3)."""

    scores: list[np.ndarray]
    suspicions: np.ndarray

    @classmethod
    def of(cls, scores: np.ndarray, suspicions: np.ndarray) -> RowsSeen:
        """From the reader's answer to the rows of one plate."""
        return cls(list(scores), 1.0 / (1.0 + np.exp(-suspicions)))


@dataclass(frozen=True)
class PlateSeen:
    """What a plate says and the suspicions of its rows, by the mean of all looks that were taken."""

    text: PlateText
    suspicions: np.ndarray


@dataclass(frozen=True)
class Located:
    """A plate's box (x, y, width, height) and corners in pixels of the picture, its country and the heat map's peak.

    `foreign`: the layout of a third country is likelier than that of `jurisdiction`.
    """

    box: Box
    jurisdiction: Jurisdiction
    score: float
    corners: np.ndarray
    foreign: bool


@dataclass(frozen=True)
class PlateText:
    """A label as labels.jsonl writes them, the probability that it is exact, and whether the rows agree."""

    letters: str
    digits: str
    confidence: float
    rows_agree: bool

    @property
    def complete(self) -> bool:
        """Whether there are letters and digits at all; less is not put forward as a read."""
        return bool(self.letters and self.digits)

    def regular(self, jurisdiction: Jurisdiction) -> bool:
        """Whether it fits the country's grammar."""
        return follows_grammar(jurisdiction, self.letters, self.digits)


def is_put_forward(text: PlateText, cut: bool, contract: ReadContract) -> bool:
    """Whether a read is sure enough to be shown to anybody; `cut`: the plate goes on beyond the picture."""
    if cut:
        return text.confidence >= contract.automatic_issue_floor
    return text.confidence >= (contract.report_floor if text.rows_agree else contract.disagreement_floor)


def is_cut(plate: Located, width: int) -> bool:
    """Whether a plate reaches the left or the right border of a picture of this width, but not both: its row goes on beyond. The
    box is taken to whole pixels first, as it is reported."""
    left, right = np.floor(plate.box[0]), np.ceil(plate.box[0] + plate.box[2])
    return bool((left < BORDER_PX) != (width - right < BORDER_PX))


def overlap(one: Box, other: Box) -> float:
    """Shared area over joint area."""
    left, top = max(one[0], other[0]), max(one[1], other[1])
    right, bottom = min(one[0] + one[2], other[0] + other[2]), min(one[1] + one[3], other[1] + other[3])
    shared = max(0.0, right - left) * max(0.0, bottom - top)
    return shared / (one[2] * one[3] + other[2] * other[3] - shared + 1e-9)


def box_corners(box: Box) -> np.ndarray:
    """Top left, top right, bottom right, bottom left."""
    x, y, width, height = box
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]])


def locate(
    answer: tuple[np.ndarray, np.ndarray, np.ndarray], scale: float, size: tuple[int, int], contract: LocateContract
) -> list[Located]:
    """Peaks of the heat map, best first, without those that overlap a better one; `answer` is heat, edges, corners."""
    heat, edges, corners = answer
    stride = contract.output.stride_px
    countries = [(place, name) for place, name in enumerate(contract.classes) if name != "other"]
    best = heat.max(axis=0)
    found: list[Located] = []
    for flat in np.argsort(-best, axis=None, kind="stable"):
        row, column = divmod(int(flat), best.shape[1])
        if best[row, column] < contract.score_floor or len(found) == contract.maximum_plates:
            break
        if best[row, column] < best[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2].max():
            continue
        left, top, right, bottom = (float(value) for value in edges[:, row, column])
        x, y = (column + 0.5) * stride, (row + 0.5) * stride
        x0, y0 = max((x - left) / scale, 0.0), max((y - top) / scale, 0.0)
        x1, y1 = min((x + right) / scale, float(size[0])), min((y + bottom) / scale, float(size[1]))
        box = (x0, y0, x1 - x0, y1 - y0)
        if box[2] < 1 or box[3] < 1 or any(overlap(box, other.box) > contract.suppression_iou for other in found):
            continue
        place, jurisdiction = max(countries, key=lambda country: heat[country[0], row, column])
        points = (corners[:, row, column].reshape(4, 2) + np.array((x, y))) / scale
        points = points if believable(points, box) else box_corners(box)
        foreign = bool(heat[place, row, column] < best[row, column])
        found.append(Located(box, jurisdiction, float(best[row, column]), points, foreign))
    return found


def near_and_far(look: Callable[[int], list[Located]], width: int, contract: LocateContract) -> list[Located]:
    """The plates of a picture of this width; `look` finds them in the picture made smaller by a whole factor."""
    first = look(1)
    if first and not any(is_near(plate, width) for plate in first):
        return first
    # Of a near plate the second look counts, of any other the first.
    second = look(NEAR_REDUCTION)
    ordered = [plate for plate in second if is_near(plate, width)] + first + [plate for plate in second if not is_near(plate, width)]
    kept: list[Located] = []
    for plate in ordered:
        if len(kept) < contract.maximum_plates and all(overlap(plate.box, other.box) <= contract.suppression_iou for other in kept):
            kept.append(plate)
    return sorted(kept, key=lambda plate: -plate.score)


def is_near(plate: Located, width: int) -> bool:
    """Whether a plate fills much of a picture of this width."""
    return plate.box[2] > NEAR_SHARE * width


def surroundings(plate: Located, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The part (left, top, right, bottom) of a picture of this size in which the plate stands out."""
    x, y, width, height = plate.box
    across = SURROUNDINGS_WIDTHS * max(width, LEAST_RATIO * height) / 2
    down = SURROUNDINGS_RATIO * across
    left, top = max(0.0, x + width / 2 - across), max(0.0, y + height / 2 - down)
    right, bottom = min(size[0], x + width / 2 + across), min(size[1], y + height / 2 + down)
    return int(np.floor(left)), int(np.floor(top)), int(np.ceil(right)), int(np.ceil(bottom))


def closer(
    find: Callable[[tuple[int, int, int, int]], list[Located]], plate: Located, size: tuple[int, int], contract: LocateContract
) -> Located:
    """The plate with the place at which it is found in its surroundings alone; as it is where the picture shows too little around
    it, or it is not found there. `find` gives what a part of the picture shows, in pixels of the part."""
    left, top, right, bottom = surroundings(plate, size)
    if is_near(plate, right - left):
        return plate
    nearer = [
        replace(plate, box=(other.box[0] + left, other.box[1] + top, *other.box[2:]), corners=other.corners + np.array((left, top)))
        for other in find((left, top, right, bottom))
    ]
    best = max(nearer, key=lambda other: overlap(other.box, plate.box), default=plate)
    return best if overlap(best.box, plate.box) > contract.suppression_iou else plate


def log_softmax(scores: np.ndarray, temperature: float) -> np.ndarray:
    """Log probabilities of each step, steps x classes."""
    scaled = scores.astype(np.float64) / temperature
    scaled = scaled - scaled.max(axis=1, keepdims=True)
    return scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))


def beam_search(log_probabilities: np.ndarray, width: int) -> list[tuple[tuple[int, ...], float]]:
    """The likeliest texts with their log probabilities (prefix beam search, blank is class 0), best first."""
    beams: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, -np.inf)}
    for step in log_probabilities:
        classes = [int(c) for c in np.flatnonzero(step > np.log(BEAM_CLASS_FLOOR)) if c]
        grown: dict[tuple[int, ...], list[float]] = {}

        def add(text: tuple[int, ...], place: int, value: float, grown: dict[tuple[int, ...], list[float]] = grown) -> None:
            entry = grown.setdefault(text, [-np.inf, -np.inf])
            entry[place] = np.logaddexp(entry[place], value)

        for text, (blank, character) in beams.items():
            total = np.logaddexp(blank, character)
            add(text, 0, total + step[0])
            if text:
                add(text, 1, character + step[text[-1]])
            for c in classes:
                add((*text, c), 1, (blank if text and text[-1] == c else total) + step[c])
        ranked = sorted(grown.items(), key=lambda item: -np.logaddexp(item[1][0], item[1][1]))[:width]
        beams = {text: (entry[0], entry[1]) for text, entry in ranked}
    return [(text, float(np.logaddexp(*entry))) for text, entry in beams.items()]


def align(log_probabilities: np.ndarray, text: list[int]) -> list[float] | None:
    """The middle step of each character on the likeliest way that `text` lies on the steps; None where it has no room."""
    states = [0]
    for c in text:
        states += [c, 0]
    best = np.full(len(states), -np.inf)
    best[:2] = log_probabilities[0, states[:2]]
    origins = []
    for step in log_probabilities[1:]:
        options = np.full((3, len(states)), -np.inf)
        options[0], options[1, 1:] = best, best[:-1]
        for state in range(3, len(states), 2):
            if states[state] != states[state - 2]:
                options[2, state] = best[state - 2]
        origins.append(np.arange(len(states)) - options.argmax(axis=0))
        best = options.max(axis=0) + step[states]
    state = len(states) - 1 if best[-1] >= best[-2] else len(states) - 2
    if not np.isfinite(best[state]):
        return None
    path = [state]
    for origin in reversed(origins):
        path.append(int(origin[path[-1]]))
    path.reverse()
    return [float(np.mean([step for step, at in enumerate(path) if at == 2 * i + 1])) for i in range(len(text))]


def row_candidates(looks: Looks, row: RowName, contract: ReadContract) -> dict[tuple[str, str], float]:
    """(letters, digits) with the mean of their probabilities over all looks at the row; texts that the row cannot hold keep
    their place as ("", text)."""
    temperature = contract.temperatures.of("EG" if row == "egypt" else "SA")
    candidates: dict[tuple[str, str], float] = {}
    for scores in looks:
        for classes, value in beam_search(log_softmax(scores, temperature), contract.beam_width):
            text = "".join(contract.alphabet[c - 1] for c in classes)
            label = label_of(row, text) or ("", text)
            candidates[label] = candidates.get(label, 0.0) + float(np.exp(value)) / len(looks)
    return candidates


def read(looks: list[Looks], jurisdiction: Jurisdiction, contract: ReadContract) -> PlateText:
    """The plate from the scores of its rows, in the order of ROWS_OF, each seen once or more."""
    rows = [row_candidates(row, name, contract) for row, name in zip(looks, ROWS_OF[jurisdiction], strict=True)]
    if len(rows) == 1:
        label, value = max(rows[0].items(), key=lambda item: item[1])
        return PlateText(label[0], label[1], value, True)
    tops = [max(row.items(), key=lambda item: item[1])[0] for row in rows]
    joint = {label: fused(label, rows) for label in {**rows[0], **rows[1]}}
    rest = max(1.0 - sum(rows[0].values()), ROW_DOUBT) * max(1.0 - sum(rows[1].values()), ROW_DOUBT)
    usable = [item for item in joint.items() if item[0][0]]
    label, value = max(usable, key=lambda item: item[1], default=(("", ""), 0.0))
    return PlateText(label[0], label[1], value / (sum(joint.values()) + rest), tops[0] == tops[1])


def looked_at(look: Callable[[Look, bool], RowsSeen], jurisdiction: Jurisdiction, contract: ReadContract) -> PlateSeen:
    """The plate from one look; where that leaves the text in doubt also from every way of looking at it closer, where it leaves a
    suspicion of a row in doubt that row from every further way. `look` gives its rows as seen in one way, closer or not."""
    first = look(FIRST_LOOK, False)
    text = read([[scores] for scores in first.scores], jurisdiction, contract)
    if text.complete and text.rows_agree and text.confidence >= contract.automatic_issue_floor:
        doubtful = are_doubtful(first.suspicions, contract)
        further = [look(way, False) for way in contract.second_looks] if doubtful.any() else []
    else:
        doubtful = np.ones(len(first.scores), bool)
        further = [look(way, True) for way in (FIRST_LOOK, *contract.second_looks)]
    looks = [[first, *further] if again else [first] for again in doubtful]
    rows = [[seen.scores[row] for seen in own] for row, own in enumerate(looks)]
    suspicions = [np.mean([seen.suspicions[row] for seen in own], axis=0) for row, own in enumerate(looks)]
    return PlateSeen(read(rows, jurisdiction, contract), np.stack(suspicions))


def are_doubtful(suspicions: np.ndarray, contract: ReadContract) -> np.ndarray:
    """For each row whether its worst suspicion, measured by its floor, is near it."""
    floors, doubt = contract.suspicion_floors, contract.suspicion_doubt
    worst = (suspicions / np.array([floors.altered, floors.hidden, floors.other])).max(axis=1)
    return (doubt.least <= worst) & (worst < doubt.most)


def fused(label: tuple[str, str], rows: list[dict[tuple[str, str], float]]) -> float:
    """How likely both rows together make a reading."""
    return float(np.prod([row.get(label, 0.0) + ROW_DOUBT for row in rows]))
