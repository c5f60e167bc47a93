// What work costs on this machine: measured once, kept on disk, handed to the planner.
#include "engine/convolve/cost.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <vector>

#include "engine/convolve/line.h"
#include "engine/convolve/moving_sum.h"
#include "engine/fft/real_transform.h"
#include "engine/nd/array.h"
#include "engine/simd/accumulate_spectra.h"
#include "engine/simd/multiply_panels.h"
#include "engine/simd/rates.h"
#include "engine/simd/targets.h"

namespace faltung {
namespace {

constexpr int kVersion = 10;      // of the text form and of what is measured
constexpr int kRuns = 3;         // the best of so many: noise only slows down
constexpr double kRunSeconds = 0.5e-3;
constexpr double kNearBytes = 256 << 10;   // in level 2 of today's cores
constexpr double kMiddleBytes = 6 << 20;   // in level 3
constexpr double kFarBytes = 64 << 20;     // in memory
constexpr double kFarCopies = 2.5;  // what a transform and back move besides, where it leaves level 3

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

template <class T>
double rows_rate(Index taps) {
  const Index width = 512, rows = 8, pitch = width + taps + kRowSlack;
  const Buffer<T> in((rows + taps) * pitch), weights(taps * taps);
  Buffer<T> out(rows * width);
  const RowPlane<T> plane{in.data(), weights.data(), taps};
  RowBlock<T> block;
  block.planes = &plane;
  block.plane_count = 1;
  block.rows = taps;
  block.row_stride = pitch;
  block.out = out.data();
  block.out_stride = width;
  block.outputs = rows;
  block.count = width;
  const double flops = 2.0 * static_cast<double>(taps * taps * width * rows);
  return flops / seconds_of([&] { accumulate_rows(block); });
}

template <class T>
double line_rate(Index taps, Index count) {
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
  Buffer<T> out(kRows * kWidth);
  std::vector<RowPlane<T>> planes;
  for (Index i = 0; i < kPlanes; ++i) {
    planes.push_back({in.data() + i * pitch + i % 7, weights.data() + i, 1});
  }
  RowBlock<T> block;
  block.planes = planes.data();
  block.plane_count = kPlanes;
  block.rows = 1;
  block.row_stride = pitch;
  block.out = out.data();
  block.out_stride = kWidth;
  block.outputs = kRows;
  block.count = kWidth;
  return 2.0 * kPlanes * kWidth * kRows / seconds_of([&] { accumulate_rows(block); });
}

template <class T>
double layer_rate() {
  constexpr Index kChannels = 16, kTaps = 3, kWidth = 112, kOuts = 8;
  const Index pitch = kWidth + kTaps + kRowSlack;
  const Buffer<T> in(kChannels * kTaps * pitch), weights(kChannels * kTaps * kTaps * kOuts);
  Buffer<T> out(kOuts * kWidth);
  std::vector<RowPlane<T>> planes;
  for (Index c = 0; c < kChannels; ++c) {
    planes.push_back({in.data() + c * kTaps * pitch,
                      weights.data() + c * kTaps * kTaps * kOuts, kTaps});
  }
  RowBlock<T> block;
  block.planes = planes.data();
  block.plane_count = kChannels;
  block.rows = kTaps;
  block.row_stride = pitch;
  block.out = out.data();
  block.out_stride = kWidth;
  block.outputs = kOuts;
  block.count = kWidth;
  block.sharing = Sharing::signal;
  return 2.0 * kChannels * kTaps * kTaps * kWidth * kOuts /
         seconds_of([&] { accumulate_rows(block); });
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
  c.rows_small = rows_rate<T>(3);
  c.rows_middle = rows_rate<T>(5);
  c.rows_large = rows_rate<T>(15);
  c.line_small = line_rate<T>(3, 1024);
  c.line = line_rate<T>(32, 1024);
  c.head = line_rate<T>(128, 64);
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

// Which processor the numbers belong to.
std::string machine() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  std::string line;
  while (std::getline(cpuinfo, line)) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2) + " " + simd_target();
  }
  return "unknown " + simd_target();
}

