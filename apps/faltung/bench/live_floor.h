// The floor of `bench live`: the least arithmetic that a zero-latency schedule needs.
#pragma once

#include "apps/faltung/bench/live_case.h"

namespace faltung {

// Floating-point operations for each frame of the best schedule of power-of-two partitions that
// adds no latency: a direct head or none, then partitions of P taps, each beginning at P − block
// or later, so that its input has come (Gardner 1995). A real transform of N samples counts
// 2.5 N log2 N operations (half of 5 N log2 N: Frigo & Johnson 2005), a bin's multiply-add 8.
// No even work, no windows, no copies: what nobody reaches.
double live_flops(const LiveCase& live);

}  // namespace faltung
