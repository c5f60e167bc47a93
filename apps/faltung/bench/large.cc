// bench volume --large: volumes on disk, larger than the memory allowed, whole processes.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "apps/faltung/bench/bench.h"
#include "apps/faltung/bench/large_volume.h"
#include "apps/faltung/bench/picture.h"
#include "apps/faltung/bench/process.h"
#include "apps/faltung/bench/rounds.h"
#include "apps/faltung/configs.h"
#include "apps/faltung/plots/growth.h"
#include "apps/faltung/plots/picture_file.h"
#include "apps/faltung/quantity.h"
#include "engine/nd/error.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

constexpr double kGiB = 1024.0 * 1024 * 1024;
constexpr double kLargeGib = 6;  // measured once only
constexpr int kRounds = 2;
constexpr double kSigma = 4;
constexpr Index kDenseExtent = 31;
constexpr const char* kMemory = "1G";
constexpr const char* kThreads = "2";
constexpr const char* kPicture = "large-memory.png";

struct LargeKernel {
  std::string name;
  VolumeKernel kernel;
  std::string yaml;           // of the kernel
  std::string given;          // to the peers: sigma, or a file
  std::vector<Index> slices;  // how large volumes are, ascending
};

// What a volume through a kernel took.
struct Growth {
  double gib = 0, wall_s = 0, peak_mb = 0;
};

class LargeBench {
 public:
  LargeBench(const BenchOptions& options, BenchReport* report)
      : report_(*report),
        slices_(options.quick ? std::vector<Index>{48, 96}
                              : std::vector<Index>{256, 512, 1024, 2048, 4096}),
        rounds_(options.quick ? 1 : kRounds),
        folder_(room_needed(options.quick)),
        volume_(folder_.file("in.zarr"), slices_.back(), options.quick) {
    std::error_code error;
    self_ = fs::read_symlink("/proc/self/exe", error).string();
    gaussian_ = {"gaussian sigma 4", gaussian_volume_kernel(kSigma), "{gaussian: {sigma: 4}}", "4",
                 slices_};
    dense_ = {"dense 31x31x31", dense_volume_kernel(kDenseExtent), "taps.npy",
              folder_.file("taps.npy"), {slices_.front(), slices_.back()}};
    save_npy(folder_.file("taps.npy"), dense_.kernel.taps);
  }

  void run() {
    for (const LargeKernel* kernel : {&gaussian_, &dense_}) {
      write_pipeline(*kernel);
      std::vector<Growth> growths;
      for (const Index slices : kernel->slices) growths.push_back(measure(*kernel, slices));
      report_growth(kernel->name, growths);
    }
    measure_shards();
  }

  void draw(const std::string& markdown) {
    if (markdown.empty()) return;
    panel_.title = "Whole processes with --memory 1G";
    panel_.x_title = "volume / GiB";
    panel_.y_title = "peak memory / MB";
    panel_.floor.name = "promised";
    GrowthPanel::Curve whole{"the volume itself", {}};
    for (const auto& sample : panel_.curves.front().samples) {
      panel_.floor.samples.push_back({sample.x, kGiB / 1e6});
      whole.samples.push_back({sample.x, sample.x * kGiB / 1e6});
    }
    panel_.curves.push_back(whole);
    const std::string title = "Peak memory against the volume's size";
    save_picture(plot_growth({panel_}, title),
                 fs::path(markdown).replace_filename(kPicture).string());
    report_.picture = "![" + title + "](" + kPicture + ")";
  }

  std::string extents_text() const { return volume_.extents().text(); }
  const std::string& folder() const { return folder_.path(); }

 private:
  // Input and output, and a little more. Throws Error{output} where there is less.
  double room_needed(bool quick) const {
    const double bytes =
        2.2 * 4 * static_cast<double>(slices_.back()) * (quick ? 64 * 64 : 1024 * 1024);
    std::error_code error;
    const std::string folder = fs::temp_directory_path().string();
    const double there = static_cast<double>(fs::space(folder, error).available);
    if (error || there >= bytes) return bytes;
    throw Error(Code::output, "bench volume --large needs " + quantity(bytes, "B") + " in " +
                                  folder + " ($TMPDIR); there are " + quantity(there, "B"));
  }