template <class Visit>
void for_each_rate(Costs::OfType& c, const std::string& prefix, Visit&& visit) {
  visit(prefix + "fma", c.fma);
  visit(prefix + "rows_small", c.rows_small);
  visit(prefix + "rows_middle", c.rows_middle);
  visit(prefix + "rows_large", c.rows_large);
  visit(prefix + "line_small", c.line_small);
  visit(prefix + "line", c.line);
  visit(prefix + "scattered", c.scattered);
  visit(prefix + "layer", c.layer);
  visit(prefix + "panels", c.panels);
  visit(prefix + "head", c.head);
  visit(prefix + "spectra_near", c.spectra_near);
  visit(prefix + "spectra", c.spectra);
  visit(prefix + "spectra_far", c.spectra_far);
  for (std::size_t i = 0; i < c.lines.size(); ++i) {
    visit(prefix + "lines" + std::to_string(i), c.lines[i]);
  }
  visit(prefix + "transform", c.transform);
  visit(prefix + "fftw", c.fftw);
  visit(prefix + "copy", c.copy);
  visit(prefix + "cached_copy", c.cached_copy);
  visit(prefix + "box_rows", c.box_rows);
  visit(prefix + "box_lines", c.box_lines);
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

std::string costs_text(const Costs& costs) {
  Costs copy = costs;
  std::ostringstream out;
  out.precision(6);
  out << "faltung costs " << kVersion << "\nmachine " << machine() << "\n";
  const auto write = [&](const std::string& key, double value) { out << key << ' ' << value << '\n'; };
  for_each_rate(copy.float32, "float32.", write);
  for_each_rate(copy.float64, "float64.", write);
  return out.str();
}

bool parse_costs(const std::string& text, Costs* costs) {
  std::istringstream in(text);
  std::string line;
  if (!std::getline(in, line) || line != "faltung costs " + std::to_string(kVersion)) return false;
  if (!std::getline(in, line) || line != "machine " + machine()) return false;
  std::map<std::string, double> values;
  std::string key;
  for (double value = 0; in >> key >> value;) values[key] = value;
  Costs result;
  bool complete = true;
  const auto read = [&](const std::string& name, double& value) {
    const auto found = values.find(name);
    complete = complete && found != values.end() && found->second > 0 &&
               std::isfinite(found->second);
    if (complete) value = found->second;
  };
  for_each_rate(result.float32, "float32.", read);
  for_each_rate(result.float64, "float64.", read);
  if (complete) *costs = result;
  return complete;
}

double line_transform_seconds(const Costs::OfType& c, Index samples) noexcept {
  // Between two measured sizes the cost for each sample is interpolated on the logarithm.
  const double last = static_cast<double>(c.lines.size() - 1);
  const double at = std::clamp((std::log2(static_cast<double>(samples)) - 6) / 2, 0.0, last);
  const std::size_t i = static_cast<std::size_t>(std::min(at, last - 1));
  const auto per_sample = [&](std::size_t n) { return c.lines[n] / static_cast<double>(Index{64} << 2 * n); };
  const double share = at - static_cast<double>(i);
  return static_cast<double>(samples) * ((1 - share) * per_sample(i) + share * per_sample(i + 1));
}

double run_rate(const Costs::OfType& c, double taps) noexcept {
  if (taps >= 32) return c.line;
  const double few = taps < 3 ? 1 : 3, many = taps < 3 ? 3 : 32;
  const double share = std::log(std::max(taps, 1.0) / few) / std::log(many / few);
  return taps < 3 ? c.scattered + share * (c.line_small - c.scattered)
                  : c.line_small + share * (c.line - c.line_small);
}

double transform_rate(const Costs::OfType& c, double samples) noexcept {
  return c.transform + far_share(samples) * kFarCopies * c.copy / std::log2(samples);
}

double far_share(double samples) noexcept {
  constexpr double kNear = 21, kFar = 22;  // log2: where spectra of float32 leave level 3
  return std::clamp((std::log2(samples) - kNear) / (kFar - kNear), 0.0, 1.0);
}

double spectra_rate(const Costs::OfType& c, double bytes) noexcept {
  // Seconds for each operation, interpolated on the logarithm of the size.
  const double sizes[] = {kNearBytes, kMiddleBytes, kFarBytes};
  const double rates[] = {c.spectra_near, c.spectra, c.spectra_far};
  const int i = bytes < kMiddleBytes ? 0 : 1;
  const double share =
      std::clamp(std::log(bytes / sizes[i]) / std::log(sizes[i + 1] / sizes[i]), 0.0, 1.0);
  return 1 / ((1 - share) / rates[i] + share / rates[i + 1]);
}

namespace {
double rounding(SampleType type) { return type == SampleType::float32 ? 0x1p-24 : 0x1p-53; }
}  // namespace

double direct_error(SampleType type, double taps) noexcept {
  return rounding(type) * (1 + 0.5 * std::sqrt(taps));
}

double transform_error(SampleType type, double samples) noexcept {
  return rounding(type) * (1 + 2 * std::sqrt(std::log2(std::max(samples, 2.0))));
}

}  // namespace faltung
