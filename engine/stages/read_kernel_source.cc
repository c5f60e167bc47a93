// Where a convolution's kernel comes from: a file, numbers, a design, or a matrix of them.
#include "engine/stages/read_kernel_source.h"

#include <algorithm>
#include <cmath>

#include "engine/design/designs.h"
#include "engine/design/resample.h"
#include "engine/nd/suggestion.h"
#include "engine/stages/delay.h"

namespace faltung {
namespace {

constexpr Index kMostChannels = 4096;       // of a matrix

KernelRecipe constant(Kernel kernel) {
  const auto shared = std::make_shared<Kernel>(std::move(kernel));
  return [shared](const Format&) {
    return Kernel{shared->values.copy(), shared->rate_hz, shared->name};
  };
}

KernelRecipe design(const std::string& name, const DesignParameters& parameters) {
  check_design(name, parameters);
  return [=](const Format& signal) {
    return make_design(name, parameters, signal.rate_hz, signal.spatial_rank());
  };
}

// --- inline lists -----------------------------------------------------------------------------

void collect(const Node& node, const Located& at, int depth, Shape& shape,
             std::vector<double>& values) {
  if (node.kind != Node::Kind::list) {
    if (depth != shape.rank()) at.refuse(node, "a number among lists: the kernel is not rectangular");
    values.push_back(at.number(node));
    return;
  }
  if (node.items.empty()) at.refuse(node, "the kernel has no taps: an empty list");
  const Index extent = static_cast<Index>(node.items.size());
  if (values.empty() && depth == shape.rank()) {
    if (depth == kMaxRank) at.refuse(node, "lists nested deeper than " + std::to_string(kMaxRank));
    shape.push_back(extent);
  } else if (depth >= shape.rank() || shape[depth] != extent) {
    at.refuse(node, "list of " + std::to_string(extent) + " where " +
                        (depth < shape.rank() ? std::to_string(shape[depth]) + " are expected"
                                              : std::string("a number is expected")) +
                        ": the kernel is not rectangular");
  }
  for (const Node& item : node.items) collect(item, at, depth + 1, shape, values);
}

Kernel inline_kernel(const Node& node, const Located& at) {
  Shape shape;
  std::vector<double> values;
  collect(node, at, 0, shape, values);
  Kernel kernel;
  kernel.values = Array<double>(shape);
  std::copy(values.begin(), values.end(), kernel.values.begin());
  kernel.name = "inline " + shape.text();
  return kernel;
}

// --- designs ----------------------------------------------------------------------------------

KernelRecipe design_with(const Node& node, const Located& at) {
  if (node.entries.size() != 1) {
    at.refuse(node, "expected one design as {name: {parameter: value}}, got a map of " +
                        std::to_string(node.entries.size()) + " keys");
  }
  const Node& name = node.entries[0].first;
  const Node& values = node.entries[0].second;
  if (values.kind != Node::Kind::map && values.kind != Node::Kind::null) {
    at.refuse(values, "expected the parameters of '" + name.text + "' as {name: value}, got " +
                          values.description());
  }
  if (const Design* known = find_design(name.text)) {
    std::vector<std::string> allowed;
    for (const ParameterSpec& parameter : known->parameters) allowed.push_back(parameter.name);
    at.check_keys(values, name.text, allowed);
  }
  DesignParameters parameters;
  for (const auto& [key, value] : values.entries) {
    if (value.kind == Node::Kind::list) {
      parameters[key.text] = at.numbers(value);
    } else {
      parameters[key.text] = at.text(value);
    }
  }
  try {
    return design(name.text, parameters);
  } catch (const Error& error) {
    at.refuse(name, error.what());
  }
}

// --- channels and matrices --------------------------------------------------------------------

// Channel `channel` (from 0) of a response [channel, taps] or [taps].
Kernel one_channel(const Kernel& kernel, Index channel, int spatial_rank) {
  const Shape& extents = kernel.values.extents();
  const bool several = extents.rank() == spatial_rank + 1;
  const Index channels = several ? extents[0] : 1;
  if (channel >= channels) {
    throw Error(Code::configuration, kernel.name + " has " + std::to_string(channels) +
                                         (channels == 1 ? " channel" : " channels") + ", not " +
                                         std::to_string(channel + 1));
  }
  Kernel result;
  result.values = Array<double>(several ? extents.from(1) : extents);
  std::copy_n(kernel.values.data() + channel * result.values.size(), result.values.size(),
              result.values.data());
  result.rate_hz = kernel.rate_hz;
  result.name = kernel.name;
  return result;
}

KernelRecipe source_of(const Node& node, const std::string& owner, const StageContext& context);

struct Connection {
  Node node;
  Index in = 0, out = 0, delay = 0;  // channels from 0
  double gain = 1;
  KernelRecipe kernel;
};

Connection read_connection(const Node& node, const StageContext& context) {
  const Located& at = context.located;
  at.check_keys(node, "matrix", {"in", "out", "kernel", "channel", "gain_db", "delay"});
  Connection c;
  c.node = node;
  const auto channel = [&](const char* key) {
    const Node& value = at.required(node, "matrix", key);
    const Index number = at.integer(value, 1);
    if (number > kMostChannels) {
      at.refuse(value, "channel " + std::to_string(number) + ": at most " +
                           std::to_string(kMostChannels));
    }
    return number - 1;
  };
  c.in = channel("in");
  c.out = channel("out");
  c.kernel = source_of(node, "matrix", context);
  if (const Node* gain = node.find("gain_db")) c.gain = std::pow(10.0, at.number(*gain) / 20);
  if (const Node* delay = node.find("delay")) {
    c.delay = at.integer(*delay, 0);
    if (c.delay > kLongestDelay) at.refuse(*delay, "delay of more than " + std::to_string(kLongestDelay));
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
    kernels.push_back(c.kernel(signal));
    Kernel& kernel = kernels.back();
    if (kernel.values.rank() == 2) {
      if (kernel.values.extents()[0] > 1) {
        at.refuse(c.node, kernel.name + " has " + std::to_string(kernel.values.extents()[0]) +
                              " channels; say which with 'channel'");
      }
      kernel = one_channel(kernel, 0, 1);
    }
    if (kernel.rate_hz > 0 && signal.rate_hz > 0 && kernel.rate_hz != signal.rate_hz) {
      const std::string remark = resampling_remark(kernel, signal.rate_hz);
      if (remarks.find(remark) == std::string::npos) {
        remarks += (remarks.empty() ? "" : "; ") + remark;
      }
      kernel = resample(kernel, signal.rate_hz);
    }
    outs = std::max(outs, c.out + 1);
    taps = std::max(taps, c.delay + kernel.values.size());
  }
  Kernel result;
  result.name = "matrix";
  result.remark = remarks;
  result.values = Array<double>(Shape{outs, signal.channels, taps});
  for (std::size_t i = 0; i < connections.size(); ++i) {
    const Connection& c = connections[i];
    double* to = result.values.data() + (c.out * signal.channels + c.in) * taps + c.delay;
    for (Index n = 0; n < kernels[i].values.size(); ++n) to[n] += c.gain * kernels[i].values[n];
  }
  return result;
}

KernelRecipe read_matrix(const Node& node, const StageContext& context) {
  const Located& at = context.located;
  if (node.kind != Node::Kind::list || node.items.empty()) {
    at.refuse(node, "expected a list of {in, out, kernel}, got " + node.description());
  }
  const auto connections = std::make_shared<std::vector<Connection>>();
  for (const Node& item : node.items) connections->push_back(read_connection(item, context));
  return [connections, at](const Format& signal) { return assemble(*connections, at, signal); };
}

// --- files ------------------------------------------------------------------------------------

std::string in_folder(const std::string& folder, const std::string& path) {
  if (folder.empty() || path.starts_with('/')) return path;
  return folder.ends_with('/') ? folder + path : folder + "/" + path;
}

KernelRecipe source_of(const Node& node, const std::string& owner, const StageContext& context) {
  const Located& at = context.located;
  const Node& source = at.required(node, owner, "kernel");
  KernelRecipe recipe;
  if (source.kind == Node::Kind::list) {
    recipe = constant(inline_kernel(source, at));
  } else if (source.kind == Node::Kind::map) {
    recipe = design_with(source, at);
  } else {
    const std::string name = at.text(source);
    try {
      recipe = kernel_by_name(name, in_folder(context.folder, name), context.read_kernel);
    } catch (const Error& error) {
      throw Error(error.code(), at.place(source.position) + error.what());
    }
  }
  const Node* channel = node.find("channel");
  if (!channel) return recipe;
  const Index number = at.integer(*channel, 1) - 1;
  return [recipe, number](const Format& signal) {
    return one_channel(recipe(signal), number, signal.spatial_rank());
  };
}

}  // namespace

KernelRecipe kernel_by_name(const std::string& name, const std::string& path,
                            const KernelReader& read_kernel) {
  if (find_design(name)) return design(name, {});
  try {
    return constant(read_kernel(path));
  } catch (const Error& error) {
    const bool file_like = name.find_first_of("./") != std::string::npos;
    const std::string better = file_like ? std::string() : suggestion(name, design_names());
    if (better.empty()) throw;
    throw Error(Code::configuration, "no file and no design is called '" + name +
                                         "'; did you mean '" + better + "'?");
  }
}

KernelRecipe read_kernel_source(const Node& node, const std::string& owner,
                                const StageContext& context) {
  const Located& at = context.located;
  const Node* matrix = node.find("matrix");
  if ((matrix == nullptr) == (node.find("kernel") == nullptr)) {
    at.refuse(node, "'" + owner + "' needs either 'kernel' or 'matrix'");
  }
  if (!matrix) return source_of(node, owner, context);
  if (const Node* channel = node.find("channel")) {
    at.refuse(*channel, "'channel' belongs into the entries of 'matrix'");
  }
  return read_matrix(*matrix, context);
}

}  // namespace faltung
