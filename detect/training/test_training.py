"""Tests of the training scripts; none needs the photographs. Those that need PyTorch are left out where it is missing.

python -m pytest detect/training
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from pydantic import ValidationError

from config import PlateConfig, RowName, load
from decode import beam_search, locate, log_softmax, overlap, read
from plates import follows_grammar, label_of, printed

HERE = Path(__file__).parent
CONFIG = load(HERE / "plate_config.yaml")


def raw_config() -> dict:
    return yaml.safe_load((HERE / "plate_config.yaml").read_text(encoding="utf-8"))


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
        CONFIG.read.beam_width = 3


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
    same = read([spelled("١٢٣٤طنح"), spelled("1234TNJ")], "SA", CONFIG.read)
    assert (same.letters, same.digits, same.rows_agree) == ("TNJ", "1234", True)
    assert same.confidence > 0.99
    other = read([spelled("١٢٣٤طنح"), spelled("1234TNB")], "SA", CONFIG.read)
    assert not other.rows_agree
    assert other.confidence < 0.6


def test_a_peak_becomes_a_box_and_its_double_is_dropped() -> None:
    contract = CONFIG.locate
    cells = contract.input.height_px // contract.output.stride_px
    heat = np.zeros((2, cells, cells), np.float32)
    heat[1, 10, 20], heat[0, 10, 22] = 0.9, 0.7
    edges = np.full((4, cells, cells), 10.0, np.float32)
    edges[[0, 2]] = 20.0
    found = locate(heat, edges, 0.5, (768, 768), contract)
    assert [plate.jurisdiction for plate in found] == ["SA"]
    assert overlap(found[0].box, (288.0, 148.0, 80.0, 40.0)) == pytest.approx(1.0, abs=1e-6)


def test_the_metrics_count_by_hand() -> None:
    pytest.importorskip("torch")
    from decode import Located, PlateText
    from evaluate import Tally, count_picture, edit_distance, interval

    label = {
        "image": "a.jpg",
        "jurisdiction": "SA",
        "plates": [{"box": [10, 10, 40, 20], "letters": "TNJ", "digits": "12"}],
    }
    here = Located((11, 9, 40, 20), "SA", 0.9)
    right, wrong = PlateText("TNJ", "12", 0.9, True), PlateText("TNJ", "13", 0.9, True)
    tally = Tally()
    count_picture(tally, label, [(here, right)], 0.5)
    count_picture(tally, label, [(here, wrong)], 0.5)
    count_picture(tally, label, [(here, PlateText("TNJ", "12", 0.1, True))], 0.5)
    count_picture(tally, label, [], 0.5)
    assert (tally.exact, tally.labelled, tally.false_reads, tally.found) == (1, 4, 1, 3)
    assert edit_distance("TNJ12", "TNJ13") == 1
    assert interval({"a": [True], "b": [True]}) == (1.0, 1.0)


def test_the_reader_learns_two_rows_by_heart() -> None:
    torch = pytest.importorskip("torch")
    from model import Reader
    from train_read import loss_of

    torch.manual_seed(0)
    torch.set_num_threads(1)
    net = Reader(CONFIG.read)
    rows = torch.randint(0, 256, (2, 1, CONFIG.read.input.height_px, CONFIG.read.input.width_px), dtype=torch.uint8)
    classes, lengths = torch.tensor([[1, 2], [3, 4]]), torch.tensor([2, 2])
    optimiser = torch.optim.Adam(net.parameters(), lr=0.002)
    first = loss_of(CONFIG, net, rows, classes, lengths).item()
    for _ in range(30):
        optimiser.zero_grad()
        loss = loss_of(CONFIG, net, rows, classes, lengths)
        loss.backward()
        optimiser.step()
    assert loss.item() < first / 4


def test_a_candidate_never_learns_from_the_fold_it_holds_back() -> None:
    torch = pytest.importorskip("torch")
    import runs
    from model import Reader

    shipped, held = runs.candidates(lambda: Reader(CONFIG.read), runs.folds_of(["none", "3"]), CONFIG.train_read, 100)
    folds = torch.tensor([-1, 0, 3, 3, 4])
    assert shipped.may_see(folds).tolist() == [True] * 5
    assert held.may_see(folds).tolist() == [True, True, False, False, True]
    assert held.folder(Path("runs/read")) == Path("runs/read-fold3")
    with pytest.raises(IndexError):
        runs.folds_of(["5"])


def test_the_exported_nets_give_what_pytorch_gives(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnxruntime")
    from export import export_net, write_contracts
    from model import Locator, Reader

    row, frame = CONFIG.read.input, CONFIG.locate.input
    export_net(Reader(CONFIG.read), torch.randn(1, 1, row.height_px, row.width_px), (row.name, ["logits"]), tmp_path / "read.onnx")
    names = (frame.name, ["heatmap", "edges"])
    export_net(Locator(CONFIG.locate), torch.randn(1, 3, frame.height_px, frame.width_px), names, tmp_path / "locate.onnx")
    write_contracts(CONFIG, tmp_path)
    assert PlateConfig.model_fields["read"].annotation.model_validate(yaml.safe_load((tmp_path / "read.yaml").read_text())) == CONFIG.read
