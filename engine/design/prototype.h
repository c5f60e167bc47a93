// Analogue low-pass filters of any order: Butterworth, Linkwitz-Riley, Bessel.
//
// Normalised to a cutoff of 1 rad/s, the frequency with a gain of −3.01 dB (Linkwitz-Riley: −6.02).
// Sources: Butterworth 1930; Linkwitz 1976, "Active crossover networks for noncoincident drivers",
// JAES 24(1): two Butterworth filters of half the order; Thomson 1949, "Delay networks having
// maximally flat frequency characteristics": the roots of the reverse Bessel polynomials.
#pragma once

#include <vector>

namespace faltung {

inline constexpr int kHighestOrder = 24;

enum class Family { butterworth, linkwitz_riley, bessel };

// One factor of the denominator: s² + (frequency / q)·s + frequency², or s + frequency.
struct PrototypeSection {
  int order = 2;  // or 1
  double frequency = 1;
  double q = 0.5;  // of second order
};

// Sections of rising q. Poles are exact to 1e-12 of their size, of a Bessel filter of order 24 to
// 2e-8. Throws Error{configuration}: order not within 1 to kHighestOrder, an odd one of
// Linkwitz-Riley.
std::vector<PrototypeSection> make_prototype(Family family, int order);

}  // namespace faltung
