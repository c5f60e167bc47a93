// Which instruction sets the vector code is compiled for. Included before Highway.
//
// SSSE3 adds nothing over SSE4's machines. Scalable vectors (SVE, RVV) have no size to the
// compiler, and register blocks are arrays of vectors: NEON serves those machines.
#pragma once

#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
