"""Pipelines from YAML files, on arrays."""
from __future__ import annotations

import json
import os
from typing import Any, Dict, Optional, Sequence, Union

import numpy as np

from . import _faltung
from ._arguments import operand, real, whole

Shape = Union[None, str, Sequence[int]]


class Pipeline:
    """A pipeline as `faltung run` takes it (docs/pipelines.md): Pipeline.load(path)."""

    def __init__(self, pipeline: _faltung.Pipeline) -> None:
        self._pipeline = pipeline

    @classmethod
    def load(cls, path: Union[str, "os.PathLike[str]"]) -> Pipeline:
        """Reads the file and the kernels it names, relative to its folder.

        Errors: ValueError with file:line:column where it is wrong or cannot be read.
        """
        return cls(_faltung.Pipeline(os.fspath(path)))

    def run(self, array: Any, rate: Optional[float] = None, channel_axis: Optional[int] = None
            ) -> np.ndarray:
        """The whole signal through all stages, with the tail, as `faltung run` writes it.

        array: without channel_axis one channel: [frame] a series, [row, column] an image, [slice,
        row, column] a volume, as `faltung run` reads .npy files; sounds of soundfile have their
        channels along channel_axis=1. rate: frames per second of a series; None: the pipeline's
        `rate`, if it says one. The result has its channels along the same axis; without one, along
        axis 0 where there are several. float32 and float64 are kept; integers of 8 and 16 bits and
        bool become float32, others float64, their values as they are.
        Errors: ValueError for what a stage refuses, with its place in the file; TypeError for
        other types.
        """
        signal = _signal(array)
        channels = None if channel_axis is None else whole("channel_axis", channel_axis)
        if channels is not None and not -signal.ndim <= channels < signal.ndim:
            raise ValueError(f"channel_axis = {channels}; allowed for {signal.ndim} axes: "
                             f"{-signal.ndim} to {signal.ndim - 1}")
        planes = signal[None] if channels is None else np.moveaxis(signal, channels, 0)
        if planes.ndim < 2 or 0 in planes.shape:
            raise ValueError(f"array has shape {signal.shape}; allowed: at least one axis besides "
                             "channels, and nothing empty")
        result = self._pipeline.run(np.ascontiguousarray(planes), _rate(rate))
        if channels is not None:
            return np.moveaxis(result, 0, channels)
        return result[0] if result.shape[0] == 1 else result

    def explain(self, shape: Shape = None, rate: Optional[float] = None, block: int = 0) -> str:
        """What will be computed and why, as `faltung explain` prints it, without its measurement.

        shape: of the signal, (channels, extents...) or "2x480000"; None: the first usual signal
        that the pipeline takes. block: as `faltung live` would run it, in blocks of so many frames.
        """
        return self._pipeline.explain(_shape(shape), _rate(rate), whole("block", block, 0))

    def report(self, shape: Shape = None, rate: Optional[float] = None, block: int = 0
               ) -> Dict[str, Any]:
        """The same as data: {"stages": [...], "whole": {...}}, as `faltung explain --json` has it.

        Each entry: "input" and "output" ({"channels", "shape", "rate_hz", "dtype"}), "latency" and
        "tail" (positions), "receptive_field" and "stride" (of the stage, for each axis),
        "receptive_field_of_input" and "effective_stride" (of the pipeline's input), "flops" (of the
        definition), "bytes_moved" (every sample read once and written once), "memory_bytes",
        "algorithm" (None: nothing to choose). Stages also have "number" ("2.1": the first part of
        the second), "depth", "stage" (its text) and "candidates" ({"solver", "detail",
        "seconds_per_position", "error", "chosen"}).
        """
        report: Dict[str, Any] = json.loads(
            self._pipeline.report(_shape(shape), _rate(rate), whole("block", block, 0)))
        return report

    def __repr__(self) -> str:
        return f"<faltung.Pipeline {self._pipeline.name}>"


def _signal(array: Any) -> np.ndarray:
    signal = operand("array", array, bools=True)
    if signal.dtype.kind == "c":
        raise TypeError(f"array has dtype {signal.dtype}; allowed: real numbers")
    if signal.dtype.kind == "f":
        return signal
    return signal.astype(np.float32 if signal.dtype.itemsize <= 2 else np.float64)


def _rate(rate: Optional[float]) -> float:
    """0: none given."""
    if rate is None:
        return 0.0
    number = real("rate", rate)
    if number <= 0:
        raise ValueError(f"rate = {number}; allowed: above 0, or None")
    return number


def _shape(shape: Shape) -> str:
    if shape is None:
        return ""
    if isinstance(shape, str):
        return shape
    return "x".join(str(whole("shape", n, 1)) for n in shape)
