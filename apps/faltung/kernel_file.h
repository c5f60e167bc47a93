// Kernels read from files: sound, images, arrays and text.
#pragma once

#include <string>

#include "engine/convolve/kernel.h"

namespace faltung {

// Axes of the values, by kind of file:
//   sound    [tap], or [channel, tap] where there are several channels; with the file's rate
//   images   [row, column], or [channel, row, column]; the file's numbers
//   arrays   as stored
//   text     one number a line: [tap]; several: [line, number], as a nested list is written
// Throws Error{input} as open_source does.
Kernel read_kernel_file(const std::string& path);

}  // namespace faltung
