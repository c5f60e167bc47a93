// Previews: what is counted and shown while slabs pass.
#include "apps/faltung/preview.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace faltung {
namespace {

SlabOf<float> slab_of(std::vector<float>& samples, Index extent, Index inner) {
  return {samples.data(), 1, extent, inner, extent * inner};
}

std::vector<float> noise(Index count, float scale) {
  std::vector<float> samples;
  std::uint32_t state = 7;
  for (Index i = 0; i < count; ++i) {
    state = state * 1664525 + 1013904223;
    samples.push_back((static_cast<float>(state >> 8) / 16777216.0f - 0.3f) * scale);
  }
  return samples;
}

}  // namespace

TEST_CASE("value_histogram: percentiles are those of the sorted values") {
  for (const float scale : {1e-6f, 1.0f, 3e4f}) {
    std::vector<float> samples = noise(10000, scale);
    ValueHistogram values;
    values.add(slab_of(samples, 100, 40));
    samples.erase(samples.begin(), samples.begin() + 4000);
    values.add(slab_of(samples, 60, 100));
    std::vector<float> sorted = noise(10000, scale);
    std::sort(sorted.begin(), sorted.end());
    for (const double percent : {0.5, 25.0, 50.0, 99.5}) {
      const double right = sorted[static_cast<std::size_t>(std::ceil(percent * 100)) - 1];
      CHECK(values.percentile(percent) == doctest::Approx(right).epsilon(0.003));
    }
    CHECK(values.least() == sorted.front());
    CHECK(values.most() == sorted.back());
    const std::vector<double> bars = values.bars(sorted.front(), sorted.back(), 50);
    double sum = 0;
    for (const double bar : bars) sum += bar;
    CHECK(bars.size() == 50);
    CHECK(sum == doctest::Approx(10000).epsilon(0.005));
  }
}

TEST_CASE("value_histogram: whole numbers are exact and have whole bars; NaN is counted apart") {
  std::vector<float> samples{-3, 0, 1, 1, 2, 200, std::numeric_limits<float>::quiet_NaN()};
  ValueHistogram values;
  values.add(slab_of(samples, 7, 1));
  CHECK(values.count() == 6);
  CHECK(values.not_finite() == 1);
  CHECK(values.percentile(0) == -3);
  CHECK(values.percentile(50) == 1);
  CHECK(values.percentile(100) == 200);
  CHECK(values.bars(-3, 2, 100) == std::vector<double>{1, 0, 0, 1, 2, 1});
  CHECK(values.bars(-3, 2, 3) == std::vector<double>{1, 1, 3});
}

TEST_CASE("plane_sample: planes of a volume are those of the array, however it was cut") {
  const Index slices = 5, rows = 4, cols = 6;
  Format format;
  format.inner = {rows, cols};
  format.extent = slices;
  std::vector<float> samples = noise(slices * rows * cols, 1);
  const auto value = [&](Index z, Index y, Index x) {
    return static_cast<double>(samples[static_cast<std::size_t>((z * rows + y) * cols + x)]);
  };
  for (const Index cut : {1, 2, 5}) {
    PlaneSample axial(format, {1, 2, 0, 2, rows, cols}), coronal(format, {0, 2, 1, 3, slices, cols}),
        sagittal(format, {0, 1, 2, 1, slices, rows}), half(format, {0, 2, 1, 3, slices, cols / 2});
    for (Index z = 0; z < slices; z += cut) {
      const Slab whole = slab_of(samples, slices, rows * cols);
      const Slab slab = whole.part(z, std::min(cut, slices - z));
      for (PlaneSample* plane : {&axial, &coronal, &sagittal, &half}) plane->add(slab, z);
    }
    CHECK(axial.picture()({0, 1, 5}) == value(2, 1, 5));
    CHECK(coronal.picture()({0, 4, 2}) == value(4, 3, 2));
    CHECK(sagittal.picture()({0, 3, 2}) == value(3, 2, 1));
    CHECK(half.picture()({0, 4, 1}) == (value(4, 3, 2) + value(4, 3, 3)) / 2);
  }
}

TEST_CASE("plane_sample: what has not come is not a number") {
  Format format;
  format.inner = {2};
  format.extent = 3;
  PlaneSample plane(format, {0, 1, -1, 0, 3, 2});
  std::vector<float> row{1, 2};
  plane.add(slab_of(row, 1, 2), 1);
  CHECK(std::isnan(plane.picture()({0, 0, 0})));
  CHECK(plane.picture()({0, 1, 1}) == 2);
  CHECK(std::isnan(plane.picture()({0, 2, 1})));
}

}  // namespace faltung
