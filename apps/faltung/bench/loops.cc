// bench loops: the engine's inner loops as shares of this machine's multiply-add rate, and its real
// transforms beside FFTW's.
#include <cmath>
#include <memory>
#include <random>

#include "apps/faltung/bench/bench.h"
#include "apps/faltung/bench/rounds.h"
#include "apps/faltung/bench/transforms.h"
#include "engine/convolve/line.h"
#include "engine/nd/array.h"
#include "engine/simd/accumulate_rows.h"
#include "engine/simd/accumulate_spectra.h"
#include "engine/simd/rates.h"
#include "engine/simd/targets.h"

namespace faltung {
namespace {

constexpr int kCheckedOutputs = 200;
constexpr double kRunSeconds = 2e-3;  // one turn of one loop

struct Loop {
  std::string name;
  double flops = 0;
  std::function<void()> call;
  std::function<double()> error;  // of what call has left
  long repeats = 1;
  double seconds = kNotMeasured;
};

template <class T>
std::shared_ptr<Buffer<T>> random_samples(Index size) {
  auto samples = std::make_shared<Buffer<T>>(size);
  std::mt19937 random(1);
  for (T& sample : *samples) {
    sample = static_cast<T>(static_cast<double>(random()) / 2147483648.0 - 1.0);
  }
  return samples;
}

// The largest |got − wanted| among random outputs, relative to the largest wanted.
template <class Got, class Wanted>
double checked_error(Index outputs, Index count, Got&& got, Wanted&& wanted) {
  std::mt19937 random(2);
  double off = 0, peak = 0;
  for (int i = 0; i < kCheckedOutputs; ++i) {
    const Index o = random() % static_cast<unsigned long>(outputs);
    const Index x = random() % static_cast<unsigned long>(count);
    const double value = wanted(o, x);
    off = std::max(off, std::abs(static_cast<double>(got(o, x)) - value));
    peak = std::max(peak, std::abs(value));
  }
  return off / peak;
}

// Everything that a call of accumulate_rows points to.
template <class T>
struct Rows {
  std::shared_ptr<Buffer<T>> in, weights;
  Buffer<T> out;
  std::vector<RowPlane<T>> planes;
  RowBlock<T> block;

