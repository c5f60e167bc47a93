// Analogue low-pass filters of any order: Butterworth, Linkwitz-Riley, Bessel.
#include "engine/design/prototype.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <string>

#include "engine/nd/error.h"

namespace faltung {
namespace {

using Real = long double;  // of order 24 the roots have lost 6 digits
using Complex = std::complex<Real>;

constexpr Real kPi = std::numbers::pi_v<Real>;
constexpr int kMostSteps = 200;  // Aberth's method takes some 20
constexpr Real kConverged = 1e-18L;

std::vector<PrototypeSection> butterworth(int order) {
  std::vector<PrototypeSection> sections;
  if (order % 2 == 1) sections.push_back({1, 1, 0.5});
  for (int k = order / 2 - 1; k >= 0; --k) {
    const double angle = std::numbers::pi * (2 * k + 1) / (2.0 * order);
    sections.push_back({2, 1, 1 / (2 * std::sin(angle))});
  }
  return sections;
}

struct Value {
  Complex value, derivative;
};

// θ_n(s) = (2n − 1)·θ_{n−1}(s) + s²·θ_{n−2}(s) and its derivative.
Value reverse_bessel(int order, Complex s) {
  Value before{1, 0}, here{s + Real(1), 1};
  for (int n = 2; n <= order; ++n) {
    const Real factor = static_cast<Real>(2 * n - 1);
    const Value next{
        factor * here.value + s * s * before.value,
        factor * here.derivative + s * s * before.derivative + Real(2) * s * before.value};
    before = here;
    here = next;
  }
  return here;
}

// Aberth 1973: Newton's method for all roots at once, each repelled by the others.
std::vector<Complex> bessel_roots(int order) {
  std::vector<Complex> roots;
  for (int i = 0; i < order; ++i) {
    const Real angle = kPi * (Real(0.5) + (static_cast<Real>(i) + Real(0.5)) / Real(order));
    roots.push_back(std::polar(static_cast<Real>(order), angle));
  }
  Real largest = 1;
  for (int step = 0; step < kMostSteps && largest > kConverged; ++step) {
    largest = 0;
    for (Complex& root : roots) {
      const Value at = reverse_bessel(order, root);
      const Complex newton = at.value / at.derivative;
      Complex others = 0;
      for (const Complex& other : roots) {
        if (&other != &root) others += Real(1) / (root - other);
      }
      const Complex move = newton / (Real(1) - newton * others);
      root -= move;
      largest = std::max(largest, std::abs(move) / std::abs(root));
    }
  }
  return roots;
}

// Where |θ(0) / θ(jω)| is 1/√2; it falls monotonically.
Real bessel_cutoff(int order) {
  const Real wanted = std::abs(reverse_bessel(order, 0).value) * std::numbers::sqrt2_v<Real>;
  Real low = 0, high = static_cast<Real>(2 * order);
  for (int i = 0; i < 100; ++i) {
    const Real middle = (low + high) / 2;
    const bool below = std::abs(reverse_bessel(order, Complex(0, middle)).value) < wanted;
    (below ? low : high) = middle;
  }
  return low;
}

std::vector<PrototypeSection> bessel(int order) {
  const Real cutoff = bessel_cutoff(order);
  std::vector<PrototypeSection> sections;
  for (const Complex& root : bessel_roots(order)) {
    const Real radius = std::abs(root);
    const bool real = std::abs(root.imag()) < Real(1e-9) * radius;
    if (!real && root.imag() < 0) continue;  // the other one of its pair stands for both
    sections.push_back({real ? 1 : 2, static_cast<double>(radius / cutoff),
                        static_cast<double>(radius / (-2 * root.real()))});
  }
  std::sort(sections.begin(), sections.end(),
            [](const auto& a, const auto& b) { return a.q < b.q; });
  return sections;
}

}  // namespace

std::vector<PrototypeSection> make_prototype(Family family, int order) {
  const bool halved = family == Family::linkwitz_riley;
  if (order < 1 || order > kHighestOrder || (halved && order % 2 == 1)) {
    throw Error(Code::configuration, "order " + std::to_string(order) +
                                         "; allowed: " + (halved ? "even numbers from 2" : "1") +
                                         " to " + std::to_string(kHighestOrder));
  }
  if (family == Family::bessel) return bessel(order);
  if (!halved) return butterworth(order);
  std::vector<PrototypeSection> twice;
  for (const PrototypeSection& section : butterworth(order / 2))
    twice.insert(twice.end(), 2, section);
  return twice;
}

}  // namespace faltung
