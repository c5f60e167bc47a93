// The instruction sets that the vector code was compiled for and that this machine has.
//
// The best one is taken at run time (Google Highway). Results may differ between instruction sets
// by rounding; within one they do not depend on alignment or on the length of a run.
#pragma once

#include <string>
#include <vector>

namespace faltung {

// Best first: "AVX3" (AVX-512), "AVX2", "SSE4", "NEON", "EMU128" (plain C++).
std::vector<std::string> simd_targets();

// The one in use.
std::string simd_target();

// For tests: use this one from now on ("" for the best again). Transforms prepared before must not
// be used afterwards. Throws Error{configuration} for a target that is not available.
void force_simd_target(const std::string& name);

}  // namespace faltung
