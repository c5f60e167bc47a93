// Overlap-save with N-D transforms over tiles of the output, any boundary (the window applies it).
#pragma once

#include "engine/convolve/planner.h"
#include "engine/convolve/sliding.h"

namespace faltung {

// `extents` are the transform's, one for each spatial axis, each at least the dilated kernel's.
// A tile gives extents − dilated kernel + 1 dense outputs along each axis, of which every
// stride-th is kept. Tiles are anchored at absolute positions. Threads take a tile each, or all of them
// work on one where tiles are large.
template <class T>
std::unique_ptr<TileSolver<T>> make_overlap_save(const Problem& problem, const Shape& extents,
                                                 Workers* workers);

// About how many numbers it will hold: spectra of kernels and of inputs, and each thread's pieces.
double overlap_save_samples(const Problem& problem, const Shape& extents, const Workers* workers);

// The row of the solver table.
std::string why_not_overlap_save(const Problem& problem);
std::vector<Candidate> overlap_save_candidates(const Problem& problem, const Costs& costs,
                                               Workers* workers);

}  // namespace faltung
