// bench image: a large float32 image through small and large kernels, in memory.
#include <algorithm>
#include <cmath>
#include <memory>
#include <random>

#include "apps/faltung/bench.h"
#include "apps/faltung/bench_process.h"
#include "apps/faltung/bench_rounds.h"
#include "apps/faltung/bench_stage.h"
#include "apps/faltung/configs.h"
#include "apps/faltung/signal_file.h"
#include "engine/simd/rates.h"

namespace faltung {
namespace {

constexpr Index kLargestNdimage = 11;  // scipy.ndimage takes many seconds beyond
constexpr int kCheckedPixels = 500;

// One library's way of doing a case.
struct Peer {
  const char* name;
  const char* module;
  const char* method;  // of bench_peers.py
  bool (*takes)(const ImageKernel&);
};

constexpr Peer kPeers[] = {
    {"OpenCV filter2D", "cv2", "filter2D", [](const ImageKernel&) { return true; }},
    {"OpenCV sepFilter2D", "cv2", "sepFilter2D",
     [](const ImageKernel& kernel) { return kernel.separable(); }},
    {"SciPy ndimage.correlate", "scipy", "correlate",
     [](const ImageKernel& kernel) { return kernel.taps <= kLargestNdimage; }},
    {"SciPy ndimage.correlate1d", "scipy", "correlate1d",
     [](const ImageKernel& kernel) { return kernel.separable(); }},
    {"SciPy oaconvolve", "scipy", "oaconvolve",
     [](const ImageKernel& kernel) { return kernel.taps > kLargestNdimage; }}};

struct Helpers {
  explicit Helpers(const ScratchFolder& scratch) {
    const std::string script = bundled_script("bench_peers.py");
    for (const std::string module : {"cv2", "scipy"}) {
      if (!has_python_module(module)) continue;
      auto helper = std::make_unique<HelperProcess>(
          Arguments{kPython, script, "image", module, scratch.path()});
      helper->ask("load image.npy");
      (module == "cv2" ? cv2 : scipy) = std::move(helper);
    }
  }
  HelperProcess* of(const Peer& peer) const {
    return std::string(peer.module) == "cv2" ? cv2.get() : scipy.get();
  }
  std::unique_ptr<HelperProcess> cv2, scipy;
};

class ImageBench {
 public:
  ImageBench(const BenchOptions& options, BenchReport* report)
      : options_(options),
        report_(*report),
        extent_(options.quick ? 96 : 4096),
        rounds_(options.quick ? 1 : kBenchRounds),
        scratch_(static_cast<double>(extent_ * extent_) * 4 * 3),
        image_(random_image(extent_)),
        out_(Shape{extent_, extent_}) {
    save_npy(scratch_.file("image.npy"), image_);
    helpers_ = std::make_unique<Helpers>(scratch_);
  }

  void run(const ImageKernel& kernel) {
    save_npy(scratch_.file("kernel.npy"), kernel.dense);
    if (kernel.separable()) save_npy(scratch_.file("row.npy"), kernel.row);
    make_reference(kernel);
    for (const int threads : {1, 2}) run_with(kernel, threads);
  }

 private:
  // Faltung in float64, itself checked by plain loops.
  void make_reference(const ImageKernel& kernel) {
    GeneralOptions general = options_.general;
    Machine machine(general);
    Array<double> in(image_.extents());
    std::copy(image_.begin(), image_.end(), in.begin());
    reference_ = Array<double>(image_.extents());
    StageRun<double>(kernel, extent_, machine).run(in, reference_);
    peak_ = 0;
    for (const double value : reference_) peak_ = std::max(peak_, std::abs(value));
    std::mt19937 random(3);
    const auto below = [&] {
      return static_cast<Index>(random() % static_cast<unsigned long>(extent_));
    };
    for (int i = 0; i < kCheckedPixels; ++i) {
      // A fifth of them at an edge.
      const Index row = i % 10 == 0 ? 0 : i % 10 == 1 ? extent_ - 1 : below(), column = below();
      const double off =
          std::abs(reference_[row * extent_ + column] - plain_pixel(image_, kernel, row, column));
      if (!(off <= 1e-12 * peak_)) {
        throw Error(Code::failure, kernel.name() + ": the float64 reference is wrong");
      }
    }
  }

  template <class Values>
  double error_of(const Values& values) const {
    double off = 0;
    for (Index i = 0; i < reference_.size(); ++i) {
      const double difference = std::abs(static_cast<double>(values[i]) - reference_[i]);
      off = std::max(off, std::isnan(difference) ? peak_ : difference);
    }
    return off / peak_;
  }

