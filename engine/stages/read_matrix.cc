// A matrix of responses: which input goes to which output, through what.
#include "engine/stages/read_matrix.h"

#include <algorithm>
#include <cmath>

#include "engine/stages/delay.h"
#include "engine/stages/fit_rate.h"
#include "engine/stages/read_kernel_source.h"

namespace faltung {
namespace {

constexpr Index kMostMatrixTaps = Index{1} << 28;  // 2 GB: what a dense matrix may take
constexpr Index kMostChannels = 4096;

struct Connection {
  Node node;
  Index in = 0, out = 0, delay = 0;  // channels from 0
  double gain = 1;
  KernelRecipe kernel;
  std::optional<Index> channel;
};

Connection read_connection(const Node& node, const StageContext& context) {
  const Located& at = context.located;
  at.check_keys(node, "matrix", {"in", "out", "kernel", "channel", "prepare", "gain_db", "delay"});
  Connection c;
  c.node = node;
  const auto channel = [&](const char* key) {
    const Node& value = at.required(node, "matrix", key);
    const Index number = at.integer(value, 1);
    if (number > kMostChannels) {
      at.refuse(value,
                "channel " + std::to_string(number) + ": at most " + std::to_string(kMostChannels));
    }
    return number - 1;
  };
  c.in = channel("in");
  c.out = channel("out");
  const KernelSource source = read_one_kernel(node, "matrix", context);
  c.kernel = source.recipe;
  c.channel = read_channel(node, source, at);
  if (const Node* gain = node.find("gain_db")) c.gain = at.factor_of_db(*gain);
  if (const Node* delay = node.find("delay")) {
    c.delay = at.integer(*delay, 0);
    if (c.delay > kLongestDelay)
      at.refuse(*delay, "delay of more than " + std::to_string(kLongestDelay));
  }
  return c;
}

// [out, in, taps]: what is not listed is zero; the same pair twice adds.
Kernel assemble(const std::vector<Connection>& connections, const Located& at,
                const Format& signal) {
  if (!signal.is_series()) {
    throw Error(Code::configuration, "matrix: only for series; layers take a kernel [out, in, …]");
  }
  std::vector<Kernel> kernels;
  std::string remarks;
  Index outs = 0, taps = 0;
  for (const Connection& c : connections) {
    if (c.in >= signal.channels) {
      at.refuse(c.node, "matrix reads channel " + std::to_string(c.in + 1) + ", the signal has " +
                            std::to_string(signal.channels));
    }
    kernels.push_back(at_rate_of(signal, c.kernel(signal)));
    Kernel& kernel = kernels.back();
    if (c.channel) kernel = one_channel(kernel, *c.channel, 1);
    if (kernel.values.rank() != 1) {
      if (kernel.values.rank() == 2 && kernel.values.extents()[0] > 1) {
        at.refuse(c.node, kernel.name + " has " + std::to_string(kernel.values.extents()[0]) +
                              " channels; say which with 'channel'");
      }
      kernel = one_channel(kernel, 0, 1);
    }
    if (remarks.find(kernel.remark) == std::string::npos) {
      remarks += (remarks.empty() ? "" : "; ") + kernel.remark;
    }
    outs = std::max(outs, c.out + 1);
    taps = std::max(taps, c.delay + kernel.values.size());
  }
  const Shape extents{outs, signal.channels, taps};
  for (Index rest = kMostMatrixTaps, axis = 0; axis < 3; ++axis) {
    rest /= extents[static_cast<int>(axis)];
    if (rest == 0) {
      at.refuse(connections[0].node, "the matrix would have " + extents.text() +
                                         " taps; allowed: " + std::to_string(kMostMatrixTaps));
    }
  }
  Kernel result;
  result.name = "matrix";
  result.remark = remarks;
  result.values = Array<double>(extents);
  for (std::size_t i = 0; i < connections.size(); ++i) {
    const Connection& c = connections[i];
    double* to = result.values.data() + (c.out * signal.channels + c.in) * taps + c.delay;
    for (Index n = 0; n < kernels[i].values.size(); ++n) to[n] += c.gain * kernels[i].values[n];
  }
  return result;
}

}  // namespace

KernelRecipe read_matrix(const Node& node, const StageContext& context) {
  const Located& at = context.located;
  if (node.kind != Node::Kind::list || node.items.empty()) {
    at.refuse(node, "expected a list of {in, out, kernel}, got " + node.description());
  }
  const auto connections = std::make_shared<std::vector<Connection>>();
  for (const Node& item : node.items) connections->push_back(read_connection(item, context));
  return [connections, at](const Format& signal) { return assemble(*connections, at, signal); };
}

}  // namespace faltung
