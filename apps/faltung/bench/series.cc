// bench series: a short series from Python, where every call's overhead counts, and a long one
// through a long kernel.
#include <algorithm>
#include <cmath>

#include "apps/faltung/bench/array.h"
#include "apps/faltung/bench/bench.h"
#include "apps/faltung/bench/floor.h"
#include "apps/faltung/bench/python.h"

namespace faltung {
namespace {

struct SeriesCase {
  Index samples = 0;
  Index taps = 0;
  std::string name() const {
    return std::to_string(samples) + " samples x " + std::to_string(taps) + " taps";
  }
};

constexpr SeriesCase kSmall{1664, 65};
constexpr SeriesCase kLong{Index{1} << 20, Index{1} << 16};
constexpr SeriesCase kQuickLong{1 << 12, 1 << 8};

class SeriesBench {
 public:
  SeriesBench(const BenchOptions& options, BenchReport* report)
      : options_(options),
        effort_(bench_effort(options.quick)),
        report_(*report),
        scratch_(100e6),
        python_(scratch_, {"scipy", "faltung"}) {
    const std::string blas = python_.blas_note("NumPy", "faltung");
    if (!blas.empty()) report_.notes.push_back(blas);
  }

  // Faltung's package and NumPy in one process.
  void run_small(const std::string& type) {
    const std::string name = kSmall.name() + ", " + type + ", from Python";
    if (!python_.has("faltung")) {
      report_.notes.push_back(name + ": missing, for Faltung's package for Python is not there");
      return;
    }
    const Array<float> series = noise_array({kSmall.samples}, 1),
                       taps = noise_array({kSmall.taps}, 2);
    load(series, taps, type);
    const BenchReference reference = make_reference(name, series, taps);
    const auto error = [&](const Array<double>& out) { return reference.error_of(out); };
    const BenchPeer ours = python_.peer("Faltung", "faltung", "ours", effort_.turn_s, error);
    CopyFloor copy(kSmall.samples * (type == "float32" ? 4 : 8), nullptr);
    BenchCase bench_case{
        "series",
        name,
        ours.turn,
        ours.error,
        {python_.peer("NumPy convolve", "faltung", "numpys", effort_.turn_s, error)},
        [&] { return copy.seconds(effort_.turn_s); }};
    run_case(bench_case, effort_, &report_);
  }

  void run_long(const SeriesCase& series_case) {
    const Array<float> series = noise_array({series_case.samples}, 1);
    const Array<float> taps = noise_array({series_case.taps}, 2);
    load(series, taps, "float32");
    const BenchReference reference = make_reference(series_case.name(), series, taps);
    for (const int threads : {1, 2}) run_long(series_case, series, taps, reference, threads);
  }

 private:
  void load(const Array<float>& series, const Array<float>& taps, const std::string& type) {
    python_.load("series", series, type);
    python_.load("kernel", taps, type);
  }

  // The full convolution as a problem: flipped taps, padding on both sides.
  template <class T>
  static std::unique_ptr<ArrayRun<T>> prepared(const Array<float>& series, const Array<float>& taps,
                                               Machine& machine) {
    Array<double> flipped(Shape{1, 1, taps.size()});
    std::reverse_copy(taps.begin(), taps.end(), flipped.begin());
    LayerOptions options;
    options.stride = options.dilation = {1};
    options.padding = {{taps.size() - 1, taps.size() - 1}};
    return std::make_unique<ArrayRun<T>>(Shape{1, 1, series.size()}, flipped, options, machine);
  }

  BenchReference make_reference(const std::string& name, const Array<float>& series,
                                const Array<float>& taps) {
    Machine all(options_.general);
    const auto exact = prepared<double>(series, taps, all);
    exact->run(widened(series).reshaped({1, 1, series.size()}));
    BenchReference reference(std::move(exact->out));
    reference.check(name, [&](const Shape& position) {
      const Index n = position[2];
      double sum = 0;
      for (Index m = std::max<Index>(0, n - series.size() + 1); m <= std::min(n, taps.size() - 1);
           ++m) {
        sum += static_cast<double>(taps[m]) * static_cast<double>(series[n - m]);
      }
      return sum;
    });
    return reference;
  }

  void run_long(const SeriesCase& series_case, const Array<float>& series, const Array<float>& taps,
                const BenchReference& reference, int threads) {
    GeneralOptions general = options_.general;
    general.threads = threads;
    Machine machine(general);
    python_.set_threads(threads);
    const auto ours = prepared<float>(series, taps, machine);
    const Array<float> in = series.copy().reshaped({1, 1, series.size()});
    CopyFloor copy(ours->out.size() * 4, machine.setting(Clock::offline, "").workers);
    const auto peer = [&](const std::string& method) {
      return python_.peer("SciPy " + method, "scipy", method, effort_.turn_s,
                          [&](const Array<double>& out) { return reference.error_of(out); });
    };
    const BenchCase bench_case{"series",
                               with_threads(series_case.name() + ", float32", threads),
                               [&] { return fastest_call(effort_.turn_s, [&] { ours->run(in); }); },
                               [&] { return reference.error_of(ours->out); },
                               {peer("oaconvolve"), peer("fftconvolve")},
                               [&] { return copy.seconds(effort_.turn_s); }};
    run_case(bench_case, effort_, &report_);
    report_.records.push_back(
        prepare_record("series", bench_case.name, ours->prepare_s, reference.error_of(ours->out)));
    if (threads == 1) report_.notes.push_back(bench_case.name + ": Faltung chose " + ours->plan());
  }

  const BenchOptions& options_;
  const BenchEffort effort_;
  BenchReport& report_;
  const ScratchFolder scratch_;
  PythonPeers python_;
};

}  // namespace

BenchReport bench_series(const BenchOptions& options) {
  BenchReport report;
  SeriesBench bench(options, &report);
  for (const char* type : {"float64", "float32"}) bench.run_small(type);
  bench.run_long(options.quick ? kQuickLong : kLong);
  const std::vector<std::string> method = {
      "Full convolution of white noise; " + effort_text(bench_effort(options.quick)),
      "From Python: faltung.signal.convolve and numpy.convolve on the same arrays in the same "
      "process, all that a call does (checks, planning, a new result) included",
      "The long one: Faltung from C++ into memory that is there already; SciPy from Python, its "
      "transforms with as many threads",
      "The limit is copying the series (long: the output) once with as many threads",
      "Everyone's whole output is compared with Faltung in float64, which is checked by plain "
      "dot products at " +
          std::to_string(kCheckedOutputs) + " samples"};
  report.notes.insert(report.notes.begin(), method.begin(), method.end());
  return report;
}

}  // namespace faltung
