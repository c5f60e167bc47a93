// Real transforms: what a product of two spectra comes back as.
#include "engine/fft/sliced_transform.h"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "engine/nd/array.h"
#include "engine/simd/accumulate_spectra.h"
#include "engine/simd/targets.h"

using namespace faltung;

namespace {

template <class T>
Buffer<T> noise(Index count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  Buffer<T> result(count);
  for (T& x : result) x = static_cast<T>(uniform(random));
  return result;
}

template <class T>
Buffer<T> product(const RealTransform<T>& transform, const Buffer<T>& a, const Buffer<T>& b) {
  Buffer<T> sa(transform.spectrum_samples()), sb(transform.spectrum_samples());
  Buffer<T> sum(transform.spectrum_samples()), work(transform.work_samples());
  Buffer<T> out(transform.samples());
  transform.forward(a.data(), sa.data(), work.data());
  transform.forward(b.data(), sb.data(), work.data());
  const SpectrumRun<T> term{sa.data(), sb.data()};
  accumulate_spectra(sum.data(), &term, 1, transform.spectrum_samples(), SumStart::zero);
  transform.inverse(sum.data(), out.data(), work.data());
  return out;
}

// Largest error against the cyclic convolution, up to the sign where the last axis wraps around.
template <class T>
double convolution_error(const Shape& extents) {
  const auto transform = make_transform<T>(extents);
  const Buffer<T> a = noise<T>(extents.product(), 1), b = noise<T>(extents.product(), 2);
  const Buffer<T> out = product(*transform, a, b);
  const Shape strides = row_major_strides(extents);
  double worst = 0, peak = 0;
  Index at = 0;
  for_each_position(extents, [&](const Shape& n) {
    double straight = 0, wrapped = 0;
    for_each_position(extents, [&](const Shape& k) {
      Index from = 0, kernel = 0;
      for (int axis = 0; axis < extents.rank(); ++axis) {
        from += (n[axis] - k[axis] + extents[axis]) % extents[axis] * strides[axis];
        kernel += k[axis] * strides[axis];
      }
      (k.back() <= n.back() ? straight : wrapped) +=
          static_cast<double>(a[from]) * static_cast<double>(b[kernel]);
    });
    const double value = static_cast<double>(out[at++]);
    worst = std::max(worst, std::min(std::abs(value - straight - wrapped),
                                     std::abs(value - straight + wrapped)));
    peak = std::max(peak, std::abs(straight) + std::abs(wrapped));
  });
  return worst / peak;
}

template <class T>
double round_trip_error(const Shape& extents) {
  const auto transform = make_transform<T>(extents);
  const Buffer<T> x = noise<T>(extents.product(), 3);
  Buffer<T> spectrum(transform->spectrum_samples()), work(transform->work_samples());
  Buffer<T> back(x.size());
  transform->forward(x.data(), spectrum.data(), work.data());
  transform->inverse(spectrum.data(), back.data(), work.data());
  double worst = 0;
  for (Index i = 0; i < x.size(); ++i) {
    worst = std::max(worst, static_cast<double>(std::abs(x[i] - back[i])));
  }
  return worst;
}

const std::vector<Shape> kSmall = {Shape{64},     Shape{128},      Shape{256},      Shape{512},
                                   Shape{2, 64},  Shape{8, 128},   Shape{16, 64},   Shape{4, 2, 64},
                                   Shape{2, 4, 8, 64}, Shape{96},  Shape{210},      Shape{6, 70},
                                   Shape{3, 5, 64}, Shape{192}, Shape{320}, Shape{6, 128},
                                   Shape{20, 64}, Shape{12, 192}, Shape{10, 3, 320},
                                   Shape{5, 40, 64}, Shape{2, 3, 5, 64}, Shape{15, 64}};

}  // namespace

TEST_CASE("real_transform: a product of spectra is the cyclic convolution, on every target") {
  for (const std::string& target : simd_targets()) {
    CAPTURE(target);
    force_simd_target(target);
    for (const Shape& extents : kSmall) {
      CAPTURE(extents.text());
      CHECK(convolution_error<float>(extents) < 1e-6);
      CHECK(convolution_error<double>(extents) < 1e-14);
    }
    force_simd_target("");
  }
}

TEST_CASE("real_transform: inverse of forward is the identity, up to large sizes") {
  for (Index n = 64; n <= 1 << 18; n *= 2) {
    CAPTURE(n);
    CHECK(round_trip_error<float>(Shape{n}) < 2e-6);
    CHECK(round_trip_error<double>(Shape{n}) < 3e-15);
  }
  CHECK(round_trip_error<float>(Shape{128, 256}) < 2e-6);
  CHECK(round_trip_error<float>(Shape{32, 64, 128}) < 2e-6);
  CHECK(round_trip_error<float>(Shape{80, 96, 320}) < 2e-6);
  CHECK(round_trip_error<double>(Shape{160, 24, 192}) < 3e-15);
  CHECK(round_trip_error<double>(Shape{5 << 16}) < 3e-15);
  CHECK(round_trip_error<float>(Shape{48000}) < 2e-6);
}

TEST_CASE("real_transform: good extents are the smallest possible") {
  CHECK(good_extent(1, Family::tree, true) == 64);
  CHECK(good_extent(65, Family::tree, true) == 128);
  CHECK(good_extent(129, Family::tree, true) == 192);
  CHECK(good_extent(257, Family::tree, true) == 320);
  CHECK(good_extent(65, Family::tree, false) == 80);
  CHECK(good_extent(81, Family::tree, false) == 96);
  CHECK(good_extent(97, Family::tree, false) == 128);
  CHECK(good_extent(97, Family::fftw, true) == 98);
  CHECK(good_extent(11, Family::fftw, false) == 12);
  CHECK_THROWS_AS(make_transform<float>(Shape{11 * 64}), Error);
}

TEST_CASE("real_transform: absent, corrupt and unwritable wisdom only says so") {
  CHECK(!load_wisdom("/nowhere/wisdom"));
  CHECK(!save_wisdom("/proc/wisdom"));
  CHECK(round_trip_error<float>(Shape{96}) < 1e-6);
}

TEST_CASE("sliced_transform: its steps give what the whole gives, bit for bit") {
  for (Index extent : {64, 128, 192, 320, 4096, 1 << 16, 3 << 15}) {
    CAPTURE(extent);
    const auto transform = make_sliced_transform<float>(extent);
    const Index half = transform->samples() / 2;
    const Buffer<float> x = noise<float>(2 * half, 5);
    const Buffer<float> older = noise<float>(half, 5);
    Buffer<float> newer(half), whole(transform->spectrum_samples());
    std::copy_n(x.data() + half, half, newer.data());
    Buffer<float> pieces(whole.size()), back(2 * half), back_newer(half);
    transform->forward(x.data(), whole.data(), nullptr);
    for (Index step = 0; step < transform->steps(); ++step) {
      transform->forward_step(step, older.data(), newer.data(), pieces.data());
    }
    CHECK(std::equal(whole.begin(), whole.end(), pieces.begin()));
    transform->inverse(whole.data(), back.data(), nullptr);
    for (Index step = 0; step < transform->steps(); ++step) {
      transform->inverse_step(step, pieces.data(), back_newer.data());
    }
    CHECK(std::equal(back_newer.begin(), back_newer.end(), back.begin() + half));
  }
  CHECK_THROWS_AS(make_sliced_transform<float>(96), Error);
}
