"""A convolution that runs: pieces of any length in, as much out, without latency."""
from __future__ import annotations

import operator
from typing import Any, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from . import _faltung
from ._arguments import operand, real, whole

_ENTRY = {"in", "out", "kernel", "gain_db", "delay"}
_BLOCK = 512  # frames: a usual buffer of sound


class Stream:
    """Convolves a signal that comes in pieces with one kernel or a matrix of them.

    kernel: [tap] for every channel, [channel, tap] for each its own, [out, in, tap] for any
    routing; or a matrix, a list of {"in", "out", "kernel", "gain_db": 0, "delay": 0}, channels from
    1, delay in frames. channels: how many come in.
    block: frames that usually come at once (512), for which the work is planned; pieces may have
    any length. rate: frames per second, for the length of fades. dtype: float32 or float64, of
    arithmetic and results; None: the kernel's (float64 for others).

    Pieces are [frame, channel], as soundfile, sounddevice and SciPy's wavfile have them; with
    channel_axis=0 [channel, frame]; [frame] where there is one channel. Results have the same
    layout, the kernel's out channels, and as many frames. Together with `finish` they are
    faltung.signal.convolve of the joined pieces, within 1e-6 (float32) or 1e-13 (float64) of the
    largest value, however they were cut. Pieces with NaN or infinity are muted, block by block and
    channel by channel, and counted (`muted`).

    process and swap may be called from two threads; the interpreter is free meanwhile.
    Errors: ValueError for kernels, channels and values that do not fit or are not finite; TypeError
    for types. Source: Gardner 1995 and Garcia 2002 (partitions of growing size).
    """

    def __init__(self, kernel: Any, channels: int, block: Optional[int] = None,
                 rate: float = 48000.0, dtype: Any = None, channel_axis: int = -1) -> None:
        channels = whole("channels", channels, 1)
        block = _BLOCK if block is None else whole("block", block, 1)
        rate = _positive("rate", rate)
        self._axis = _channel_axis(channel_axis)
        self._flat = False  # whether the last piece was [frame]
        kernels, connections, given = _kernel(kernel, channels)
        self.dtype = np.dtype(_dtype(given if dtype is None else dtype, dtype is None))
        self._stream = _faltung.Stream(kernels, connections, channels, block, rate,
                                       self.dtype == np.float32)

    @property
    def latency(self) -> int:
        """Frames that results come later than they could: 0."""
        return self._stream.latency

    @property
    def channels(self) -> Tuple[int, int]:
        """How many come in, how many go out."""
        return self._stream.inputs, self._stream.outputs

    @property
    def muted(self) -> int:
        """Blocks of a channel that held NaN or infinity and were heard as silence."""
        return self._stream.muted

    def process(self, array: Any) -> np.ndarray:
        """The next frames of the result, as many as came in. float32 is also taken by float64."""
        piece, self._flat = self._frames(array)
        return self._laid_out(self._stream.process(piece))

    def finish(self) -> np.ndarray:
        """What the kernel still gives after the last frame, laid out as that was.

        The stream then begins anew, with the newest kernel.
        """
        return self._laid_out(self._stream.finish())

    def swap(self, kernel: Any, fade_ms: float = 20.0) -> None:
        """Fades to another kernel from the next frame on, at equal gain.

        kernel: as at first, with as many out channels. The new one hears the past (two seconds, or
        as long as the first kernel), so that a swap to the same kernel is inaudible. Errors:
        ValueError while 16 swaps wait to be heard, for fades outside 0 to 60000 ms, and as at
        first.
        """
        kernels, connections, _ = _kernel(kernel, self._stream.inputs)
        self._stream.swap(kernels, connections, real("fade_ms", fade_ms))

    def _frames(self, array: Any) -> Tuple[np.ndarray, bool]:
        piece = operand("array", array)
        if piece.dtype.kind != "f" or not np.can_cast(piece.dtype, self.dtype, "safe"):
            raise TypeError(f"array has dtype {piece.dtype}; a stream of {self.dtype} allows "
                            + ("float32" if self.dtype == np.float32 else "float32 and float64"))
        channels, flat = self._stream.inputs, piece.ndim == 1
        if piece.ndim not in (1, 2):
            raise ValueError(f"array has {piece.ndim} axes; allowed: frames, and channels")
        frames = piece[:, None] if flat else np.moveaxis(piece, self._axis, 1)
        if frames.shape[1] != channels:
            raise ValueError(f"array of shape {piece.shape} has {frames.shape[1]} channels along "
                             f"axis {self._axis}; allowed: {channels}")
        frames = frames.astype(self.dtype, copy=False)
        return (frames if frames.flags.aligned else frames.copy()), flat

    def _laid_out(self, result: np.ndarray) -> np.ndarray:
        if self._flat and result.shape[1] == 1:
            return result[:, 0]
        return result if self._axis == -1 else np.moveaxis(result, 1, self._axis)