  void run_with(const ImageKernel& kernel, int threads) {
    GeneralOptions general = options_.general;
    general.threads = threads;
    Machine machine(general);
    StageRun<float> ours(kernel, extent_, machine);
    const double bytes = static_cast<double>(image_.size()) * 4;
    double seconds = kNotMeasured, limit = kNotMeasured;
    std::vector<std::function<void()>> turns{
        [&] { keep_least(&seconds, seconds_taken([&] { ours.run(image_, out_); })); },
        [&] { keep_least(&limit, bytes / copy_rate(static_cast<long>(bytes))); }};
    std::vector<PeerValue> peers;
    peers.reserve(std::size(kPeers));  // turns point into it
    std::vector<const Peer*> present;
    for (const Peer& peer : kPeers) {
      if (!peer.takes(kernel)) continue;
      HelperProcess* helper = helpers_->of(peer);
      peers.push_back({peer.name, kNotMeasured,
                       helper ? PeerValue::State::measured : PeerValue::State::missing});
      if (!helper) continue;
      PeerValue& value = peers.back();
      turns.push_back([&value, helper, &peer] {
        keep_least(&value.value, std::stod(helper->ask(std::string("run ") + peer.method)));
      });
    }
    for (HelperProcess* helper : {helpers_->cv2.get(), helpers_->scipy.get()}) {
      if (!helper) continue;
      helper->ask(std::string("kernel kernel.npy ") + (kernel.separable() ? "row.npy " : "- ") +
                  std::to_string(threads));
    }
    take_turns(rounds_, turns);
    report(kernel, threads, ours, seconds, limit, verified(peers, kernel));
  }

  struct Verified {
    std::vector<PeerValue> times, errors;
  };

  Verified verified(const std::vector<PeerValue>& peers, const ImageKernel& kernel) {
    Verified result{peers, peers};
    std::size_t i = 0;
    for (const Peer& peer : kPeers) {
      if (!peer.takes(kernel)) continue;
      if (HelperProcess* helper = helpers_->of(peer)) {
        helper->ask(std::string("run ") + peer.method);
        helper->ask("save result.npy");
        result.errors[i].value = error_of(read_signal(scratch_.file("result.npy"), {}).values);
        if (!(result.errors[i].value <= kWrongOutput)) {
          result.times[i].state = result.errors[i].state = PeerValue::State::wrong;
        }
      }
      ++i;
    }
    return result;
  }

  void report(const ImageKernel& kernel, int threads, const StageRun<float>& ours, double seconds,
              double limit, const Verified& peers) {
    const std::string name =
        kernel.name() + (threads == 1 ? ", 1 thread" : ", " + std::to_string(threads) + " threads");
    const double error = error_of(out_);
    if (!(error <= kWrongOutput)) throw Error(Code::failure, name + ": Faltung's output is wrong");
    report_.records.push_back({"image", name, "time", "s", seconds, peers.times, limit, error});
    report_.records.push_back(
        {"image", name, "error", "of peak", error, peers.errors, kNotMeasured, error});
    report_.records.push_back(
        {"image", name, "prepare", "s", ours.prepare_s, {}, kNotMeasured, error});
    if (threads > 1) return;
    report_.notes.push_back(kernel.name() + ": Faltung chose " + ours.plan());
  }

  const BenchOptions& options_;
  BenchReport& report_;
  const Index extent_;
  const int rounds_;
  const ScratchFolder scratch_;
  Array<float> image_, out_;
  Array<double> reference_;
  double peak_ = 0;
  std::unique_ptr<Helpers> helpers_;
};

}  // namespace

BenchReport bench_image(const BenchOptions& options) {
  BenchReport report;
  ImageBench bench(options, &report);
  const std::vector<Index> sizes =
      options.quick ? std::vector<Index>{3, 15} : std::vector<Index>{3, 5, 7, 11, 15, 31, 63};
  for (const Index taps : sizes) bench.run(dense_kernel(taps));
  for (const Index taps : sizes) bench.run(gaussian_kernel(taps));
  const std::string extent = options.quick ? "96" : "4096";
  report.notes.insert(
      report.notes.begin(),
      {"Correlation of a " + extent + "x" + extent +
           " float32 image, boundary reflect, in memory; the least of " +
           std::to_string(options.quick ? 1 : kBenchRounds) + " rounds in turns",
       "Separable kernels are gaussians. Faltung is given the dense kernel and finds the factors "
       "itself; sepFilter2D and correlate1d are told them",
       "scipy.ndimage.correlate is left out beyond " + std::to_string(kLargestNdimage) +
           " taps a side, where it takes many seconds; oaconvolve takes its place. SciPy has one "
           "thread",
       "Errors are against Faltung in float64, which is checked by plain loops at " +
           std::to_string(kCheckedPixels) + " pixels",
       "Everybody but oaconvolve writes into memory that is already there",
       "The limit is copying the image once, with one thread"});
  return report;
}

}  // namespace faltung