  void write_pipeline(const LargeKernel& kernel) const {
    std::ofstream(folder_.file("p.yaml"))
        << "stages:\n  - convolve: {kernel: " << kernel.yaml << ", boundary: zero}\n";
  }

  static std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", value);
    return text;
  }

  double gib(Index slices) const { return volume_.bytes(slices) / kGiB; }
  std::string size_text(Index slices) const { return number(gib(slices)) + " GiB"; }
  std::string out() const { return folder_.file("out.zarr"); }

  Arguments faltung(const Arguments& more) const {
    Arguments words{self_, "run", "p.yaml", "in.zarr", "-o", out(), "--quiet", "--memory", kMemory};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  // A whole process; the input is read from disk. status is not 0 where it failed.
  ProcessUsage time(const Arguments& arguments) const {
    fs::remove_all(out());
    volume_.forget();
    return run_process(arguments, folder_.path(), folder_.file("log"));
  }

  // Throws Error{failure} unless Faltung's own process has ended well.
  ProcessUsage time_own(const std::string& name, const Arguments& arguments) const {
    const ProcessUsage usage = time(arguments);
    if (usage.status != 0)
      throw Error(Code::failure, name + ": Faltung failed: " + last_words(folder_.file("log")));
    return usage;
  }

  double own_error(const std::string& name, Index slices, const LargeKernel& kernel) const {
    const double error = volume_.error_of(out(), slices, kernel.kernel);
    if (error <= kWrongOutput) return error;
    throw Error(Code::failure, name + ": Faltung's output is wrong by " +
                                   value_text(error, "of peak") + " of the peak");
  }

  // Of a case; what they share is filled in for all.
  struct Records {
    BenchRecord wall, cpu, peak, error;

    explicit Records(const std::string& name) {
      const auto state = [&](BenchRecord* record, const char* metric, const char* unit) {
        record->suite = "large";
        record->name = name;
        record->metric = metric;
        record->unit = unit;
      };
      state(&wall, "wall", "s");
      state(&cpu, "cpu", "s");
      state(&peak, "peak_rss", "MB");
      state(&error, "error", "of peak");
    }

    void add(const ProcessUsage& usage) {
      keep_least(&wall.faltung, usage.wall_s);
      keep_least(&cpu.faltung, usage.cpu_s);
      peak.faltung =
          std::isnan(peak.faltung) ? usage.peak_mb : std::max(peak.faltung, usage.peak_mb);
    }
    void add_peer(const std::string& name, const ProcessUsage& usage, double its_error,
                  PeerValue::State state) {
      wall.peers.push_back({name, usage.wall_s, state});
      cpu.peers.push_back({name, usage.cpu_s, state});
      peak.peers.push_back({name, usage.peak_mb, state});
      error.peers.push_back({name, its_error, state});
    }
    void move_to(BenchReport* report) {
      for (BenchRecord* record : {&wall, &cpu, &peak, &error}) {
        record->error = error.faltung;
        report->records.push_back(std::move(*record));
      }
    }
  };

  Growth measure(const LargeKernel& kernel, Index slices) {
    volume_.show(slices);
    const std::string name = size_text(slices) + ", " + kernel.name;
    Records records(name);
    records.peak.limit = kGiB / 1e6;
    for (int round = 0; round < (gib(slices) < kLargeGib ? rounds_ : 1); ++round) {
      fs::remove_all(out());
      volume_.forget();
      keep_least(&records.wall.limit, volume_.copy(slices, folder_.file("copy")));
      records.add(time_own(name, faltung({"--threads", kThreads})));
    }
    records.error.faltung = own_error(name, slices, kernel);
    if (slices == slices_.front() || slices == slices_.back()) {  // they take minutes
      measure_peer("SciPy blocks", "blocks", kernel, slices, &records);
      measure_peer("Dask", "dask", kernel, slices, &records);
    }
    const Growth growth{gib(slices), records.wall.faltung, records.peak.faltung};
    records.move_to(&report_);
    fs::remove_all(out());
    return growth;
  }

  void measure_peer(const std::string& name, const std::string& way, const LargeKernel& kernel,
                    Index slices, Records* records) {
    const std::string modules =
        "scipy.ndimage, scipy.signal, zarr" + std::string(way == "dask" ? ", dask.array" : "");
    if (!has_python_module(modules)) {
      return records->add_peer(name, {kNotMeasured, kNotMeasured, kNotMeasured}, kNotMeasured,
                               PeerValue::State::missing);
    }
    const ProcessUsage usage = time({kPython, bundled_script("bench_peers.py"), "volume", way,
                                     volume_.path(), out(), kernel.given, kThreads});
    if (usage.status != 0) {
      report_.notes.push_back(records->wall.name + ": " + name +
                              " failed: " + last_words(folder_.file("log")));
      return;
    }
    const double error = volume_.error_of(out(), slices, kernel.kernel);
    records->add_peer(name, usage, error,
                      error <= kWrongOutput ? PeerValue::State::measured : PeerValue::State::wrong);
  }

  void report_growth(const std::string& name, const std::vector<Growth>& growths) {
    GrowthPanel::Curve curve{name, {}};
    for (const Growth& g : growths) curve.samples.push_back({g.gib, g.peak_mb});
    panel_.curves.push_back(std::move(curve));
    const Growth &small = growths.front(), &large = growths.back();
    report_.notes.push_back(name + ": " + number(large.gib / small.gib) +
                            " times the volume took " + number(large.wall_s / small.wall_s) +
                            " times as long: " + quantity(small.wall_s / small.gib, "s") + " and " +
                            quantity(large.wall_s / large.gib, "s") + " for each GiB; peak " +
                            quantity(small.peak_mb * 1e6, "B") + " and " +
                            quantity(large.peak_mb * 1e6, "B"));
  }

  // Hosts with a core each, as a cluster has them: a process for each, bound to its core.
  void measure_shards() {
    const Index slices = slices_.front();
    volume_.show(slices);
    const std::string name = size_text(slices) + ", dense 31x31x31";
    const auto bound = [&](const std::string& core, const Arguments& more) {
      std::string line = "taskset -c " + core;
      for (const std::string& word : faltung({"--threads", "1"})) line += " '" + word + "'";
      for (const std::string& word : more) line += " " + word;
      return line;
    };
    const Arguments alone{"sh", "-c", bound("0", {})};
    const Arguments both{"sh", "-c",
                         bound("0", {"--shard", "1/2"}) + " & first=$!; " +
                             bound("1", {"--shard", "2/2"}) + " && wait $first"};
    Records one(name + ", 1 process on 1 core"), two(name + ", 2 shards on 2 cores");
    for (int round = 0; round < rounds_; ++round) {
      one.add(time_own(one.wall.name, alone));
      two.add(time_own(two.wall.name, both));
    }
    two.error.faltung = one.error.faltung = own_error(name, slices, dense_);
    report_.notes.push_back("Two shards, a process and a core each, are " +
                            number(one.wall.faltung / two.wall.faltung) +
                            " times as fast as one process on one core");
    one.move_to(&report_);
    two.move_to(&report_);
  }

  BenchReport& report_;
  const std::vector<Index> slices_;
  const int rounds_;
  const ScratchFolder folder_;
  const LargeVolume volume_;
  std::string self_;
  LargeKernel gaussian_, dense_;
  GrowthPanel panel_;
};

}  // namespace

BenchReport bench_large(const BenchOptions& options) {
  BenchReport report;
  LargeBench bench(options, &report);
  bench.run();
  bench.draw(options.markdown);
  const std::vector<std::string> method = {
      "The first slices of a float32 volume of " + bench.extents_text() + " in " + bench.folder() +
          ": a Zarr store of plain chunks, read from disk (dropped from the page cache before each "
          "turn) and written to disk as one; zeros around it; whole processes, two threads, "
          "--memory 1G; the least of two rounds up to 4 GiB, one round beyond",
      "The limit of the time is copying the chunks one by one and waiting for the disk; that of "
      "the memory is "
      "what was promised",
      "Faltung's output is on the disk when it ends (synced, then renamed); the peers' is not "
      "waited for",
      "SciPy blocks: ndimage.gaussian_filter or signal.fftconvolve on overlapping blocks of about "
      "16 million voxels, a thread for each core; Dask: the same through map_overlap. They take "
      "minutes, so they do the smallest and the largest volume",
      "Outputs are looked at at 72 voxels, corners and edges among them, computed by plain loops"};
  report.notes.insert(report.notes.begin(), method.begin(), method.end());
  return report;
}

}  // namespace faltung
