// Batch normalisation, its gradients, and folded into the layer before it.
#include "engine/layers/batch_norm.h"

#include <doctest/doctest.h>

#include <cmath>

#include "engine/layers/convolution_gradient.h"
#include "tests/layers/layer_noise.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

View<const double> read(const Array<double>& array) { return array.view(); }

std::vector<double> values(std::mt19937& random, Index count, double from, double to) {
  std::uniform_real_distribution<double> uniform(from, to);
  std::vector<double> result;
  for (Index i = 0; i < count; ++i) result.push_back(uniform(random));
  return result;
}

BatchNorm random_norm(std::mt19937& random, Index channels) {
  return {values(random, channels, -1, 1), values(random, channels, 0.1, 2),
          values(random, channels, -2, 2), values(random, channels, -1, 1), 1e-3};
}

}  // namespace

TEST_CASE("batch normalisation: gives mean 0 and deviation 1 to what has the statistics") {
  Array<double> x({2, 1, 2}), y({2, 1, 2});
  const double given[] = {1, 3, 5, 7};
  std::copy(std::begin(given), std::end(given), x.begin());
  batch_norm(read(x), {.mean = {4}, .variance = {5}, .epsilon = 0}, y.view());
  CHECK(y[0] == doctest::Approx(-3 / std::sqrt(5)));
  CHECK(y[3] == doctest::Approx(3 / std::sqrt(5)));
  batch_norm(read(x), {{4}, {5}, {2}, {10}, 0}, x.view());  // in place
  CHECK(x[3] == doctest::Approx(10 + 6 / std::sqrt(5)));
}

TEST_CASE("batch normalisation: gradients equal finite differences") {
  std::mt19937 random(1);
  for (int round = 0; round < 10; ++round) {
    Array<double> x = noise(random, random_layer(random, 3));
    BatchNorm norm = random_norm(random, 3);
    const Array<double> slope = noise(random, x.extents());
    Array<double> y(x.extents()), back(x.extents()), gain({3}), shift({3}), parameter({3});
    batch_norm_gradient(read(x), read(slope), norm, back.view(), gain.data(), shift.data());
    const auto loss = [&] {
      batch_norm(read(x), norm, y.view());
      return inner_product(y, slope);
    };
    CHECK(largest_difference(back, numeric_gradient(x, loss)) < 1e-7);
    for (auto [gradient, given] : {std::pair{&gain, &norm.gain}, {&shift, &norm.shift}}) {
      std::copy(given->begin(), given->end(), parameter.begin());
      const Array<double> numeric = numeric_gradient(parameter, [&, given = given] {
        given->assign(parameter.begin(), parameter.end());
        return loss();
      });
      given->assign(parameter.begin(), parameter.end());
      CHECK(largest_difference(*gradient, numeric) < 1e-7);
    }
  }
}

TEST_CASE("batch normalisation: folded into a transposed layer with groups changes nothing") {
  std::mt19937 random(2);
  const Array<double> x = noise(random, {2, 6, 5, 4});
  Array<double> kernel = noise(random, {6, 2, 3, 2});
  std::vector<double> bias = values(random, 4, -1, 1);
  const LayerGeometry geometry{.stride = {2}, .groups = 2};
  const Shape extents = transposed_extents(x.extents(), kernel.extents(), geometry);
  Array<double> apart(extents), folded(extents);
  const BatchNorm norm = random_norm(random, 4);
  transposed_convolution(read(x), read(kernel), bias.data(), geometry, apart.view());
  batch_norm(read(apart), norm, apart.view());
  fold(norm, KernelOrder::in_first, 2, kernel.view(), bias);
  transposed_convolution(read(x), read(kernel), bias.data(), geometry, folded.view());
  CHECK(largest_difference(apart, folded) < 1e-13);
}

TEST_CASE("batch normalisation: folded into a convolution changes nothing") {
  std::mt19937 random(3);
  const Array<double> x = noise(random, {2, 4, 7});
  Array<double> kernel = noise(random, {6, 2, 3}), apart({2, 6, 5}), folded({2, 6, 5});
  const LayerGeometry geometry{.groups = 2};
  const TapLayer layer = convolution_layer(x.extents(), kernel.extents(), geometry);
  const BatchNorm norm = random_norm(random, 6);
  std::vector<double> bias;  // none before, the normalisation's after
  correlate<double>(layer, read(x), kernel.data(), nullptr, apart.view(), nullptr);
  batch_norm(read(apart), norm, apart.view());
  fold(norm, KernelOrder::out_first, 2, kernel.view(), bias);
  correlate<double>(layer, read(x), kernel.data(), bias.data(), folded.view(), nullptr);
  CHECK(largest_difference(apart, folded) < 1e-13);
}

TEST_CASE("batch normalisation: refuses counts that do not match and variances below 0") {
  Array<double> x({1, 2, 3});
  CHECK_THROWS_WITH(batch_norm(read(x), {.mean = {0}, .variance = {1, 1}}, x.view()),
                    "batch normalisation has 1 values of mean; needed: one for each of 2 channels");
  CHECK_THROWS_WITH(batch_norm(read(x), {.mean = {0, 0}, .variance = {1, -1}}, x.view()),
                    "batch normalisation has variance -1.000000 and epsilon 0.000010; their sum "
                    "must be above 0");
  std::vector<double> bias;
  CHECK_THROWS_WITH(fold({.mean = {0}, .variance = {1}}, KernelOrder::out_first, 2, x.view(), bias),
                    "a kernel of shape 1x2x3 in 2 groups cannot be normalised; needed: contiguous "
                    "[channel, channel, k…], the first channels a multiple of the groups");
}
