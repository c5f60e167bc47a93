// The two inner loops against plain sums, on every instruction set.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "engine/convolve/line.h"
#include "engine/nd/array.h"
#include "engine/simd/accumulate_spectra.h"
#include "engine/simd/convert_samples.h"
#include "engine/simd/targets.h"

using namespace faltung;

namespace {

template <class T>
void fill(std::mt19937& random, Buffer<T>& values) {
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (T& v : values) v = static_cast<T>(uniform(random));
}

template <class T>
constexpr double kAllowed = sizeof(T) == 4 ? 1e-5 : 1e-13;  // sums of up to 84 products

// One random block: compares with plain sums, and with itself cut at a random place.
template <class T>
void check_rows(std::mt19937& random) {
  const auto draw = [&](Index low, Index high) {
    return std::uniform_int_distribution<Index>(low, high)(random);
  };
  RowBlock<T> block;
  block.sharing = draw(0, 1) ? Sharing::kernel : Sharing::signal;
  const bool signal = block.sharing == Sharing::signal;
  block.outputs = signal ? Index{1} << draw(0, 3) : draw(1, 9);
  block.rows = draw(1, 6);
  block.count = draw(1, 130);
  block.dilation = draw(1, 3);
  block.plane_count = draw(1, 2);
  const Index taps = draw(1, 7), width = block.count + (taps - 1) * block.dilation;
  block.row_stride = width + draw(0, 5);
  block.out_stride = block.count + draw(0, 5);
  const Index all_rows = block.rows + (signal ? 0 : block.outputs - 1);
  const Index weight_count = block.rows * taps * (signal ? block.outputs : 1);
  Buffer<T> samples(block.plane_count * all_rows * block.row_stride + kRowSlack);
  Buffer<T> weights(block.plane_count * weight_count), bias(block.outputs);
  fill(random, samples);
  fill(random, weights);
  fill(random, bias);
  std::vector<RowPlane<T>> planes;
  for (Index p = 0; p < block.plane_count; ++p) {
    planes.push_back({samples.data() + p * all_rows * block.row_stride,
                      weights.data() + p * weight_count, taps});
  }
  block.planes = planes.data();
  block.bias = bias.data();
  Buffer<T> out(block.outputs * block.out_stride), cut(block.outputs * block.out_stride);
  fill(random, out);
  std::copy(out.begin(), out.end(), cut.begin());
  block.start = draw(0, 1) ? Start::bias : Start::accumulate;
  std::vector<double> wanted(out.begin(), out.end());
  for (Index o = 0; o < block.outputs; ++o) {
    for (Index x = 0; x < block.count; ++x) {
      double sum = block.start == Start::bias ? static_cast<double>(bias[signal ? o : 0])
                                              : wanted[static_cast<std::size_t>(o * block.out_stride + x)];
      for (const RowPlane<T>& plane : planes) {
        for (Index r = 0; r < block.rows; ++r) {
          for (Index k = 0; k < taps; ++k) {
            const T w = signal ? plane.weights[(r * taps + k) * block.outputs + o]
                               : plane.weights[r * taps + k];
            const Index row = r + (signal ? 0 : o);
            sum += static_cast<double>(w) *
                   static_cast<double>(plane.samples[row * block.row_stride + x + k * block.dilation]);
          }
        }
      }
      wanted[static_cast<std::size_t>(o * block.out_stride + x)] = sum;
    }
  }
  RowBlock<T> first = block;
  first.out = cut.data();
  first.count = draw(0, block.count);
  RowBlock<T> second = first;
  std::vector<RowPlane<T>> moved = planes;
  for (RowPlane<T>& plane : moved) plane.samples += first.count;
  second.planes = moved.data();
  second.out += first.count;
  second.count = block.count - first.count;
  block.out = out.data();
  accumulate_rows(block);
  accumulate_rows(first);
  accumulate_rows(second);
  double worst = 0;
  for (Index i = 0; i < out.size(); ++i) {
    worst = std::max(worst, std::abs(static_cast<double>(out[i]) - wanted[static_cast<std::size_t>(i)]));
  }
  CHECK(worst < kAllowed<T>);
  CHECK(std::equal(out.begin(), out.end(), cut.begin()));
}

template <class T>
void check_line(std::mt19937& random, Index taps, Index count, Index dilation) {
  Buffer<T> samples(count + (taps - 1) * dilation + kRowSlack), weights(taps), out(count);
  fill(random, samples);
  fill(random, weights);
  const RowPlane<T> plane{samples.data(), weights.data(), taps};
  accumulate_line(plane, dilation, out.data(), count, T(0.5), Start::bias);
  Buffer<T> one(1);
  double worst = 0;
  bool same = true;
  for (Index x = 0; x < count; ++x) {
    double sum = 0.5;
    for (Index k = 0; k < taps; ++k) {
      sum += static_cast<double>(weights[k]) * static_cast<double>(samples[x + k * dilation]);
    }
    worst = std::max(worst, std::abs(sum - static_cast<double>(out[x])));
    // A sample by itself takes the plain way through the taps: the same bits.
    const RowPlane<T> at{samples.data() + x, weights.data(), taps};
    accumulate_line(at, dilation, one.data(), 1, T(0.5), Start::bias);
    same = same && one[0] == out[x];
  }
  CHECK(worst < kAllowed<T> * static_cast<double>(taps) / 20);
  CHECK(same);
}

template <class T>
void check_spectra(std::mt19937& random, Index blocks, Index terms) {
  const Index size = blocks * 2 * kSpectrumBlock<T>;
  Buffer<T> signal(size * terms), kernel(size * terms), sum(size);
  fill(random, signal);
  fill(random, kernel);
  fill(random, sum);
  const std::vector<T> before(sum.begin(), sum.end());
  std::vector<SpectrumRun<T>> list;
  for (Index t = 0; t < terms; ++t) list.push_back({signal.data() + t * size, kernel.data() + t * size});
  accumulate_spectra(sum.data(), list.data(), terms, size, SumStart::accumulate);
  double worst = 0;
  for (Index i = 0; i < size; ++i) {
    const bool imaginary = i / kSpectrumBlock<T> % 2 == 1;
    const Index re = imaginary ? i - kSpectrumBlock<T> : i, im = re + kSpectrumBlock<T>;
    double wanted = static_cast<double>(before[static_cast<std::size_t>(i)]);
    for (Index t = 0; t < terms; ++t) {
      const T *a = signal.data() + t * size, *b = kernel.data() + t * size;
      const double ar = static_cast<double>(a[re]), ai = static_cast<double>(a[im]);
      const double br = static_cast<double>(b[re]), bi = static_cast<double>(b[im]);
      wanted += imaginary ? ar * bi + ai * br : ar * br - ai * bi;
    }
    worst = std::max(worst, std::abs(wanted - static_cast<double>(sum[i])));
  }
  CHECK(worst < kAllowed<T>);
}

}  // namespace

