"""What every call is asked for: how exact, with how much memory."""
from __future__ import annotations

import contextlib
from typing import Iterator, Optional, Tuple

from . import _faltung
from ._arguments import real, whole

_USUAL = -1.0
_MOST_BYTES = 2 ** 60


def set_options(tolerance: Optional[float] = None, memory: Optional[int] = None) -> None:
    """For all later calls of all threads; what is not given is the default again.

    tolerance: the largest error allowed, relative to the result's largest value. None: 1e-6 in
    float32, 1e-13 in float64. 0: exact; every tap counts as it is, without transforms or
    approximations of the kernel. Integer results are exact whatever is given.
    memory: the most bytes a call may work with beside its arrays. None: any. Errors: ValueError
    where nothing can be done with so little, in the call that wants more.
    """
    _faltung.set_wishes(*_wishes(tolerance, memory))


@contextlib.contextmanager
def options(tolerance: Optional[float] = None, memory: Optional[int] = None) -> Iterator[None]:
    """set_options for the calls of this thread within `with faltung.options(...)`; they nest."""
    before = _faltung.set_thread_wishes(_wishes(tolerance, memory))
    try:
        yield
    finally:
        _faltung.set_thread_wishes(before)


def _wishes(tolerance: Optional[float], memory: Optional[int]) -> Tuple[float, int]:
    wished = _USUAL if tolerance is None else real("tolerance", tolerance)
    if tolerance is not None and wished < 0:
        raise ValueError(f"tolerance = {tolerance}; allowed: 0 (exact) or more")
    return wished, 0 if memory is None else whole("memory", memory, 1, _MOST_BYTES)
