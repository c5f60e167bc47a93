// Interleaved images against the definition, channel by channel.
#include "engine/layers/convolve_image.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <random>

#include "engine/convolve/reference.h"
#include "engine/nd/rounded.h"
#include "tests/convolve/random_problem.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

ImageOptions random_image(std::mt19937& random) {
  ImageOptions options;
  options.rows = draw(random, 1, 60);
  options.columns = draw(random, 1, 300);
  options.channels = draw(random, 1, 4);
  options.boundary = static_cast<Boundary>(draw(random, 0, 5));
  options.constant = 3;
  return options;
}

// Quarters of whole numbers: the sums are exact, their halves are ties.
Array<double> random_kernel(std::mt19937& random) {
  Array<double> kernel(Shape{draw(random, 1, 6), draw(random, 1, 6)});
  for (double& tap : kernel) tap = 0.25 * static_cast<double>(draw(random, -2, 4));
  return kernel;
}

// One channel of the image, the same kernel, no interleaving.
Array<double> reference_channel(const ImageOptions& options, const Array<double>& kernel,
                                const Array<double>& channel) {
  Problem p;
  const Shape taps = kernel.extents();
  p.kernels = kernel.copy().reshaped(Shape{1, taps[0], taps[1]});
  p.paths = {{0, 0, 0}};
  p.extent = options.rows;
  p.inner = Shape{options.columns};
  p.padding = {padding_for(Mode::same, taps[0]), padding_for(Mode::same, taps[1])};
  p.stride = p.dilation = Shape{1, 1};
  p.boundary = options.boundary;
  p.constant = options.constant;
  return reference(p, channel);
}

template <class T>
Array<T> random_samples(std::mt19937& random, const Shape& shape) {
  Array<T> image(shape);
  const Index low = std::max<Index>(std::numeric_limits<T>::min(), -20000);
  const Index high = std::min<Index>(std::numeric_limits<T>::max(), 40000);
  for (T& x : image) x = static_cast<T>(draw(random, low, high));
  return image;
}

template <class T>
void check_image(std::mt19937& random, Workers* workers) {
  const ImageOptions options = random_image(random);
  const Array<double> kernel = random_kernel(random);
  ArraySetting setting;
  setting.workers = workers;
  setting.method = "direct";  // exact here
  const ImageConvolution convolution(options, kernel.copy(), setting);
  const Array<T> in = random_samples<T>(random, convolution.input_shape());
  Array<T> out(convolution.output_shape());
  REQUIRE(out.extents() == in.extents());
  convolution.run<T>(in.view(), out.view());
  for (Index c = 0; c < options.channels; ++c) {
    Array<double> channel(Shape{1, options.rows, options.columns});
    for (Index i = 0; i < channel.size(); ++i) {
      channel[i] = static_cast<double>(in[i * options.channels + c]);
    }
    const Array<double> wanted = reference_channel(options, kernel, channel);
    bool same = true;
    for (Index i = 0; i < wanted.size(); ++i) {
      same = same && out[i * options.channels + c] == rounded<T>(wanted[i]);
    }
    CHECK(same);
  }
}

}  // namespace

TEST_CASE("convolve_image: integers are the definition rounded to even and saturated") {
  std::mt19937 random(41);
  Workers workers(3);
  for (int n = 0; n < 60; ++n) {
    CAPTURE(n);
    Workers* some = n % 2 == 0 ? &workers : nullptr;
    check_image<std::uint8_t>(random, some);
    check_image<std::uint16_t>(random, some);
    check_image<std::int16_t>(random, some);
  }
}

TEST_CASE("convolve_image: solvers of streams give the same bytes") {
  std::mt19937 random(42);
  ImageOptions options;
  options.rows = 40;
  options.columns = 50;
  Array<double> kernel(Shape{5, 5});
  std::fill(kernel.begin(), kernel.end(), 0.04);
  Array<std::uint8_t> in = random_samples<std::uint8_t>(random, Shape{40, 50, 1});
  Array<std::uint8_t> direct(in.extents()), box(in.extents());
  ArraySetting setting;
  setting.method = "direct";
  ImageConvolution(options, kernel.copy(), setting).run<std::uint8_t>(in.view(), direct.view());
  setting.method = "box";
  ImageConvolution(options, kernel.copy(), setting).run<std::uint8_t>(in.view(), box.view());
  CHECK(std::equal(direct.begin(), direct.end(), box.begin()));
}

TEST_CASE("convolve_image: refuses what is no image or does not fit") {
  ImageOptions options;
  options.rows = 4;
  options.columns = 5;
  options.channels = 3;
  const auto made = [&](const Shape& taps) {
    return ImageConvolution(options, Array<double>(taps), {});
  };
  CHECK_THROWS_WITH_AS(made(Shape{3}), "a kernel of shape 3 for an image; allowed: [row, column]",
                       Error);
  const ImageConvolution convolution(options, Array<double>(Shape{3, 3}), {});
  Array<float> in(Shape{4, 5, 3}), out(Shape{4, 5, 4});
  CHECK_THROWS_WITH_AS(convolution.run<float>(in.view(), out.view()),
                       "output has shape 4x5x4; allowed: 4x5x3", Error);
  options.channels = 0;
  CHECK_THROWS_WITH_AS(
      made(Shape{3, 3}),
      "an image of 4 rows, 5 columns and 0 channels; allowed: at least one of each", Error);
}
