"""The two nets: where plates are, and what one row of a plate says."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from contract.config import LocateContract, ReadContract


def block(inputs: int, outputs: int, stride: int | tuple[int, int] = 1, kernel: int = 3) -> nn.Sequential:
    """Convolution, batch normalisation, rectifier; the size is kept but for `stride`."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


# Layers of the reader before its second pooling.
FINE_LAYERS = 3


class Residual(nn.Module):
    """Two convolutions around a shortcut."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = block(channels, channels)
        self.second = nn.Sequential(nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, features: Tensor) -> Tensor:
        return torch.relu(features + self.second(self.first(features)))


class Locator(nn.Module):
    """A heat map of plate centres for each class, and the distances from each cell's centre to the plate's edges.

    Input N x 3 x height x width; heat map N x classes x cells (probabilities); edges N x 4 x cells (left, top, right,
    bottom, in input pixels); corners N x 8 x cells (x and y of top left, top right, bottom right, bottom left as seen on the
    plate, from the cell's centre, in input pixels). One level at stride 8, fed by deeper levels for context: plates are 20 to 200 pixels wide there.
    """

    def __init__(self, contract: LocateContract) -> None:
        super().__init__()
        self.stride = contract.output.stride_px
        self.stem = nn.Sequential(block(3, 16, 2), block(16, 32, 2), block(32, 48, 2), Residual(48))
        self.deeper = nn.Sequential(block(48, 80, 2), Residual(80))
        self.deepest = nn.Sequential(block(80, 112, 2), Residual(112))
        self.narrow_deepest = nn.Conv2d(112, 80, 1)
        self.narrow_deeper = nn.Sequential(nn.Conv2d(80, 48, 1), nn.BatchNorm2d(48), nn.ReLU(inplace=True))
        self.join = nn.Sequential(block(48, 64), Residual(64))
        self.heat = nn.Conv2d(64, len(contract.classes), 1)
        self.edges = nn.Conv2d(64, 4, 1)
        self.corners = nn.Sequential(block(64, 48), nn.Conv2d(48, 8, 1))
        nn.init.constant_(self.heat.bias, -4.0)
        nn.init.constant_(self.edges.bias, 1.0)

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        shallow = self.stem(frames)
        deep = self.deeper(shallow)
        deepest = self.narrow_deepest(self.deepest(deep))
        deep = torch.relu(deep + nn.functional.interpolate(deepest, scale_factor=2.0, mode="nearest"))
        shallow = shallow + nn.functional.interpolate(self.narrow_deeper(deep), scale_factor=2.0, mode="nearest")
        joined = self.join(shallow)
        edges = torch.exp(self.edges(joined).clamp(-4.0, 4.0)) * self.stride
        return torch.sigmoid(self.heat(joined)), edges, self.corners(joined) * self.stride

    def freeze_first_layers(self) -> None:
        """Leaves the two layers of highest resolution as they are: most of the computing, and nothing about plates."""
        for layer in list(self.stem)[:2]:
            layer.eval().requires_grad_(False)


class Suspicion(nn.Module):
    """What speaks against a row besides its text: altered characters, hidden characters, no row of ours at all.

    Takes the features before they are squeezed (dots are small) and the columns from which characters are told; gives raw
    scores N x 3. One place is enough for the first two, so the largest counts; the third is a mean over the row.
    """

    def __init__(self, inputs: int, rows: int, columns: int) -> None:
        super().__init__()
        self.look = nn.Sequential(block(inputs, 64, 2), Residual(64), block(64, 64, (2, 1)))
        self.squash = nn.Sequential(nn.Conv2d(64, 64, (rows // 4, 1), bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True))
        self.judge = nn.Sequential(
            nn.Conv1d(64 + columns, 96, 5, 1, 2, bias=False), nn.BatchNorm1d(96), nn.ReLU(inplace=True), nn.Dropout(0.2), nn.Conv1d(96, 3, 3, 1, 1)
        )

    def forward(self, features: Tensor, columns: Tensor) -> Tensor:
        return self.whole(self.by_step(features, columns))

    def by_step(self, features: Tensor, columns: Tensor) -> Tensor:
        """Raw scores of each step, N x 3 x steps."""
        seen = self.squash(self.look(features)).squeeze(2)
        return self.judge(torch.cat([seen, columns], 1))

    @staticmethod
    def whole(scores: Tensor) -> Tensor:
        """Raw scores of the row, N x 3, from those of its steps."""
        return torch.cat([scores[:, :2].amax(2), scores[:, 2:].mean(2)], 1)


class Reader(nn.Module):
    """A convolutional net for connectionist temporal classification.

    Input N x 1 x height x width, one row of a plate; outputs N x steps x (alphabet + blank), raw scores, and N x 3, the raw
    scores of `Suspicion`, which is trained after everything else and changes nothing in it. One net for all
    rows: Arabic and Latin characters are different classes, so a read also says which row it saw. A step sees little more
    than two characters: a recurrent layer was tried and learnt the few hundred letter combinations of the training set by
    heart, reading new ones as their neighbours.
    """

    def __init__(self, contract: ReadContract) -> None:
        super().__init__()
        self.features = nn.Sequential(
            block(1, 24),
            nn.MaxPool2d(2),
            block(24, 48),
            nn.MaxPool2d(2),
            block(48, 96),
            nn.MaxPool2d((2, 1)),
            block(96, 112),
            block(112, 128),
            Residual(128),
            nn.MaxPool2d((2, 1)),
            block(128, 160),
        )
        self.squash = nn.Conv2d(160, 160, (contract.input.height_px // 16, 1), bias=False)
        self.normalise = nn.Sequential(nn.BatchNorm2d(160), nn.ReLU(inplace=True))
        self.drop = nn.Dropout(0.2)
        self.context = nn.Sequential(
            nn.Conv1d(160, 192, 5, 1, 2, bias=False),
            nn.BatchNorm1d(192),
            nn.ReLU(inplace=True),
            nn.Conv1d(192, 192, 3, 1, 1, bias=False),
            nn.BatchNorm1d(192),
            nn.ReLU(inplace=True),
        )
        self.classify = nn.Conv1d(192, len(contract.alphabet) + 1, 1)
        self.suspicion = Suspicion(48, contract.input.height_px // 2, 192)

    def forward(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        seen, columns = self.seen(rows)
        return self.said(columns), self.suspicion(seen, columns)

    def said(self, columns: Tensor) -> Tensor:
        """The raw scores of each step from its column."""
        return self.classify(self.drop(columns)).transpose(1, 2)

    def freeze_first_layers(self) -> None:
        """Leaves the layers of highest resolution as they are: `Suspicion` looks at what they give."""
        self.features[:FINE_LAYERS].eval().requires_grad_(False)

    def seen(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """The features before the second pooling, and the columns."""
        seen = self.features[:FINE_LAYERS](rows)
        columns = self.normalise(self.squash(self.features[FINE_LAYERS:](seen))).squeeze(2)
        return seen, self.context(self.drop(columns))


def parameters(net: nn.Module) -> int:
    """How many numbers the net holds."""
    return sum(tensor.numel() for tensor in net.parameters())
