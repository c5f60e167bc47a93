// The part of `bench image` that filters a photograph.
#include "apps/faltung/bench/photo.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>

#include "apps/faltung/bench/array.h"
#include "apps/faltung/bench/floor.h"
#include "apps/faltung/bench/picture.h"
#include "apps/faltung/bench/python.h"
#include "engine/layers/convolve_image.h"

namespace faltung {
namespace {

constexpr Index kColors = 3;
constexpr Index kRows = 2160, kColumns = 3840;
constexpr Index kQuickRows = 40, kQuickColumns = 60;
constexpr double kUnit = 1 / 255.0;           // of the peak
constexpr double kWrongPhoto = 1.01 * kUnit;  // beyond rounding: OpenCV's gaussian has 8-bit taps

struct PhotoKernel {
  std::string name;
  Array<double> taps;  // values of float32
  bool gaussian = false;
};

// Random weights above 0, of sum 1: an average, as most filters of photographs are.
PhotoKernel average(Index extent) {
  const std::string n = std::to_string(extent);
  PhotoKernel kernel{n + "x" + n + " dense", Array<double>(Shape{extent, extent})};
  std::mt19937 random(static_cast<unsigned>(extent));
  double sum = 0;
  for (double& tap : kernel.taps) sum += tap = static_cast<double>(random() % 1000 + 1);
  for (double& tap : kernel.taps) tap = static_cast<double>(static_cast<float>(tap / sum));
  return kernel;
}

// What OpenCV's GaussianBlur takes for 5x5 where no sigma is given: 1 4 6 4 1.
PhotoKernel binomial() {
  constexpr double kRow[] = {1, 4, 6, 4, 1};
  PhotoKernel kernel{"5x5 gaussian", Array<double>(Shape{5, 5}), true};
  for (Index i = 0; i < 25; ++i) kernel.taps[i] = kRow[i / 5] * kRow[i % 5] / 256;
  return kernel;
}

using Photo = Array<std::uint8_t>;  // [row, column, color]

Photo random_photo(Index rows, Index columns) {
  Photo photo(Shape{rows, columns, kColors});
  std::mt19937 random(11);
  for (std::uint8_t& value : photo) value = static_cast<std::uint8_t>(random() >> 24);
  return photo;
}

LayerOptions reflecting(const PhotoKernel& kernel) {
  const Index reach = kernel.taps.extents()[0] / 2;
  LayerOptions options;
  options.stride = options.dilation = {1, 1};
  options.padding.assign(2, {reach, reach});
  options.boundary = Boundary::reflect;
  return options;
}

Array<double> as_weights(const PhotoKernel& kernel) {
  const Shape& taps = kernel.taps.extents();
  return kernel.taps.copy().reshaped({1, 1, taps[0], taps[1]});
}

// In float64, before rounding, by the way that takes colors apart: [color, 1, row, column].
Array<double> exact_planes(const PhotoKernel& kernel, const Photo& photo, Machine& machine) {
  const Index pixels = photo.size() / kColors;
  Array<double> planes(Shape{kColors, 1, photo.extents()[0], photo.extents()[1]});
  for (Index i = 0; i < photo.size(); ++i) planes[i % kColors * pixels + i / kColors] = photo[i];
  ArrayRun<double> exact(planes.extents(), as_weights(kernel), reflecting(kernel), machine);
  exact.run(planes);
  return std::move(exact.out);
}

ImageOptions image_options(const Photo& photo) {
  ImageOptions options;
  options.rows = photo.extents()[0];
  options.columns = photo.extents()[1];
  options.channels = kColors;
  options.boundary = Boundary::reflect;
  return options;
}

class PhotoBench {
 public:
  PhotoBench(const BenchOptions& options, BenchReport* report)
      : options_(options),
        effort_(bench_effort(options.quick)),
        report_(*report),
        photo_(options.quick ? random_photo(kQuickRows, kQuickColumns)
                             : random_photo(kRows, kColumns)),
        out_(photo_.extents()),
        scratch_(static_cast<double>(photo_.size()) * 8),
        python_(scratch_, {"cv2"}) {
    Array<float> values(photo_.extents());
    std::copy(photo_.begin(), photo_.end(), values.begin());
    python_.load("image", values, "uint8");
  }