TEST_CASE("simd: samples are converted by the one rule on every instruction set") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), big = 1e30f;
  std::vector<float> from{nan, big, -big, 0.5f, 1.5f, 2.5f, -0.5f, 254.5f, 255.5f, -32768.5f};
  std::mt19937 random(7);
  std::uniform_real_distribution<float> uniform(-70000, 70000);
  while (from.size() < 117) from.push_back(uniform(random));
  const auto check = [&]<class Int>(Int) {
    const Index count = static_cast<Index>(from.size());
    std::vector<Int> to(from.size());
    convert_samples(from.data(), count, to.data());
    std::vector<float> back(from.size());
    convert_samples(to.data(), count, back.data());
    for (std::size_t i = 0; i < from.size(); ++i) {
      CHECK(to[i] == rounded<Int>(from[i]));
      CHECK(back[i] == static_cast<float>(to[i]));
    }
  };
  for (const std::string& target : simd_targets()) {
    CAPTURE(target);
    force_simd_target(target);
    check(std::uint8_t{});
    check(std::uint16_t{});
    check(std::int16_t{});
    force_simd_target("");
  }
}

TEST_CASE("simd: every instruction set that is there computes the same sums") {
  const std::vector<std::string> targets = simd_targets();
  CHECK(targets.size() >= 2);
  for (const std::string& target : targets) {
    CAPTURE(target);
    force_simd_target(target);
    CHECK(simd_target() == target);
    std::mt19937 random(17);
    for (int trial = 0; trial < 150; ++trial) {
      check_rows<float>(random);
      check_rows<double>(random);
    }
    for (Index taps : {1, 15, 16, 63, 64, 65, 257}) {
      for (Index dilation : {1, 2}) {
        check_line<float>(random, taps, 601, dilation);
        check_line<double>(random, taps, 333, dilation);
      }
    }
    for (Index blocks : {1, 2, 3, 8, 9}) {
      check_spectra<float>(random, blocks, 5);
      check_spectra<double>(random, blocks, 5);
    }
    force_simd_target("");
  }
  CHECK_THROWS_AS(force_simd_target("AVX9"), Error);
}
