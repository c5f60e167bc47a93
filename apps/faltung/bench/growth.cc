// bench growth: how time grows with the kernel and with the image, whichever solver does it; and
// whether the planner takes the right one.
#include <algorithm>
#include <filesystem>
#include <utility>

#include "apps/faltung/bench/array.h"
#include "apps/faltung/bench/bench.h"
#include "apps/faltung/bench/floor.h"
#include "apps/faltung/bench/picture.h"
#include "apps/faltung/bench/reference.h"
#include "apps/faltung/plots/growth.h"
#include "apps/faltung/plots/picture_file.h"

namespace faltung {
namespace {

constexpr Index kExtent = 2048;  // of the image, while the kernel grows
constexpr Index kQuickExtent = 32;
constexpr double kTurnSeconds = 0.02;
constexpr int kRounds = 3;
constexpr double kLongest = 4;    // s of a call, predicted: what takes longer is left out
constexpr double kSlowest = 300;  // times what the chosen one takes: the same
constexpr const char* kPictures[] = {"growth-kernel.png", "growth-image.png"};

const std::vector<Index> kTaps = {1,  3,  5,  7,  9,  11, 13, 15, 19, 23,
                                  27, 31, 39, 47, 55, 63, 79, 95, 127};
const std::vector<Index> kExtents = {16,  24,  32,  48,   64,   96,   128,  192, 256,
                                     384, 512, 768, 1024, 1536, 2048, 3072, 4096};

// What grows along a panel.
struct Growth {
  std::string title;
  ImageKernel (*kernel)(Index taps);
  Index taps = 0;    // 0: grows
  Index extent = 0;  // of the image; 0: grows
  bool kernel_grows() const { return taps == 0; }
};

std::string square(Index n) { return std::to_string(n) + "x" + std::to_string(n); }

class GrowthBench {
 public:
  GrowthBench(const BenchOptions& options, BenchReport* report)
      : options_(options),
        effort_(options.quick ? bench_effort(true) : BenchEffort{kRounds, kTurnSeconds}),
        report_(*report),
        machine_(one_thread(options.general)) {}

  GrowthPanel run(const Growth& growth) {
    GrowthPanel panel;
    panel.title = growth.title;
    panel.x_title = growth.kernel_grows() ? "taps along each side of the kernel"
                                          : "pixels along each side of the image";
    panel.y_title = "nanoseconds for each pixel";
    panel.floor.name = "copying the image";
    for (const Index value : values(growth)) {
      const Index extent = growth.kernel_grows() ? growth.extent : value;
      measure(growth.kernel(growth.kernel_grows() ? value : growth.taps), extent, value, &panel);
    }
    forget_rare(&panel);
    return panel;
  }

 private:
  using Run = ArrayRun<float>;
  using Forced = std::pair<std::string, std::shared_ptr<Run>>;

  static GeneralOptions one_thread(GeneralOptions general) {
    general.threads = 1;
    return general;
  }

  std::vector<Index> values(const Growth& growth) const {
    if (!options_.quick) return growth.kernel_grows() ? kTaps : kExtents;
    return growth.kernel_grows() ? std::vector<Index>{1, 5, 27} : std::vector<Index>{32, 48};
  }

  // Every solver that can do it, in reasonable time.
  std::vector<Forced> forced(const ImageKernel& kernel, Index extent,
                             const ArrayConvolution& chosen) {
    std::vector<Forced> runs;
    for (const Candidate& candidate : chosen.plan().candidates) {
      const double seconds = candidate.seconds * static_cast<double>(extent);
      if (seconds < 0 || seconds > kLongest) continue;
      if (candidate.seconds > kSlowest * chosen.chosen().seconds) continue;
      if (!runs.empty() && runs.back().first == candidate.solver) continue;  // other parameters
      runs.emplace_back(candidate.solver, std::make_shared<Run>(image_problem(kernel, extent), 1,
                                                                machine_, candidate.solver));
    }
    return runs;
  }

  BenchReference make_reference(const ImageKernel& kernel, const Array<float>& image) {
    const Index extent = image.extents()[0];
    ArrayRun<double> exact(image_problem(kernel, extent), 1, machine_);
    exact.run(widened(image).reshaped({1, 1, extent, extent}));
    BenchReference reference(std::move(exact.out));
    reference.check(kernel.name(), [&](const Shape& position) {
      return plain_pixel(image, kernel, position[2], position[3]);
    });
    return reference;
  }

