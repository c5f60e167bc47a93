from typing import List, Optional, Sequence, Tuple

import numpy as np

def correlate(
    input: np.ndarray, weight: np.ndarray, *,
    stride: Sequence[int], dilation: Sequence[int], padding: Sequence[Tuple[int, int]],
    groups: int, boundary: str, constant: float, bias: Optional[np.ndarray], method: str,
    tolerance: float) -> np.ndarray: ...
def candidates(
    input: np.ndarray, weight: np.ndarray, *,
    stride: Sequence[int], dilation: Sequence[int], padding: Sequence[Tuple[int, int]],
    groups: int, boundary: str, constant: float, bias: Optional[np.ndarray], method: str,
    tolerance: float) -> List[Tuple[str, str, Optional[float], float]]: ...
def set_threads(threads: int) -> None: ...
def threads() -> int: ...
