// bench volume: a float32 volume through small and large kernels, in memory.
#include <algorithm>

#include "apps/faltung/bench/array.h"
#include "apps/faltung/bench/bench.h"
#include "apps/faltung/bench/floor.h"
#include "apps/faltung/bench/python.h"
#include "apps/faltung/bench/volume_kernel.h"

namespace faltung {
namespace {

constexpr Index kExtent = 256;
constexpr Index kQuickExtent = 24;
constexpr Index kLargestNdimage = 3;  // scipy.ndimage.convolve takes 10 s and more beyond
constexpr int kCheckedVoxels = 200;   // each takes up to 31³ multiply-adds
constexpr int kMilliSigma = 2500;     // of the gaussian: 2.5 voxels

double plain_voxel(const Array<float>& volume, const VolumeKernel& kernel, const Shape& position) {
  const Index extent = volume.extents()[0], reach = kernel.extent() / 2;
  double sum = 0;
  for_each_position(kernel.taps.extents(), [&](const Shape& k) {
    Shape at;
    for (int axis = 0; axis < 3; ++axis) at.push_back(position[axis + 2] + k[axis] - reach);
    if (*std::min_element(at.begin(), at.end()) < 0) return;
    if (*std::max_element(at.begin(), at.end()) >= extent) return;
    sum += kernel.taps(k) * static_cast<double>(volume(at));
  });
  return sum;
}

class VolumeBench {
 public:
  VolumeBench(const BenchOptions& options, BenchReport* report)
      : options_(options),
        effort_(bench_effort(options.quick)),
        report_(*report),
        extent_(options.quick ? kQuickExtent : kExtent),
        shape_{1, 1, extent_, extent_, extent_},
        scratch_(static_cast<double>(shape_.product()) * 16),
        python_(scratch_, {"scipy"}),
        volume_(noise_array(shape_.from(2), 5)),
        in_(noise_array(shape_, 5)) {
    python_.load("image", volume_);
    python_.set("milli_sigma", kMilliSigma);
    python_.set("milli_truncate", 1000 * kGaussianTruncate);
  }

  void run(const VolumeKernel& kernel) {
    if (kernel.extent() > extent_) return;
    python_.load("kernel", kernel.taps, "float32");
    Machine all(options_.general);
    ArrayRun<double> exact(shape_, layer_weights(kernel), options_for(kernel), all);
    exact.run(widened(in_));
    const BenchReference reference(std::move(exact.out));
    reference.check(
        kernel.name, [&](const Shape& position) { return plain_voxel(volume_, kernel, position); },
        kCheckedVoxels);
    for (const int threads : {1, 2}) run_with(kernel, reference, threads);
  }

  std::string shape_text() const { return shape_.from(2).text(); }

 private:
  static Array<double> layer_weights(const VolumeKernel& kernel) {
    const Index n = kernel.extent();
    return kernel.taps.copy().reshaped({1, 1, n, n, n});
  }

  static LayerOptions options_for(const VolumeKernel& kernel) {
    const Index reach = kernel.extent() / 2;
    LayerOptions options;
    options.stride = options.dilation = {1, 1, 1};
    options.padding.assign(3, {reach, reach});
    return options;
  }

  void run_with(const VolumeKernel& kernel, const BenchReference& reference, int threads) {
    GeneralOptions general = options_.general;
    general.threads = threads;
    Machine machine(general);
    python_.set_threads(threads);
    ArrayRun<float> ours(shape_, layer_weights(kernel), options_for(kernel), machine);
    CopyFloor copy(in_.size() * 4, machine.setting(Clock::offline, "").workers);
    const double flops = 2.0 * static_cast<double>(in_.size() * kernel.taps.size());
    const bool direct = ours.convolution().chosen().solver == "direct";
    BenchCase bench_case;
    bench_case.suite = "volume";
    bench_case.name = with_threads(kernel.name, threads);
    bench_case.turn = [&] { return fastest_call(effort_.turn_s, [&] { ours.run(in_); }); };
    bench_case.error = [&] { return reference.error_of(ours.out); };
    bench_case.floor = [&] {
      const double seconds = copy.seconds(effort_.turn_s);
      return direct ? std::max(seconds, multiply_add_floor(flops, threads)) : seconds;
    };
    bench_case.peers = peers(kernel, reference);
    run_case(bench_case, effort_, &report_);
    report_.records.push_back(
        prepare_record("volume", bench_case.name, ours.prepare_s, reference.error_of(ours.out)));
    if (threads == 1) report_.notes.push_back(kernel.name + ": Faltung chose " + ours.plan());
  }

  std::vector<BenchPeer> peers(const VolumeKernel& kernel, const BenchReference& reference) const {
    const auto peer = [&](const std::string& name, const std::string& method) {
      return python_.peer("SciPy " + name, "scipy", method, effort_.turn_s,
                          [&](const Array<double>& out) { return reference.error_of(out); });
    };
    if (kernel.gaussian) return {peer("ndimage.gaussian_filter", "gaussian_filter")};
    std::vector<BenchPeer> result{peer("fftconvolve", "fftconvolve_volume")};
    if (kernel.extent() <= kLargestNdimage) {
      result.push_back(peer("ndimage.convolve", "convolve_volume"));
    }
    return result;
  }

  const BenchOptions& options_;
  const BenchEffort effort_;
  BenchReport& report_;
  const Index extent_;
  const Shape shape_;
  const ScratchFolder scratch_;
  PythonPeers python_;
  const Array<float> volume_;  // for the peers
  const Array<float> in_;      // the same with item and channel
};

}  // namespace

BenchReport bench_volume(const BenchOptions& options) {
  BenchReport report;
  VolumeBench bench(options, &report);
  for (const Index extent : {3, 7, 15, 31}) bench.run(dense_volume_kernel(extent));
  bench.run(gaussian_volume_kernel(kMilliSigma / 1000.0));
  const std::vector<std::string> method = {
      "A volume of " + bench.shape_text() +
          " float32, same extent out, zeros around it, in memory; " +
          effort_text(bench_effort(options.quick)),
      "The gaussian (sigma 2.5) is given to Faltung as a dense kernel, and it finds the factors "
      "itself; gaussian_filter is told them",
      "scipy.ndimage.convolve is left out beyond 3x3x3, where it takes 10 s and more. SciPy's "
      "transforms have as many threads as Faltung, its ndimage one",
      "The limit is copying the volume once with as many threads; where Faltung sums directly, "
      "the definition's multiply-adds where those take longer",
      "Everyone's whole output is compared with Faltung in float64, which is checked by plain "
      "loops at " +
          std::to_string(kCheckedVoxels) + " voxels"};
  report.notes.insert(report.notes.begin(), method.begin(), method.end());
  return report;
}

}  // namespace faltung