_Connections = List[Tuple[int, int, int, float, int]]


def _kernel(kernel: Any, channels: int) -> Tuple[List[np.ndarray], _Connections, np.dtype]:
    """Kernels, connections (none: the one kernel says it) and the type that was given."""
    if isinstance(kernel, (list, tuple)) and len(kernel) > 0 and isinstance(kernel[0], Mapping):
        return _matrix(kernel, channels)
    values = _taps("kernel", kernel)
    if values.ndim not in (1, 2, 3):
        raise ValueError(f"kernel has {values.ndim} axes; allowed: [tap], [channel, tap] or "
                         "[out, in, tap]")
    return [values], [], values.dtype


def _matrix(entries: Sequence[Mapping[str, Any]], channels: int
            ) -> Tuple[List[np.ndarray], _Connections, np.dtype]:
    responses, connections = [], []
    for n, entry in enumerate(entries):
        name = f"kernel[{n}]"
        if not isinstance(entry, Mapping) or not {"in", "out", "kernel"} <= set(entry) <= _ENTRY:
            raise ValueError(f"{name} is {entry!r}; allowed: a mapping with in, out, kernel, and "
                             "if wanted gain_db and delay")
        response = _taps(f"{name}['kernel']", entry["kernel"])
        if response.ndim != 1:
            raise ValueError(f"{name}['kernel'] has {response.ndim} axes; allowed: 1")
        source = whole(f"{name}['in']", entry["in"], 1)
        if source > channels:
            raise ValueError(f"{name}['in'] = {source}; allowed: 1 to {channels}")
        connections.append((source - 1, whole(f"{name}['out']", entry["out"], 1) - 1, n,
                            10.0 ** (real(f"{name}['gain_db']", entry.get("gain_db", 0)) / 20),
                            whole(f"{name}['delay']", entry.get("delay", 0), 0)))
        responses.append(response)
    return responses, connections, np.result_type(*responses)


def _taps(name: str, kernel: Any) -> np.ndarray:
    values = operand(name, kernel)
    if values.dtype.kind == "c":
        raise TypeError(f"{name} has dtype {values.dtype}; allowed: real numbers")
    if values.size == 0:
        raise ValueError(f"{name} of shape {values.shape} is empty; allowed: at least one tap")
    return values


def _dtype(given: Any, from_kernel: bool) -> Any:
    dtype = np.dtype(given)
    if dtype in (np.float32, np.float64):
        return dtype
    if from_kernel:
        return np.float64
    raise TypeError(f"dtype = {dtype}; allowed: float32 and float64")


def _positive(name: str, value: Any) -> float:
    number = real(name, value)
    if number <= 0:
        raise ValueError(f"{name} = {number}; allowed: above 0")
    return number


def _channel_axis(value: Any) -> int:
    axis = operator.index(value)
    if axis not in (-1, 0, 1):
        raise ValueError(f"channel_axis = {axis}; allowed: -1 or 1 ([frame, channel]), 0 "
                         "([channel, frame])")
    return 0 if axis == 0 else -1
