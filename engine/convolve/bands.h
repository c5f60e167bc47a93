// Runs a stateless solver over a signal that lies in memory as a whole: bands of the output, each
// with a window of its own, shared between threads.
#pragma once

#include <memory>

#include "engine/convolve/sliding.h"
#include "engine/convolve/whole.h"

namespace faltung {

// For solvers that run in any order or read lines. Bands are cut so that neither the window nor what
// is converted leaves level 2; where a band's outputs need nothing from outside an image, its rows
// are read where they lie and only the columns at the edges are padded.
template <class T>
std::unique_ptr<Whole> make_bands(const Problem& problem, std::unique_ptr<TileSolver<T>> solver,
                                  Workers* workers);

}  // namespace faltung
