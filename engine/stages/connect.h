// Which input channels a kernel connects with which output channels.
#pragma once

#include "engine/convolve/kernel.h"
#include "engine/convolve/problem.h"
#include "engine/stream/format.h"

namespace faltung {

struct ConnectOptions {
  Index groups = 1;   // only for kernels [out, in / groups, k…]
  double gain = 1;    // on every tap
  bool flip = false;  // a convolution's kernel is flipped: problems are correlations
};

// States kernels, paths and output channels of the problem. By its axes a kernel is one for every
// channel, one for each, or a layer; one with paths says it itself. Equal kernels of a layer are
// stored once, silent ones left out. Throws Error{configuration}: no taps, taps that are not
// finite, axes or channels that do not fit the signal, a sound's response on an image.
void connect(Kernel kernel, const Format& signal, const ConnectOptions& options, Problem* problem);

}  // namespace faltung
