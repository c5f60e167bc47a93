"""Arguments checked: every refusal names the argument, what was given and what is allowed."""
from __future__ import annotations

import operator
from typing import Any, List, Optional, Sequence, Tuple, Union

import numpy as np

_KINDS = "integers up to 64 bits, float32, float64, complex64, complex128"


_KNOWN = frozenset(np.dtype(kind) for kind in "bBhHiIlLqQfdFD")


def operand(name: str, value: Any, bools: bool = False) -> np.ndarray:
    """An array of a type that the engine takes, in native byte order."""
    if type(value) is np.ndarray and value.dtype in _KNOWN:
        return value
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} = {value!r:.60} allows no array: {error}") from None
    kind, size = array.dtype.kind, array.dtype.itemsize
    known = kind in "iu" or (kind == "f" and size in (4, 8)) or (kind == "c" and size in (8, 16))
    if not known and not (bools and kind == "b"):
        allowed = _KINDS + (" and bool" if bools else "")
        raise TypeError(f"{name} has dtype {array.dtype}; allowed: {allowed}")
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def one_of(name: str, value: Any, allowed: Sequence[str]) -> None:
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name} = {value!r}; allowed: {', '.join(map(repr, allowed))}")


_MOST = 2 ** 28  # positions that a kernel or a padding may reach


MOST_TAPS = 2 ** 24  # of a kernel made from numbers


def whole(name: str, value: Any, least: int = -_MOST, most: int = _MOST) -> int:
    """An integer from `least` to `most`: the engine's limit."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} = {value!r}; allowed: an integer") from None
    if not least <= number <= most:
        raise ValueError(f"{name} = {number}; allowed: {least} to {most}")
    return number


def real(name: str, value: Any) -> float:
    """A finite number."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} = {value!r}; allowed: a number") from None
    if not np.isfinite(number):
        raise ValueError(f"{name} = {number}; allowed: a finite number")
    return number


def axes_of(name: str, axes: Optional[Union[int, Sequence[int]]], rank: int) -> List[int]:
    """Axes of an array of that rank, ascending; negative ones count from the end."""
    if axes is None:
        return list(range(rank))
    given = list(axes) if np.iterable(axes) else [axes]  # type: ignore[arg-type, list-item]
    found = []
    for axis in given:
        axis = whole(name, axis)
        if not -rank <= axis < rank:
            raise ValueError(f"{name} = {axis}; allowed for {rank} axes: {-rank} to {rank - 1}")
        found.append(axis % rank)
    if len(set(found)) != len(found) or not found:
        raise ValueError(f"{name} = {axes!r}; allowed: at least one, each once")
    return sorted(found)


def for_each_axis(name: str, value: Any, count: int) -> Tuple[Any, ...]:
    """One value for all axes, or one for each."""
    if isinstance(value, str) or not np.iterable(value):
        return (value,) * count
    values = tuple(value)
    if len(values) != count:
        raise ValueError(f"{name} has {len(values)} values; allowed: one, or {count} (one for each "
                         "axis)")
    return values