  void measure(const ImageKernel& kernel, Index extent, Index value, GrowthPanel* panel) {
    const Array<float> image = random_image(extent);
    const BenchReference reference = make_reference(kernel, image);
    const Array<float> in = image.copy().reshaped({1, 1, extent, extent});
    Run chosen(image_problem(kernel, extent), 1, machine_);
    CopyFloor copy(in.size() * 4, nullptr);
    const auto turn_of = [&](Run& run) {
      return [&, this] { return fastest_call(effort_.turn_s, [&] { run.run(in); }); };
    };
    const auto error_of = [&](Run& run) { return [&] { return reference.error_of(run.out); }; };
    BenchCase bench_case{
        "growth", square(extent) + " image, " + kernel.name(), turn_of(chosen), error_of(chosen),
        {},       [&] { return copy.seconds(effort_.turn_s); }};
    bench_case.group = panel->title;
    bench_case.errors_tabled = false;
    const auto runs = forced(kernel, extent, chosen.convolution());
    for (const auto& [solver, run] : runs) {
      bench_case.peers.push_back({solver, turn_of(*run), error_of(*run)});
    }
    run_case(bench_case, effort_, &report_);
    const BenchRecord& times = report_.records[report_.records.size() - 2];
    add(times, chosen.convolution().chosen().solver, static_cast<double>(value),
        static_cast<double>(in.size()), panel);
  }

  static void add(const BenchRecord& times, const std::string& chosen, double value, double pixels,
                  GrowthPanel* panel) {
    const double scale = 1e9 / pixels;
    for (const PeerValue& peer : times.peers) {
      auto curve = std::find_if(panel->curves.begin(), panel->curves.end(),
                                [&](const auto& known) { return known.name == peer.name; });
      if (curve == panel->curves.end()) {
        curve = panel->curves.insert(curve, {peer.name, {}});
      }
      curve->samples.push_back({value, peer.value * scale});
    }
    panel->choices.push_back({value, chosen});
    panel->floor.samples.push_back({value, times.limit * scale});
  }

  // A solver that can do a single case (a kernel of one tap is a delta) has no curve.
  static void forget_rare(GrowthPanel* panel) {
    std::erase_if(panel->curves, [&](const GrowthPanel::Curve& curve) {
      return curve.samples.size() < 2 &&
             std::none_of(panel->choices.begin(), panel->choices.end(),
                          [&](const auto& choice) { return choice.solver == curve.name; });
    });
  }

  const BenchOptions& options_;
  const BenchEffort effort_;
  BenchReport& report_;
  Machine machine_;
};

// The planner's choices in words, where they change.
std::string choices_text(const GrowthPanel& panel) {
  std::string text = panel.title + ": " + panel.choices[0].solver;
  for (std::size_t i = 1; i < panel.choices.size(); ++i) {
    if (panel.choices[i].solver == panel.choices[i - 1].solver) continue;
    text += ", from " + std::to_string(static_cast<Index>(panel.choices[i].x)) + " on " +
            panel.choices[i].solver;
  }
  return text;
}

void draw(const BenchOptions& options, const std::vector<GrowthPanel>& panels, const char* name,
          const std::string& title, BenchReport* report) {
  if (options.markdown.empty()) return;
  const auto path = std::filesystem::path(options.markdown).replace_filename(name);
  save_picture(plot_growth(panels, title), path.string());
  report->picture +=
      (report->picture.empty() ? "" : "\n\n") + std::string("![") + title + "](" + name + ")";
}

}  // namespace

BenchReport bench_growth(const BenchOptions& options) {
  BenchReport report;
  GrowthBench bench(options, &report);
  const Index extent = options.quick ? kQuickExtent : kExtent;
  const std::string image = square(extent) + " image";
  const std::vector<GrowthPanel> kernels = {
      bench.run({"Random kernel, " + image, dense_kernel, 0, extent}),
      bench.run({"Gaussian, " + image, gaussian_kernel, 0, extent})};
  const std::vector<GrowthPanel> images = {bench.run({"Random 7x7 kernel", dense_kernel, 7, 0}),
                                           bench.run({"Random 31x31 kernel", dense_kernel, 31, 0})};
  draw(options, kernels, kPictures[0], "Time against the kernel's size, every solver", &report);
  draw(options, images, kPictures[1], "Time against the image's size, every solver", &report);
  report.notes = {
      "float32, boundary reflect, one thread, whole images in memory; the least of " +
          std::to_string(options.quick ? 1 : kRounds) + " rounds in turns",
      "\"Faltung\" is the planner's choice; beside it every solver that can do the case, forced, "
      "so that the ratio says what a better choice would have gained (1: nothing). What would "
      "take more than 4 s or 300 times the choice is left out",
      "The limit is copying the image once",
      "Everyone's whole output is compared with Faltung in float64, which is checked by plain "
      "loops at " +
          std::to_string(kCheckedOutputs) + " pixels; the solvers' errors stand in the JSON"};
  for (const auto* panels : {&kernels, &images}) {
    for (const GrowthPanel& panel : *panels) {
      report.notes.push_back("Chosen: " + choices_text(panel));
    }
  }
  return report;
}

}  // namespace faltung
