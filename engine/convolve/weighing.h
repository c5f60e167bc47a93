// What the solvers share in telling the planner what they cost and how they are prepared.
#pragma once

#include "engine/convolve/memory.h"
#include "engine/convolve/planner.h"
#include "engine/convolve/prediction.h"
#include "engine/convolve/sliding.h"
#include "engine/convolve/bands.h"

namespace faltung {

constexpr Index kMaxTileSamples = 1 << 23;  // of an N-D transform: 32 MB in float32

double input_samples(const Problem& problem);  // padded, for one output position of the stream axis
double output_samples(const Problem& problem);
bool mixes_channels(const Problem& problem);  // an output adds up what several paths bring

// Seconds of one transform of these extents, there or back.
double transform_seconds(const Shape& extents, const Costs::OfType& costs);

// The best few say enough: the fastest of those that fit the memory, and of those that do not.
void keep_best(const Problem& problem, std::vector<Candidate>& candidates);

// make(T{}) in the problem's arithmetic, when it is asked for.
template <class Made, class Make>
std::function<std::unique_ptr<Made>()> in_arithmetic(const Problem& p, Make&& make) {
  return [&p, make]() -> std::unique_ptr<Made> {
    return p.arithmetic == SampleType::float32 ? make(float{}) : make(double{});
  };
}

// Whether bands of a whole signal suit a tile solver of this problem.
bool takes_bands(const Problem& problem, const Workers* workers);

// Sets both ways to run a tile solver: make(T{}) makes one.
template <class Make>
void run_tiles(const Problem& p, Workers* workers, Make&& make, Candidate* candidate) {
  candidate->prepare = in_arithmetic<Streaming>(p, [&p, workers, make](auto zero) {
    return make_sliding(p, make(zero), workers);
  });
  if (!takes_bands(p, workers)) return;
  candidate->prepare_whole = in_arithmetic<Whole>(p, [&p, workers, make](auto zero) {
    return make_bands(p, make(zero), workers);
  });
}

}  // namespace faltung