  void run(const PhotoKernel& kernel) {
    python_.load("kernel", kernel.taps, "float32");
    Machine all(options_.general);
    const Array<double> exact = exact_planes(kernel, photo_, all);
    const BenchReference planes(exact.copy());
    planes.check(kernel.name, [&](const Shape& position) { return plain(kernel, position); });
    for (const int threads : {1, 2}) run_with(kernel, exact, threads);
  }

  std::string extents() const { return photo_.extents().text(); }

 private:
  double plain(const PhotoKernel& kernel, const Shape& position) const {
    const Index rows = photo_.extents()[0], columns = photo_.extents()[1];
    const Index reach = kernel.taps.extents()[0] / 2;
    double sum = 0;
    for_each_position(kernel.taps.extents(), [&](const Shape& k) {
      const Index y = source_index(position[2] + k[0] - reach, rows, Boundary::reflect);
      const Index x = source_index(position[3] + k[1] - reach, columns, Boundary::reflect);
      sum += kernel.taps(k) * photo_({y, x, position[0]});
    });
    return sum;
  }

  // How far from the nearest of the two integers around the exact value, of full scale.
  template <class Values>
  double error_of(const Values& values, const Array<double>& exact) const {
    if (values.size() != exact.size()) return 1;
    const Index pixels = exact.size() / kColors;
    double off = 0;
    for (Index i = 0; i < values.size(); ++i) {
      const double wanted = std::clamp(exact[i % kColors * pixels + i / kColors], 0.0, 255.0);
      off = std::max(off, std::abs(static_cast<double>(values[i]) - wanted) - 0.5);
    }
    return off * kUnit;
  }

  void run_with(const PhotoKernel& kernel, const Array<double>& exact, int threads) {
    GeneralOptions general = options_.general;
    general.threads = threads;
    Machine machine(general);
    python_.set_threads(threads);
    const Setting setting = machine.setting(Clock::offline, "");
    std::unique_ptr<ImageConvolution> ours;
    const double prepare_s = seconds_taken([&] {
      ours = std::make_unique<ImageConvolution>(image_options(photo_), kernel.taps.copy(),
                                                ArraySetting{setting.costs, setting.workers});
    });
    CopyFloor copy(photo_.size(), setting.workers);
    const auto error = [&](const Array<double>& out) { return error_of(out, exact); };
    BenchCase bench_case;
    bench_case.suite = "image";
    bench_case.name = with_threads("4K RGB 8-bit, " + kernel.name, threads);
    bench_case.turn = [&] {
      return fastest_call(effort_.turn_s,
                          [&] { ours->run<std::uint8_t>(photo_.view(), out_.view()); });
    };
    bench_case.error = [&] { return error_of(out_, exact); };
    bench_case.floor = [&] { return copy.seconds(effort_.turn_s); };
    bench_case.peers = {python_.peer("OpenCV filter2D", "cv2", "filter2D", effort_.turn_s, error)};
    if (kernel.gaussian) {
      bench_case.peers.push_back(
          python_.peer("OpenCV GaussianBlur", "cv2", "GaussianBlur", effort_.turn_s, error));
    }
    bench_case.group = "a photograph";
    bench_case.wrong_beyond = kWrongPhoto;
    run_case(bench_case, effort_, &report_);
    report_.records.push_back(
        prepare_record("image", bench_case.name, prepare_s, error_of(out_, exact)));
    if (threads == 1) {
      report_.notes.push_back("4K RGB 8-bit, " + kernel.name + ": Faltung chose " +
                              (ours->blurs_bytes() ? std::string("whole numbers of 16 bits")
                                                      : plan_text(ours->chosen())));
    }
  }

  const BenchOptions& options_;
  const BenchEffort effort_;
  BenchReport& report_;
  const Photo photo_;
  Photo out_;
  const ScratchFolder scratch_;
  PythonPeers python_;
};

}  // namespace

void bench_photo(const BenchOptions& options, BenchReport* report) {
  PhotoBench bench(options, report);
  report->notes.push_back(
      "The photograph is " + bench.extents() +
      " of 8 bits, colors side by side, in and out, in memory that "
      "is there already. Its error is what is more than the half unit that rounding "
      "takes; beyond a whole unit of 255 it is wrong");
  bench.run(average(3));
  bench.run(average(5));
  bench.run(binomial());
}

}  // namespace faltung
