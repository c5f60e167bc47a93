// bench image: a large float32 image through small and large kernels, and a photograph of 8 bits.
#include <algorithm>
#include <cmath>
#include <memory>

#include "apps/faltung/bench/array.h"
#include "apps/faltung/bench/bench.h"
#include "apps/faltung/bench/floor.h"
#include "apps/faltung/bench/photo.h"
#include "apps/faltung/bench/picture.h"
#include "apps/faltung/bench/python.h"

namespace faltung {
namespace {

constexpr Index kLargestNdimage = 11;  // scipy.ndimage takes many seconds beyond
constexpr Index kExtent = 4096;
constexpr Index kQuickExtent = 96;

// One library's way of doing a case.
struct Way {
  const char* name;
  const char* library;
  const char* method;  // of bench_peers.py
  bool (*takes)(const ImageKernel&);
};

constexpr Way kWays[] = {
    {"OpenCV filter2D", "cv2", "filter2D", [](const ImageKernel&) { return true; }},
    {"OpenCV sepFilter2D", "cv2", "sepFilter2D",
     [](const ImageKernel& kernel) { return kernel.separable(); }},
    {"OpenCV blur", "cv2", "blur", [](const ImageKernel& kernel) { return kernel.box; }},
    {"SciPy ndimage.correlate", "scipy", "correlate",
     [](const ImageKernel& kernel) { return kernel.taps <= kLargestNdimage; }},
    {"SciPy ndimage.correlate1d", "scipy", "correlate1d",
     [](const ImageKernel& kernel) { return kernel.separable(); }},
    {"SciPy ndimage.uniform_filter", "scipy", "uniform_filter",
     [](const ImageKernel& kernel) { return kernel.box; }},
    {"SciPy oaconvolve", "scipy", "oaconvolve_image",
     [](const ImageKernel& kernel) { return kernel.taps > kLargestNdimage; }}};

class ImageBench {
 public:
  ImageBench(const BenchOptions& options, BenchReport* report)
      : options_(options),
        effort_(bench_effort(options.quick)),
        report_(*report),
        extent_(options.quick ? kQuickExtent : kExtent),
        scratch_(static_cast<double>(extent_ * extent_) * 16),
        python_(scratch_, {"cv2", "scipy"}),
        image_(random_image(extent_)),
        in_(image_.copy().reshaped({1, 1, extent_, extent_})) {
    python_.load("image", image_);
  }

  void run(const ImageKernel& kernel) {
    python_.load("kernel", kernel.dense, "float32");  // float64 taps would slow some down
    if (kernel.separable()) python_.load("row", kernel.row, "float32");
    const BenchReference reference = make_reference(kernel);
    for (const int threads : {1, 2}) run_with(kernel, reference, threads);
  }

 private:
  BenchReference make_reference(const ImageKernel& kernel) {
    Machine machine(options_.general);
    ArrayRun<double> exact(image_problem(kernel, extent_), 1, machine);
    exact.run(widened(in_));
    BenchReference reference(std::move(exact.out));
    reference.check(kernel.name(), [&](const Shape& position) {
      return plain_pixel(image_, kernel, position[2], position[3]);
    });
    return reference;
  }

  void run_with(const ImageKernel& kernel, const BenchReference& reference, int threads) {
    GeneralOptions general = options_.general;
    general.threads = threads;
    Machine machine(general);
    python_.set_threads(threads);
    ArrayRun<float> ours(image_problem(kernel, extent_), 1, machine);
    CopyFloor copy(image_.size() * 4, machine.setting(Clock::offline, "").workers);
    BenchCase bench_case;
    bench_case.suite = "image";
    bench_case.name = with_threads(kernel.name(), threads);
    bench_case.group = kernel.box           ? "boxes"
                       : kernel.separable() ? "separable kernels"
                                            : "dense kernels";
    bench_case.turn = [&] { return fastest_call(effort_.turn_s, [&] { ours.run(in_); }); };
    bench_case.error = [&] { return reference.error_of(ours.out); };
    bench_case.floor = [&] { return copy.seconds(effort_.turn_s); };
    for (const Way& way : kWays) {
      if (!way.takes(kernel)) continue;
      bench_case.peers.push_back(
          python_.peer(way.name, way.library, way.method, effort_.turn_s,
                       [&](const Array<double>& out) { return reference.error_of(out); }));
    }
    run_case(bench_case, effort_, &report_);
    report_.records.push_back(
        prepare_record("image", bench_case.name, ours.prepare_s, reference.error_of(ours.out)));
    if (threads == 1) report_.notes.push_back(kernel.name() + ": Faltung chose " + ours.plan());
  }

  const BenchOptions& options_;
  const BenchEffort effort_;
  BenchReport& report_;
  const Index extent_;
  const ScratchFolder scratch_;
  PythonPeers python_;
  const Array<float> image_;  // for the peers
  const Array<float> in_;     // the same with item and channel
};

std::vector<std::string> how_it_was_measured(const BenchOptions& options) {
  const std::string extent = std::to_string(options.quick ? kQuickExtent : kExtent);
  return {
      "Correlation of a " + extent + "x" + extent +
          " float32 image, boundary reflect, in memory; " +
          effort_text(bench_effort(options.quick)),
      "Separable kernels are gaussians. Faltung is given every kernel as a dense one, and finds "
      "factors and boxes itself; sepFilter2D, correlate1d, blur and uniform_filter are told them",
      "scipy.ndimage.correlate is left out beyond " + std::to_string(kLargestNdimage) +
          " taps a side, where it takes many seconds; oaconvolve takes its place, its transforms "
          "with as many threads as Faltung",
      "Everyone's whole output is compared with Faltung in float64, which is checked by plain "
      "loops at " +
          std::to_string(kCheckedOutputs) + " pixels",
      "Everybody but oaconvolve writes into memory that is already there",
      "The limit is copying the image once with as many threads"};
}

}  // namespace

BenchReport bench_image(const BenchOptions& options) {
  BenchReport report;
  {
    ImageBench bench(options, &report);
    const std::vector<Index> sizes =
        options.quick ? std::vector<Index>{3, 15} : std::vector<Index>{3, 5, 7, 11, 15, 31, 63};
    for (const Index taps : sizes) bench.run(dense_kernel(taps));
    for (const Index taps : sizes) bench.run(gaussian_kernel(taps));
    for (const Index taps : sizes) {
      if (taps == 3 || taps >= 15) bench.run(box_kernel(taps));
    }
  }
  const std::vector<std::string> method = how_it_was_measured(options);
  report.notes.insert(report.notes.begin(), method.begin(), method.end());
  bench_photo(options, &report);
  return report;
}

}  // namespace faltung
