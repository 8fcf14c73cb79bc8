"""What the nets learn, and from which folds. Left out where PyTorch is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract.config import CONFIG_FILE, load

CONFIG = load(CONFIG_FILE)


def test_the_reader_learns_two_rows_by_heart() -> None:
    torch = pytest.importorskip("torch")
    from train.model import Reader
    from train.read import loss_of

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
    from argparse import Namespace

    from train import runs
    from train.model import Reader

    options = Namespace(folds=["none", "3"], start=None, learning_rate=None)
    shipped, held = runs.candidates(lambda: Reader(CONFIG.read), options, CONFIG.train_read, 100)
    folds = torch.tensor([-1, 0, 3, 3, 4])
    assert shipped.may_see(folds).tolist() == [True] * 5
    assert held.may_see(folds).tolist() == [True, True, False, False, True]
    assert held.folder(Path("runs/read")) == Path("runs/read-fold3")
    with pytest.raises(IndexError):
        runs.folds_of(["5"])


def test_going_on_keeps_what_an_earlier_run_learnt_and_only_suspicion_moves(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from train import runs
    from train.model import Locator, Reader
    from train.suspicion import learn_only_suspicion, loss_of

    earlier = Reader(CONFIG.read)
    (tmp_path / "read").mkdir()
    torch.save(earlier.state_dict(), tmp_path / "read" / runs.WEIGHTS)
    net = Reader(CONFIG.read)
    runs.begin_with(net, tmp_path / "read")
    learn_only_suspicion(net)
    rows = torch.randint(0, 256, (4, 1, CONFIG.read.input.height_px, CONFIG.read.input.width_px), dtype=torch.uint8)
    answers = torch.tensor([[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0], [0, 0, 0]])
    optimiser = torch.optim.Adam([tensor for tensor in net.parameters() if tensor.requires_grad], lr=0.003)
    steps = answers[:, :2, None].expand(4, 2, CONFIG.read.output.steps)
    samples = (rows, answers, torch.ones(4, 3), steps, torch.ones_like(steps))
    first = loss_of(CONFIG, net, *samples).item()
    for _ in range(40):
        optimiser.zero_grad()
        loss = loss_of(CONFIG, net, *samples)
        loss.backward()
        optimiser.step()
    assert loss.item() < first / 2
    moved = {name.split(".")[0] for name, tensor in net.state_dict().items() if not torch.equal(tensor, earlier.state_dict()[name])}
    assert moved == {"suspicion"}
    two_classes = CONFIG.locate.model_copy(update={"classes": ("EG", "SA")})
    (tmp_path / "locate").mkdir()
    before = Locator(two_classes).state_dict()
    torch.save(before, tmp_path / "locate" / runs.WEIGHTS)
    locator = Locator(CONFIG.locate)
    runs.begin_with(locator, tmp_path / "locate")
    assert torch.equal(locator.heat.weight[:2], before["heat.weight"])
    assert locator.heat.weight.shape[0] == 3


def test_the_mean_of_two_runs_lies_between_them_and_keeps_what_is_new() -> None:
    torch = pytest.importorskip("torch")
    from train.mix import mean

    mixed = mean({"a": torch.tensor([1.0, 3.0])}, {"a": torch.tensor([2.0, 5.0]), "b": torch.tensor(7)})
    assert mixed["a"].tolist() == [1.5, 4.0]
    assert mixed["b"].item() == 7
