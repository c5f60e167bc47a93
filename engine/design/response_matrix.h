// A matrix of responses: any input to any output, each through a sum of delayed, scaled responses.
#pragma once

#include <span>
#include <vector>

#include "engine/convolve/kernel.h"

namespace faltung {

constexpr Index kMostMatrixChannels = 4096;  // of inputs, and of outputs

struct Connection {
  Index in = 0, out = 0;  // channels from 0
  Index response = 0;     // number of the response
  double gain = 1;
  Index delay = 0;  // in taps
};

// A kernel with paths. Connections of the same pair add; what is equal after gain and delay is
// stored once, so that memory is that of the distinct responses, padded to the longest. Each
// response is [taps]. Throws Error{configuration} before anything is allocated: more than 2^28
// taps with the delay, or more than 4 GiB.
Kernel response_matrix(std::span<const Array<double>> responses,
                       std::vector<Connection> connections);

}  // namespace faltung
