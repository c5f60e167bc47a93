// Measures what work costs on this machine.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

#include "engine/convolve/cost.h"
#include "engine/convolve/line.h"
#include "engine/convolve/moving_sum.h"
#include "engine/convolve/prediction.h"
#include "engine/fft/real_transform.h"
#include "engine/nd/array.h"
#include "engine/simd/accumulate_spectra.h"
#include "engine/simd/multiply_panels.h"
#include "engine/simd/rates.h"

namespace faltung {
namespace {

constexpr int kRuns = 3;         // the best of so many: noise only slows down
constexpr double kRunSeconds = 0.5e-3;

// Seconds of one call of work(), the best of some runs.
template <class Work>
double seconds_of(Work&& work) {
  using Clock = std::chrono::steady_clock;
  const auto timed = [&](long repeats) {
    const auto start = Clock::now();
    for (long i = 0; i < repeats; ++i) work();
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  work();
  long repeats = 1;
  double once = timed(1);
  while (once < kRunSeconds / 2) {
    repeats *= 2;
    once = timed(repeats);
  }
  double best = once / static_cast<double>(repeats);
  for (int run = 1; run < kRuns; ++run) {
    best = std::min(best, timed(repeats) / static_cast<double>(repeats));
  }
  return best;
}

// Of accumulate_rows: outputs of so many samples, each from all planes.
template <class T>
double block_seconds(const std::vector<RowPlane<T>>& planes, Index rows, Index pitch,
                     Index outputs, Index width, Sharing sharing = Sharing::kernel) {
  Buffer<T> out(outputs * width);
  RowBlock<T> block;
  block.planes = planes.data();
  block.plane_count = std::ssize(planes);
  block.rows = rows;
  block.row_stride = pitch;
  block.out = out.data();
  block.out_stride = width;
  block.outputs = outputs;
  block.count = width;
  block.sharing = sharing;
  return seconds_of([&] { accumulate_rows(block); });
}

template <class T>
double measured_rows_rate(Index taps) {
  const Index width = 512, rows = 8, pitch = width + taps + kRowSlack;
  const Buffer<T> in((rows + taps) * pitch), weights(taps * taps);
  const std::vector<RowPlane<T>> planes{{in.data(), weights.data(), taps}};
  return 2.0 * static_cast<double>(taps * taps * width * rows) /
         block_seconds(planes, taps, pitch, rows, width);
}

template <class T>
double measured_line_rate(Index taps, Index count) {
  const Buffer<T> in(count + taps + kRowSlack), weights(taps);
  Buffer<T> out(count);
  const RowPlane<T> plane{in.data(), weights.data(), taps};
  return 2.0 * static_cast<double>(taps * count) / seconds_of([&] {
           accumulate_line(plane, 1, out.data(), count, T(0), Start::bias);
         });
}

// Planes of one tap each.
template <class T>
double scattered_rate() {
  constexpr Index kPlanes = 32, kWidth = 1024, kRows = 4;
  const Index pitch = kWidth + kRowSlack;
  const Buffer<T> in((kPlanes + kRows) * pitch), weights(kPlanes);
  std::vector<RowPlane<T>> planes;
  for (Index i = 0; i < kPlanes; ++i) {
    planes.push_back({in.data() + i * pitch + i % 7, weights.data() + i, 1});
  }
  return 2.0 * kPlanes * kWidth * kRows / block_seconds(planes, 1, pitch, kRows, kWidth);
}

template <class T>
double layer_rate() {
  constexpr Index kChannels = 16, kTaps = 3, kWidth = 112, kOuts = 8;
  const Index pitch = kWidth + kTaps + kRowSlack;
  const Buffer<T> in(kChannels * kTaps * pitch), weights(kChannels * kTaps * kTaps * kOuts);
  std::vector<RowPlane<T>> planes;
  for (Index c = 0; c < kChannels; ++c) {
    planes.push_back({in.data() + c * kTaps * pitch,
                      weights.data() + c * kTaps * kTaps * kOuts, kTaps});
  }
  return 2.0 * kChannels * kTaps * kTaps * kWidth * kOuts /
         block_seconds(planes, kTaps, pitch, kOuts, kWidth, Sharing::signal);
}

template <class T>
double panels_rate() {
  constexpr Index kRows = 128, kColumns = 256, kDepth = 256;
  const PanelSizes sizes = panel_sizes<T>();
  const Buffer<T> rows(kRows * kDepth), columns((kColumns + kMostPanelColumns) * kDepth);
  Buffer<T> out(kRows * kColumns);
  PanelProduct<T> product;
  product.rows = rows.data();
  product.columns = columns.data();
  product.row_count = kRows;
  product.column_count = kColumns;
  product.depth = kDepth;
  product.row_panel_stride = sizes.rows * kDepth;
  product.column_depth_stride = sizes.columns;
  product.column_panel_stride = sizes.columns * kDepth;
  product.out = out.data();
  product.out_stride = kColumns;
  return 2.0 * kRows * kColumns * kDepth / seconds_of([&] { multiply_panels(product); });
}

// One signal of some spectra against the kernels in `bytes` of memory.
template <class T>
double measured_spectra_rate(const T* kernel, double bytes) {
  constexpr Index kSize = 2048, kTerms = 8;
  const Index kernels = std::max<Index>(1, std::lround(bytes / (kSize * kTerms * sizeof(T))));
  const Buffer<T> signal(kSize * kTerms);
  Buffer<T> sum(kSize);
  constexpr Index kStep = kTerms * kSpectrumChunk<T>;
  return 4.0 * static_cast<double>(kSize * kTerms * kernels) / seconds_of([&] {
           for (Index k = 0; k < kernels; ++k) {
             const SpectrumRun<T> run{signal.data(), kernel + k * kSize * kTerms, kTerms, kStep,
                                      kStep};
             accumulate_spectra(sum.data(), &run, 1, kSize, SumStart::zero);
           }
         });
}

template <class T>
double measured_spectra_rate(double bytes) {
  const Buffer<T> kernel(std::lround(bytes / sizeof(T)));
  return measured_spectra_rate(kernel.data(), bytes);
}

// Seconds of a forward and an inverse transform.
template <class T>
double pair_seconds(const Shape& extents) {
  const auto transform = make_transform<T>(extents);
  Buffer<T> x(transform->samples()), spectrum(transform->spectrum_samples());
  Buffer<T> work(transform->work_samples());
  return seconds_of([&] {
    transform->forward(x.data(), spectrum.data(), work.data());
    transform->inverse(spectrum.data(), x.data(), work.data());
  });
}

// The same for each sample and each doubling of the size.
template <class T>
double transform_cost(const Shape& extents) {
  const double n = static_cast<double>(extents.product());
  return pair_seconds<T>(extents) / (n * std::log2(n));
}

// Of samples in the first half of a buffer to the second half.
template <class T>
double copy_cost(Buffer<T>& memory) {
  const Index samples = memory.size() / 2;
  return seconds_of([&] { std::copy_n(memory.begin(), samples, memory.begin() + samples); }) /
         static_cast<double>(samples);
}

constexpr Index kBoxTaps = kMostDoubledTaps + 1;  // of measured sums: any more cost the same

template <class T>
double box_rows_cost() {
  constexpr Index kWidth = 1024, kRows = 2 * kBoxTaps;
  const Buffer<T> in((kRows + kBoxTaps) * kWidth);
  Buffer<T> out(kRows * kWidth), scratch((kBoxTaps + 1) * kWidth);
  return seconds_of([&] {
           sum_positions(in.data(), kBoxTaps, kWidth, out.data(), kRows, scratch.data());
         }) / static_cast<double>(kRows * kWidth);
}

template <class T>
double box_lines_cost() {
  constexpr Index kWidth = 1024, kPitch = kWidth + kBoxTaps;
  const Buffer<T> in(kLinesAtOnce * kPitch);
  Buffer<T> out(kLinesAtOnce * kWidth), scratch(line_scratch(kBoxTaps));
  return seconds_of([&] {
           sum_lines(in.data(), kPitch, kBoxTaps, T(1), T(0), out.data(), kWidth, kWidth,
                     kLinesAtOnce, scratch.data());
         }) / static_cast<double>(kLinesAtOnce * kWidth);
}

template <class T>
Costs::OfType measure() {
  Buffer<T> cached(1 << 16);  // within level 2
  Costs::OfType c;
  c.fma = fma_rate<T>();
  c.rows_small = measured_rows_rate<T>(3);
  c.rows_middle = measured_rows_rate<T>(5);
  c.rows_large = measured_rows_rate<T>(15);
  c.line_small = measured_line_rate<T>(3, 1024);
  c.line = measured_line_rate<T>(32, 1024);
  c.head = measured_line_rate<T>(128, 64);
  c.scattered = scattered_rate<T>();
  c.layer = layer_rate<T>();
  c.panels = panels_rate<T>();
  c.spectra_near = measured_spectra_rate<T>(kNearBytes);
  c.spectra = measured_spectra_rate<T>(kMiddleBytes);
  for (std::size_t i = 0; i < c.lines.size(); ++i) c.lines[i] = pair_seconds<T>(Shape{Index{64} << 2 * i});
  c.transform = std::max(transform_cost<T>(Shape{8192}), transform_cost<T>(Shape{128, 128}));
  c.fftw = transform_cost<T>(Shape{96, 108});
  c.cached_copy = copy_cost(cached);
  c.box_rows = box_rows_cost<T>();
  c.box_lines = box_lines_cost<T>();
  return c;
}

}  // namespace

Costs measure_costs() {
  Costs costs{measure<float>(), measure<double>()};
  // Memory moves bytes, whatever they mean.
  Buffer<float> far(static_cast<Index>(kFarBytes / sizeof(float)));
  costs.float32.copy = copy_cost(far);
  costs.float64.copy = 2 * costs.float32.copy;
  costs.float32.spectra_far = measured_spectra_rate(far.data(), kFarBytes);
  costs.float64.spectra_far = costs.float32.spectra_far / 2;
  return costs;
}

}  // namespace faltung
