// Which input channels a kernel connects with which output channels.
#include "engine/stages/connect.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "engine/design/number_text.h"

namespace faltung {
namespace {

[[noreturn]] void refuse(const std::string& message) { throw Error(Code::configuration, message); }

std::string counted(Index n, const char* noun) {
  return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

void check_taps(const Kernel& kernel) {
  if (kernel.values.size() == 0) refuse("kernel '" + kernel.name + "' has no taps");
  for (Index i = 0; i < kernel.values.size(); ++i) {
    if (std::isfinite(kernel.values[i])) continue;
    refuse("kernel '" + kernel.name + "': number " + std::to_string(i + 1) + " is " +
           (std::isnan(kernel.values[i]) ? "NaN" : "infinite") + "; taps must be finite");
  }
}

void check_axes(const Kernel& kernel, const Format& signal) {
  const int spatial = signal.spatial_rank(), rank = kernel.values.rank();
  if (!signal.is_series() && kernel.rate_hz > 0) {
    refuse("kernel '" + kernel.name + "' is a series of " + number_text(kernel.rate_hz) +
           " Hz, the signal has " + std::to_string(spatial) +
           " spatial axes; allowed: kernels without a rate");
  }
  if (rank >= spatial && rank <= spatial + 2) return;
  refuse("kernel '" + kernel.name + "' has " + std::to_string(rank) + " axes (" +
         kernel.values.extents().text() + "); a signal with " + std::to_string(spatial) +
         " spatial axes takes " + std::to_string(spatial) + " (one kernel), " +
         std::to_string(spatial + 1) + " (one for each channel) or " + std::to_string(spatial + 2) +
         " (out, in / groups, …)");
}

void check_groups(const Kernel& kernel, Index groups, Index channels) {
  const Index outs = kernel.values.extents()[0], ins = kernel.values.extents()[1];
  if (groups < 1 || outs % groups != 0) {
    refuse("groups: " + std::to_string(groups) + " does not divide the kernel's " +
           counted(outs, "output channel"));
  }
  if (ins * groups != channels) {
    refuse("kernel '" + kernel.name + "' reads " + counted(ins, "channel") + " in " +
           counted(groups, "group") + ", the signal has " + std::to_string(channels));
  }
}

// What a kernel connects by its axes alone: kernels in order of output and input.
struct Layout {
  Index outs, ins;  // ins: those that one output reads
  Index groups;
  bool single;  // one kernel for all
  bool mixes;   // several inputs for one output: silent kernels may be left out
};

Layout layout_of(const Kernel& kernel, const Format& signal, Index groups) {
  const int spatial = signal.spatial_rank(), rank = kernel.values.rank();
  const Shape& extents = kernel.values.extents();
  if (rank == spatial + 2) {
    check_groups(kernel, groups, signal.channels);
    return {extents[0], extents[1], groups, false, true};
  }
  const bool single = rank == spatial || extents[0] == 1;
  if (!single && extents[0] != signal.channels) {
    refuse("kernel '" + kernel.name + "' has " + counted(extents[0], "channel") + ", the signal " +
           std::to_string(signal.channels) +
           "; allowed: one kernel for all channels, one for each, or a matrix of in and out");
  }
  if (groups != 1) refuse("groups: only for kernels [out, in / groups, …]");
  return {signal.channels, 1, signal.channels, single, false};
}

void connect_by_axes(const Kernel& kernel, const Format& signal, Index groups, Problem* problem) {
  const Layout layout = layout_of(kernel, signal, groups);
  const Shape taps = kernel.values.extents().from(kernel.values.rank() - signal.spatial_rank());
  const Index size = taps.product();
  std::map<std::vector<double>, Index> known;
  std::vector<double> bank;
  for (Index o = 0; o < layout.outs; ++o) {
    for (Index i = 0; i < layout.ins; ++i) {
      const double* from = kernel.values.data() + (layout.single ? 0 : (o * layout.ins + i) * size);
      std::vector<double> values(from, from + size);
      const bool silent = std::all_of(from, from + size, [](double w) { return w == 0; });
      if (silent && layout.mixes && !(o == 0 && i == 0)) continue;
      const auto [at, fresh] = known.try_emplace(values, static_cast<Index>(known.size()));
      if (fresh) bank.insert(bank.end(), values.begin(), values.end());
      const Index group = o / (layout.outs / layout.groups);
      problem->paths.push_back({group * layout.ins + i, o, at->second});
    }
  }
  Shape all{static_cast<Index>(known.size())};
  for (const Index extent : taps) all.push_back(extent);
  problem->kernels = Array<double>(all);
  std::copy(bank.begin(), bank.end(), problem->kernels.begin());
  problem->out_channels = layout.outs;
}

void connect_by_paths(Kernel kernel, const Format& signal, Index groups, Problem* problem) {
  if (groups != 1) refuse("groups: only for kernels [out, in / groups, …]");
  problem->out_channels = 0;
  for (const Path& path : kernel.paths) {
    if (path.in >= signal.channels) {
      refuse("matrix reads channel " + std::to_string(path.in + 1) + ", the signal has " +
             std::to_string(signal.channels));
    }
    problem->out_channels = std::max(problem->out_channels, path.out + 1);
  }
  problem->kernels = std::move(kernel.values);
  problem->paths = std::move(kernel.paths);
}

}  // namespace

void connect(Kernel kernel, const Format& signal, const ConnectOptions& options, Problem* problem) {
  check_taps(kernel);
  check_axes(kernel, signal);
  if (kernel.paths.empty()) {
    connect_by_axes(kernel, signal, options.groups, problem);
  } else {
    connect_by_paths(std::move(kernel), signal, options.groups, problem);
  }
  const Index size = problem->kernel_size();
  for (double& tap : problem->kernels) tap *= options.gain;
  for (Index k = 0; options.flip && k < problem->kernel_count(); ++k) {
    std::reverse(problem->kernels.data() + k * size, problem->kernels.data() + (k + 1) * size);
  }
}

}  // namespace faltung
