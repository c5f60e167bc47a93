// Denormals are flushed within the scope, and the caller's floating-point state comes back.
#include "engine/simd/denormals.h"

#include <doctest/doctest.h>

#include <cfenv>
#include <limits>
#include <thread>

using namespace faltung;

namespace {

// Whether the type's denormals are lost as operands and as results. Volatile, so that the
// arithmetic happens here and now.
template <class T>
bool flushes_operands() {
  const volatile T denormal = std::numeric_limits<T>::denorm_min();
  const volatile T scaled = denormal * T(16777216);
  return scaled == T(0);
}
template <class T>
bool flushes_results() {
  const volatile T smallest = std::numeric_limits<T>::min();
  const volatile T half = smallest * T(0.5);
  const volatile T scaled = half * T(16777216);
  return scaled == T(0);
}
bool flushes_all() {
  return flushes_operands<float>() && flushes_results<float>() && flushes_operands<double>() &&
         flushes_results<double>();
}
bool flushes_none() {
  return !flushes_operands<float>() && !flushes_results<float>() && !flushes_operands<double>() &&
         !flushes_results<double>();
}

}  // namespace

TEST_CASE("denormals: flushed within the scope, kept after it") {
  CHECK(flushes_none());
  {
    const FlushDenormals flush;
    CHECK(flushes_all() == FlushDenormals::available());
  }
  CHECK(flushes_none());
}

TEST_CASE("denormals: a scope within another leaves the outer one in effect") {
  const FlushDenormals outer;
  { const FlushDenormals inner; }
  CHECK(flushes_all() == FlushDenormals::available());
}

TEST_CASE("denormals: the caller's rounding comes back") {
  const auto rounds_up = [] {
    const volatile float one = 1, little = 1e-10f;
    const volatile float sum = one + little;
    return sum > one;
  };
  REQUIRE(std::fesetround(FE_UPWARD) == 0);
  bool within = false;
  {
    const FlushDenormals flush;
    within = rounds_up();
    std::fesetround(FE_DOWNWARD);
  }
  const bool after = rounds_up();
  std::fesetround(FE_TONEAREST);
  CHECK(within);
  CHECK(after == FlushDenormals::available());
}

TEST_CASE("denormals: other threads are not concerned") {
  const FlushDenormals flush;
  bool kept = false;
  std::thread([&kept] {
    const std::fenv_t* standard = FE_DFL_ENV;
    std::fesetenv(standard);
    kept = flushes_none();
  }).join();
  CHECK(kept);
}