  double wanted(Index o, Index x) const {
    const bool shared = block.sharing == Sharing::kernel;
    const Index first_row = shared ? o : 0;
    double sum = 0;
    for (const RowPlane<T>& plane : planes) {
      for (Index r = 0; r < block.rows; ++r) {
        for (Index k = 0; k < plane.taps; ++k) {
          const Index at = r * plane.taps + k;
          sum += static_cast<double>(plane.weights[shared ? at : at * block.outputs + o]) *
                 static_cast<double>(plane.samples[(first_row + r) * block.row_stride + x + k]);
        }
      }
    }
    return sum;
  }
};

template <class T>
Loop rows_loop(const std::string& name, Sharing sharing, Index channels, Index taps, Index width,
               Index outputs) {
  auto rows = std::make_shared<Rows<T>>();
  const bool shared = sharing == Sharing::kernel;
  const Index pitch = width + taps + kRowSlack;
  const Index plane_rows = taps + (shared ? outputs : 0);
  const Index plane_weights = taps * taps * (shared ? 1 : outputs);
  rows->in = random_samples<T>(channels * plane_rows * pitch);
  rows->weights = random_samples<T>(channels * plane_weights);
  rows->out = Buffer<T>(outputs * width);
  for (Index c = 0; c < channels; ++c) {
    rows->planes.push_back({rows->in->data() + c * plane_rows * pitch,
                            rows->weights->data() + c * plane_weights, taps});
  }
  RowBlock<T>& block = rows->block;
  block.planes = rows->planes.data();
  block.plane_count = channels;
  block.rows = taps;
  block.row_stride = pitch;
  block.out = rows->out.data();
  block.out_stride = width;
  block.outputs = outputs;
  block.count = width;
  block.sharing = sharing;
  const double flops = 2.0 * static_cast<double>(channels * taps * taps * width * outputs);
  return {name, flops, [rows] { accumulate_rows(rows->block); },
          [rows, width, outputs] {
            return checked_error(
                outputs, width, [&](Index o, Index x) { return rows->out[o * width + x]; },
                [&](Index o, Index x) { return rows->wanted(o, x); });
          }};
}

template <class T>
Loop line_loop(Index taps) {
  constexpr Index kCount = 2048;
  const auto in = random_samples<T>(kCount + taps + kRowSlack);
  const auto weights = random_samples<T>(taps);
  const auto out = std::make_shared<Buffer<T>>(kCount);
  return {"FIR line, " + std::to_string(taps) + " taps", 2.0 * static_cast<double>(taps * kCount),
          [=] {
            accumulate_line(RowPlane<T>{in->data(), weights->data(), taps}, 1, out->data(), kCount,
                            T(0), Start::bias);
          },
          [=] {
            return checked_error(
                1, kCount, [&](Index, Index x) { return (*out)[x]; },
                [&](Index, Index x) {
                  double sum = 0;
                  for (Index k = 0; k < taps; ++k) {
                    sum += static_cast<double>((*weights)[k]) * static_cast<double>((*in)[x + k]);
                  }
                  return sum;
                });
          }};
}

template <class T>
Loop spectra_loop(Index size, Index term_count, const std::string& where) {
  const auto signal = random_samples<T>(size * term_count);
  const auto kernel = random_samples<T>(size * term_count);
  const auto sum = std::make_shared<Buffer<T>>(size);
  const auto terms = std::make_shared<std::vector<SpectrumRun<T>>>();
  for (Index t = 0; t < term_count; ++t) {
    terms->push_back({signal->data() + t * size, kernel->data() + t * size});
  }
  constexpr Index kBlock = kSpectrumBlock<T>;
  // Complex multiply-add: 8 operations for 2 numbers.
  return {"spectra, " + std::to_string(term_count) + " terms from " + where,
          4.0 * static_cast<double>(size * term_count),
          [=] { accumulate_spectra(sum->data(), terms->data(), term_count, size, SumStart::zero); },
          [=] {
            return checked_error(
                1, size, [&](Index, Index x) { return (*sum)[x]; },
                [&](Index, Index x) {
                  const bool imaginary = x % (2 * kBlock) >= kBlock;
                  const Index re = imaginary ? x - kBlock : x, im = re + kBlock;
                  double value = 0;
                  for (Index t = 0; t < term_count; ++t) {
                    const double a = static_cast<double>((*signal)[t * size + re]);
                    const double b = static_cast<double>((*signal)[t * size + im]);
                    const double c = static_cast<double>((*kernel)[t * size + re]);
                    const double d = static_cast<double>((*kernel)[t * size + im]);
                    value += imaginary ? a * d + b * c : a * c - b * d;
                  }
                  return value;
                });
          }};
}

template <class T>
std::vector<Loop> loops() {
  std::vector<Loop> result;
  for (const Index taps : {3, 5, 7, 11, 15, 31, 63}) {
    result.push_back(rows_loop<T>("rows, " + std::to_string(taps) + "x" + std::to_string(taps),
                                  Sharing::kernel, 1, taps, 512, 8));
  }
  for (const Index outputs : {1, 2, 4, 8}) {
    result.push_back(rows_loop<T>("layer, 16 channels of 3x3, " + std::to_string(outputs) +
                                      (outputs == 1 ? " output" : " outputs"),
                                  Sharing::signal, 16, 3, 112, outputs));
  }
  for (const Index taps : {32, 256, 4096}) result.push_back(line_loop<T>(taps));
  result.push_back(spectra_loop<T>(1024, 4, "level 1"));
  result.push_back(spectra_loop<T>(32768, 8, "levels 2 and 3"));
  return result;
}

// All loops of one type on the instruction set in use, which the rate belongs to, too.
template <class T>
void bench_type(const BenchOptions& options, const std::string& type, BenchReport* report) {
  std::vector<Loop> all = loops<T>();
  double ceiling = 0;
  std::vector<std::function<void()>> turns;
  for (Loop& loop : all) {
    loop.repeats = options.quick ? 1 : repeats_for(kRunSeconds, loop.call);
    turns.push_back([&loop] {
      keep_least(&loop.seconds, seconds_taken([&] {
                                  for (long i = 0; i < loop.repeats; ++i) loop.call();
                                }) / static_cast<double>(loop.repeats));
    });
  }
  turns.push_back([&ceiling] { ceiling = std::max(ceiling, fma_rate<T>()); });
  take_turns(options.quick ? 1 : kBenchRounds, turns);
  for (const Loop& loop : all) {
    BenchRecord record{"loops",
                       loop.name + ", " + type + ", " + simd_target(),
                       "rate",
                       "flop/s",
                       loop.flops / loop.seconds,
                       {},
                       ceiling,
                       loop.error()};
    if (!(record.error <= kWrongOutput)) {
      throw Error(Code::failure, record.name + " is wrong: its error is " +
                                     std::to_string(record.error) + " of the peak");
    }
    report->records.push_back(std::move(record));
  }
}

// Back to the best, whatever happens.
struct BestTargetAgain {
  BestTargetAgain() = default;
  BestTargetAgain(const BestTargetAgain&) = delete;
  BestTargetAgain& operator=(const BestTargetAgain&) = delete;
  ~BestTargetAgain() { force_simd_target(""); }
};

}  // namespace

BenchReport bench_loops(const BenchOptions& options) {
  BenchReport report;
  {
    const BestTargetAgain guard;
    for (const std::string& target : simd_targets()) {
      force_simd_target(target);
      bench_type<float>(options, "float32", &report);
      bench_type<double>(options, "float64", &report);
    }
  }
  bench_transforms(options, &report);
  report.notes = {
      "One thread; the least time of " + std::to_string(options.quick ? 1 : kBenchRounds) +
          " rounds in turns",
      "The limit of a rate is the multiply-add rate of the same type on the same instruction set, "
      "on registers alone, the best of the same rounds; a complex multiply-add counts 8 operations",
      "The limit of a transform is copying its samples once; FFTW plans for a second at most, and "
      "is left out where Faltung itself uses it",
      "Errors are against plain loops in float64 at " + std::to_string(kCheckedOutputs) +
          " outputs; those of a transform and its inverse are of a convolution of three taps"};
  return report;
}

}  // namespace faltung
