// One section of second order, whose coefficients may move while it runs.
//
// A state-variable filter: two integrators by the trapezoidal rule, fed by x − k·band − low. Its
// states are those of the analogue filter, so that it can be shown to stay stable however its
// coefficients move: with g, k > 0 the sum of the squared states never grows by itself (direct
// forms have states that mean something else at every frequency, and may blow up). It is as exact
// at 10 Hz as at 10 kHz. State and arithmetic are float64. Sources: Simper 2013, "Solving the
// continuous SVF equations using trapezoidal integration and equivalent currents"; Wishnick 2014,
// "Time-varying filters for musical applications", DAFx-14.
#pragma once

#include <cmath>

#include "engine/design/biquad.h"

namespace faltung {

// What moves in a straight line; every point between two stable ones is stable.
struct SectionShape {
  double g = 1, k = 2;                 // tan(ω0 / 2), 1 / q
  double high = 1, band = 2, low = 1;  // what of each comes out

  SectionShape() = default;
  explicit SectionShape(const Section& s) noexcept
      : g(std::sqrt(s.d0)), k(s.d1 / g), high(s.n2), band(s.n1 / g), low(s.n0 / s.d0) {}

  SectionShape towards(const SectionShape& to, double w) const noexcept {
    const auto between = [w](double a, double b) { return a + (b - a) * w; };
    SectionShape result;
    result.g = between(g, to.g);
    result.k = between(k, to.k);
    result.high = between(high, to.high);
    result.band = between(band, to.band);
    result.low = between(low, to.low);
    return result;
  }
};

// The same as a recursion: y = d·x + c1·s1 + c2·s2, then s ← p·s + q·x.
struct SectionStep {
  double p11, p12, p21, p22, q1, q2, c1, c2, d;

  explicit SectionStep(const SectionShape& f) noexcept {
    const double a1 = 1 / (1 + f.g * (f.g + f.k)), a2 = f.g * a1, a3 = f.g * a2;
    const double band = f.band - f.high * f.k, low = f.low - f.high;
    p11 = 2 * a1 - 1;
    p12 = -2 * a2;
    p21 = 2 * a2;
    p22 = 1 - 2 * a3;
    q1 = 2 * a2;
    q2 = 2 * a3;
    c1 = band * a1 + low * a2;
    c2 = low * (1 - a3) - band * a2;
    d = f.high + band * a2 + low * a3;
  }
};

struct SectionState {
  double s1 = 0, s2 = 0;

  double next(const SectionStep& f, double x) noexcept {
    const double y = f.d * x + f.c1 * s1 + f.c2 * s2;
    const double to1 = (f.p12 * s2 + f.q1 * x) + f.p11 * s1;
    s2 = (f.p21 * s1 + f.q2 * x) + f.p22 * s2;
    s1 = to1;
    return y;
  }
};

}  // namespace faltung
