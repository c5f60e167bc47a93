// What a solver will work with, before anything is allocated: estimates for the planner.
#pragma once

#include "engine/convolve/problem.h"
#include "engine/convolve/workers.h"

namespace faltung {

// Bytes of a tile solver run over a stream: its window, and `own` samples that it holds itself.
// `tile` in output positions, `chunk` in input positions taken at once. Close to what
// Streaming::memory_bytes says once it is prepared: at most a third less.
Index sliding_memory(const Problem& problem, Index tile, Index chunk, double own);

// The chunk of solvers that take so many bytes of padded input at once: by default what fits
// level 2.
Index usual_chunk(const Problem& problem, const Workers* workers, Index bytes = 384 << 10);

// Samples of kernels' and inputs' spectra, and of each thread's scratch, with such transforms.
double transform_samples(const Problem& problem, const Shape& extents, const Workers* workers);

}  // namespace faltung
