"""Faltung: one engine that convolves sound, images and volumes, on NumPy arrays.

faltung.signal      as scipy.signal:         convolve, correlate, fftconvolve, convolve2d, ...
faltung.ndimage     as scipy.ndimage:        convolve, gaussian_filter, sobel, ...
faltung.functional  as torch.nn.functional:  conv1d, conv2d, conv3d, and conv in any rank

Errors are ValueError and TypeError that name the argument, what was given and what is allowed.
Other Python threads run while the engine computes.
"""
from . import functional, ndimage, signal
from ._faltung import set_threads, threads
from ._options import options, set_options

__all__ = ["options", "set_options", "functional", "ndimage", "signal", "set_threads", "threads"]
