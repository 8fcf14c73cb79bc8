"""Typed settings: the contract shared with Rust, and the knobs of training.

Everything here is frozen and refuses unknown keys, so a misspelt key stops the run instead of being ignored.
No heavy import: the tests of this file need neither PyTorch nor data.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

CONFIG_FILE = Path(__file__).parents[1] / "plate_config.yaml"

Jurisdiction = Literal["EG", "SA"]
# What the locator tells apart; `other` is a plate of another country.
PlateClass = Literal["EG", "SA", "other"]
RowName = Literal["egypt", "saudi_arabic", "saudi_latin"]


class Strict(BaseModel):
    """Frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Normalisation(Strict):
    """`(pixel * scale - mean) / deviation`, pixel from 0 to 255."""

    scale: float = Field(gt=0)
    mean: float
    deviation: float = Field(gt=0)


class LocateInput(Strict):
    """The letterboxed frame: scaled to fit, placed at the top left, the rest filled with `pad_value`.

    Sides are at most `height_px` and `width_px`, and the next multiple of `multiple_px` that holds the frame.
    """

    name: str
    height_px: int = Field(gt=0)
    width_px: int = Field(gt=0)
    multiple_px: int = Field(gt=0)
    colour: Literal["rgb"]
    filter: Literal["bilinear"]
    pad_value: int = Field(ge=0, le=255)
    normalisation: Normalisation

    def smaller(self, factor: int) -> LocateInput:
        """The same with fewer rows and columns by a whole factor, as far as they stay whole multiples."""
        multiple = self.multiple_px
        height, width = (min(side, -(-(side // factor) // multiple) * multiple) for side in (self.height_px, self.width_px))
        return self.model_copy(update={"height_px": height, "width_px": width})


class LocateOutput(Strict):
    """Names of the outputs and the input pixels per cell."""

    heatmap: str
    edges: str
    corners: str
    stride_px: int = Field(gt=0)


class LocateContract(Strict):
    """What `locate.onnx` takes and gives."""

    name: str
    version: str
    input: LocateInput
    output: LocateOutput
    classes: tuple[PlateClass, ...]
    score_floor: float = Field(gt=0, lt=1)
    suppression_iou: float = Field(gt=0, lt=1)
    maximum_plates: int = Field(gt=0)
    turned_degrees: float = Field(gt=0, lt=90)

    @model_validator(mode="after")
    def sizes_divide(self) -> LocateContract:
        """The input must be whole cells, or boxes shift."""
        multiple = self.input.multiple_px
        if self.input.height_px % multiple or self.input.width_px % multiple or multiple % self.output.stride_px:
            raise ValueError("the input size is not a multiple of multiple_px, or that not one of stride_px")
        return self


class Extent(Strict):
    """A part of the plate's box, in shares of its width and height; may reach outside it."""

    left: float
    top: float
    right: float
    bottom: float

    @model_validator(mode="after")
    def is_area(self) -> Extent:
        """An empty part cannot be read."""
        if self.left >= self.right or self.top >= self.bottom:
            raise ValueError("the extent is empty")
        return self


class ReadRows(Strict):
    """Where the rows of a plate lie within its box."""

    egypt: Extent
    saudi_arabic: Extent
    saudi_latin: Extent


class ReadInput(Strict):
    """One row of a plate, stretched to a fixed size."""

    name: str
    height_px: int = Field(gt=0)
    width_px: int = Field(gt=0)
    colour: Literal["grey"]
    filter: Literal["bilinear"]
    normalisation: Normalisation


class ReadOutput(Strict):
    """Names of the outputs and the time steps from left to right."""

    name: str
    suspicions: str
    steps: int = Field(gt=0)


class SuspicionDoubt(Strict):
    """Between which shares of its floor a suspicion is a doubt."""

    least: float = Field(ge=0)
    most: float = Field(ge=0)

    @model_validator(mode="after")
    def goes_up(self) -> SuspicionDoubt:
        """From less to more."""
        if self.least > self.most:
            raise ValueError(f"suspicion_doubt must go up, not from {self.least} to {self.most}")
        return self


class SuspicionFloors(Strict):
    """From which probability on a row is suspected: of altered characters, of hidden ones, of being no row of ours."""

    altered: float = Field(gt=0, lt=1)
    hidden: float = Field(gt=0, lt=1)
    other: float = Field(gt=0, lt=1)


class Temperatures(Strict):
    """What the scores of the rows of each country's plates are divided by."""

    egypt: float = Field(gt=0)
    saudi_arabia: float = Field(gt=0)

    def of(self, jurisdiction: Jurisdiction) -> float:
        """That of a country."""
        return self.egypt if jurisdiction == "EG" else self.saudi_arabia


class Look(Strict):
    """A row cut out larger or smaller by these factors, about its middle."""

    across: float = Field(gt=0)
    down: float = Field(gt=0)

    def at(self, extent: Extent) -> Extent:
        """The part of the plate's box that is looked at."""
        across, down = (extent.left + extent.right) / 2, (extent.top + extent.bottom) / 2
        width, height = (extent.right - extent.left) * self.across / 2, (extent.bottom - extent.top) * self.down / 2
        return Extent(left=across - width, top=down - height, right=across + width, bottom=down + height)


class ReadContract(Strict):
    """What `read.onnx` takes and gives, and how its output becomes a plate."""

    name: str
    version: str
    input: ReadInput
    output: ReadOutput
    blank_index: int = Field(ge=0)
    alphabet: tuple[str, ...]
    rows: ReadRows
    beam_width: int = Field(gt=0)
    temperatures: Temperatures
    second_looks: tuple[Look, ...]
    report_floor: float = Field(ge=0, le=1)
    disagreement_floor: float = Field(ge=0, le=1)
    automatic_issue_floor: float = Field(ge=0, le=1)
    suspicion_floors: SuspicionFloors
    suspicion_doubt: SuspicionDoubt

    @model_validator(mode="after")
    def alphabet_is_usable(self) -> ReadContract:
        """One character a class, none twice, blank outside."""
        if any(len(character) != 1 for character in self.alphabet):
            raise ValueError("every entry of the alphabet is one character")
        if len(set(self.alphabet)) != len(self.alphabet):
            raise ValueError("a character stands twice in the alphabet")
        if self.blank_index != 0:
            raise ValueError("blank_index must be 0: class i + 1 is the alphabet's character i")
        return self


class TrainingKnobs(Strict):
    """How one net is trained; the same names for both."""

    seed: int
    threads: int = Field(gt=0)
    batch: int = Field(gt=0)
    steps: int = Field(gt=0)
    learning_rate: float = Field(gt=0)


class PlateConfig(Strict):
    """The whole of `plate_config.yaml`."""

    locate: LocateContract
    read: ReadContract
    train_locate: TrainingKnobs
    train_read: TrainingKnobs
    train_suspicion: TrainingKnobs


def load(path: Path) -> PlateConfig:
    """Reads and checks the file; raises on any unknown, missing or impossible value."""
    with path.open(encoding="utf-8") as file:
        return PlateConfig.model_validate(yaml.safe_load(file))
