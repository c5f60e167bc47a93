// Responses of minimum phase: the same magnitude at every frequency, as early as it can be.
//
// The homomorphic method (Oppenheim & Schafer 2010, §13.5.4): the real cepstrum of the magnitude is
// folded onto positive times. For a response of n taps the exact answer has n taps too, every zero
// outside the unit circle reflected into it. What stands between is aliasing of the cepstrum, which
// zeros close to the circle cause: the grid is refined until the result, cut to n taps, keeps the
// magnitude within 1e-4 of the loudest frequency, or until 2^24 points. Magnitudes more than 140 dB
// below the loudest are lifted to there first, for a zero on the circle has no logarithm.
#pragma once

#include <span>
#include <vector>

namespace faltung {

struct MinimumPhase {
  std::vector<double> taps;  // as many as were given
  double error = 0;          // largest change of the magnitude, relative to the loudest frequency
};

// Silence stays silence. Throws Error{configuration}: more than 2^21 taps, or an error that stays
// above 1e-2.
MinimumPhase minimum_phase(std::span<const double> taps);

}  // namespace faltung
