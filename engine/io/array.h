// Kernel files: a whole small file as the coefficients of a convolution, and back.
//
//   sound                    [taps], or [channel, taps]; the file's rate
//   .npy                     its shape
//   text with a line of names  [channel, taps], or [taps] of one column; a clock column is the rate
//   text without             [rows, cols], or [taps] of one column
//   image                    [rows, cols], or [channel, rows, cols]; the file's numbers
//   multi-page TIFF          [slices, rows, cols], or with a channel axis first
#pragma once

#include <string>

#include "engine/convolve/kernel.h"

namespace faltung {

// Throws Error{input} also where a coefficient is NaN or infinite, or there is none.
Kernel read_kernel(const std::string& path);

// To .npy any shape in float64; to .wav .rf64 .w64 .aiff (float32) and .raw .f32 series of one or
// two axes; to .csv .tsv .txt the same; to .tif two axes, in float32. Reading it again gives the
// same shape. `rate_hz` is the rate stated in the file, for sounds. Throws Error{configuration}
// where the container cannot hold the kernel without loss of range.
void write_kernel(const std::string& path, const Kernel& kernel, double rate_hz);

}  // namespace faltung
