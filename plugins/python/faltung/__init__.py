"""Faltung: one engine that convolves sound, images and volumes, on NumPy arrays.

faltung.signal      as scipy.signal:         convolve, correlate, fftconvolve, convolve2d, ...
faltung.ndimage     as scipy.ndimage:        convolve, gaussian_filter, sobel, ...
faltung.functional  as torch.nn.functional:  conv2d, conv_transpose2d, max_pool2d, ... in any rank
faltung.Stream      a convolution that runs: pieces of sound in, as much out, its kernel swapped
faltung.Pipeline    pipelines from YAML files on arrays: run, explained, reported

Errors are ValueError and TypeError that name the argument, what was given and what is allowed.
Other Python threads run while the engine computes.
"""
from . import functional, ndimage, signal
from ._faltung import set_threads, threads
from ._options import options, set_options
from ._pipeline import Pipeline
from ._stream import Stream

__all__ = ["Pipeline", "Stream", "functional", "ndimage", "options", "set_options", "set_threads",
           "signal", "threads"]
