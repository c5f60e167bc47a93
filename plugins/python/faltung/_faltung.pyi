from typing import List, Optional, Sequence, Tuple

import numpy as np

def correlate(
    input: np.ndarray, weight: np.ndarray, output: Optional[np.ndarray], round: bool, *,
    stride: Sequence[int], dilation: Sequence[int], padding: Sequence[Tuple[int, int]],
    groups: int, boundary: str, constant: float, bias: Optional[np.ndarray], method: str,
    tolerance: float) -> np.ndarray: ...
def candidates(
    input: np.ndarray, weight: np.ndarray, *,
    stride: Sequence[int], dilation: Sequence[int], padding: Sequence[Tuple[int, int]],
    groups: int, boundary: str, constant: float, bias: Optional[np.ndarray], method: str,
    tolerance: float) -> List[Tuple[str, str, Optional[float], float]]: ...
def filter(
    input: np.ndarray, output: np.ndarray, taps: np.ndarray, before: Sequence[int], axis: int,
    boundary: str, constant: float, divisor: float, method: str) -> None: ...
def convolve(
    in1: object, in2: object, mode: object, method: object, flip: bool
) -> Optional[np.ndarray]: ...
def convolve2d(
    in1: object, in2: object, mode: object, boundary: object, fill: object, flip: bool
) -> Optional[np.ndarray]: ...
def set_threads(threads: int) -> None: ...
def threads() -> int: ...
