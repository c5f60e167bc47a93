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

TEST_CASE("convolve_image: small blurs of bytes in whole numbers equal the definition") {
  std::mt19937 random(21);
  Workers workers(3);
  const std::vector<std::vector<Index>> rows = {
      {1}, {1, 1}, {1, 2, 1}, {1, 4, 6, 4, 1}, {0, 1, 0}, {1, 1, 1, 1}, {3, 1}, {1, 3, 3, 1}};
  const auto drawn = [&] { return rows[static_cast<std::size_t>(draw(random, 0, 7))]; };
  for (int round = 0; round < 60; ++round) {
    const ImageOptions options = random_image(random);
    const std::vector<Index> column = drawn(), row = drawn();
    Array<double> kernel(Shape{static_cast<Index>(column.size()), static_cast<Index>(row.size())});
    double sum = 0;
    for (Index y : column) {
      for (Index x : row) sum += static_cast<double>(y * x);
    }
    for (Index i = 0; i < kernel.size(); ++i) {
      const Index y = column[static_cast<std::size_t>(i) / row.size()];
      kernel[i] = static_cast<double>(y * row[static_cast<std::size_t>(i) % row.size()]) / sum;
    }
    ArraySetting alone, among;
    among.workers = &workers;
    const ImageConvolution blur(options, kernel.copy(), alone), shared(options, kernel.copy(), among);
    const Array<std::uint8_t> in = random_samples<std::uint8_t>(random, blur.input_shape());
    Array<std::uint8_t> out(blur.output_shape()), again(blur.output_shape());
    REQUIRE(blur.blurs_bytes());
    blur.run<std::uint8_t>(in.view(), out.view());
    shared.run<std::uint8_t>(in.view(), again.view());
    CHECK(std::equal(out.begin(), out.end(), again.begin()));
    for (Index c = 0; c < options.channels; ++c) {
      Array<double> channel(Shape{1, options.rows, options.columns});
      for (Index i = 0; i < channel.size(); ++i) channel[i] = in[i * options.channels + c];
      const Array<double> wanted = reference_channel(options, kernel, channel);
      Index wrong = 0;
      for (Index i = 0; i < wanted.size(); ++i) {
        wrong += out[i * options.channels + c] != rounded<std::uint8_t>(wanted[i]);
      }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("convolve_image: other kernels of bytes go by the plan") {
  ImageOptions options;
  options.rows = options.columns = 9;
  const auto whole = [&](std::vector<double> taps, const Shape& shape) {
    Array<double> kernel(shape);
    std::copy(taps.begin(), taps.end(), kernel.begin());
    return ImageConvolution(options, std::move(kernel), {}).blurs_bytes();
  };
  CHECK(whole({0.25, 0.5, 0.25}, {1, 3}));
  CHECK_FALSE(whole({0.25, 0.5, 0.5}, {1, 3}));         // brighter than a byte
  CHECK_FALSE(whole({-0.25, 0.5, 0.25}, {1, 3}));       // below zero
  CHECK_FALSE(whole({0.1, 0.8, 0.1}, {1, 3}));          // no whole numbers
  CHECK_FALSE(whole({0.25, 0.25, 0.25, 0}, {2, 2}));    // no column times a row
  CHECK_FALSE(whole({0, 0}, {1, 2}));
  options.boundary = Boundary::constant;
  options.constant = 2.5;
  CHECK_FALSE(whole({0.25, 0.5, 0.25}, {1, 3}));
}
