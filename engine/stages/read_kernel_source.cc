// Where a convolution's kernel comes from: a file, numbers, a design, or a matrix of them.
#include "engine/stages/read_kernel_source.h"

#include <algorithm>

#include "engine/design/designs.h"
#include "engine/nd/suggestion.h"
#include "engine/stages/read_matrix.h"
#include "engine/stages/read_prepare.h"

namespace faltung {
namespace {

KernelSource constant(Kernel kernel) {
  const auto shared = std::make_shared<Kernel>(std::move(kernel));
  const auto recipe = [shared](const Format&) { return shared->copy(); };
  return {recipe, shared->values.extents(), shared->name};
}

KernelSource design(const std::string& name, const DesignParameters& parameters) {
  check_design(name, parameters);
  const auto recipe = [=](const Format& signal) {
    return make_design(name, parameters, signal.rate_hz, signal.spatial_rank());
  };
  return {recipe, {}, name};
}

std::string counted_channels(Index channels) {
  return std::to_string(channels) + (channels == 1 ? " channel" : " channels");
}

// --- inline lists -----------------------------------------------------------------------------

void collect(const Node& node, const Located& at, int depth, Shape& shape,
             std::vector<double>& values) {
  if (node.kind != Node::Kind::list) {
    if (depth != shape.rank())
      at.refuse(node, "a number among lists: the kernel is not rectangular");
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

KernelSource design_with(const Node& node, const Located& at) {
  if (node.entries.size() != 1) {
    at.refuse(node, "expected one design as {name: {parameter: value}}, got a map of " +
                        std::to_string(node.entries.size()) + " keys");
  }
  const Node& name = node.entries[0].key;
  const Node& values = node.entries[0].value;
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

// --- files ------------------------------------------------------------------------------------

std::string in_folder(const std::string& folder, const std::string& path) {
  if (folder.empty() || path.starts_with('/')) return path;
  return folder.ends_with('/') ? folder + path : folder + "/" + path;
}

}  // namespace

Kernel one_channel(const Kernel& kernel, Index channel, int spatial_rank) {
  const Shape& extents = kernel.values.extents();
  const bool several = extents.rank() == spatial_rank + 1;
  if (!several && extents.rank() != spatial_rank) {
    throw Error(Code::configuration,
                "'channel' of " + kernel.name + ", which has " + std::to_string(extents.rank()) +
                    " axes (" + extents.text() + "); allowed: " + std::to_string(spatial_rank) +
                    ", or one more for channels");
  }
  const Index channels = several ? extents[0] : 1;
  if (channel >= channels) {
    throw Error(Code::configuration, kernel.name + " has " + counted_channels(channels) + ", not " +
                                         std::to_string(channel + 1));
  }
  Kernel result;
  result.values = Array<double>(several ? extents.from(1) : extents);
  std::copy_n(kernel.values.data() + channel * result.values.size(), result.values.size(),
              result.values.data());
  result.rate_hz = kernel.rate_hz;
  result.name = kernel.name;
  result.remark = kernel.remark;
  return result;
}

std::optional<Index> read_channel(const Node& node, const KernelSource& source, const Located& at) {
  const Node* channel = node.find("channel");
  if (!channel) return {};
  const Index number = at.integer(*channel, 1);
  if (!source.extents) return number - 1;
  const Index most = source.extents->rank() < 2 ? 1 : (*source.extents)[0];
  if (number > most) {
    at.refuse(*channel,
              source.name + " has " + counted_channels(most) + ", not " + std::to_string(number));
  }
  return number - 1;
}

KernelSource read_one_kernel(const Node& node, const std::string& owner,
                             const StageContext& context) {
  const Located& at = context.located;
  const Node& value = at.required(node, owner, "kernel");
  KernelSource source;
  if (value.kind == Node::Kind::list) {
    source = constant(inline_kernel(value, at));
  } else if (value.kind == Node::Kind::map) {
    source = design_with(value, at);
  } else if (value.text.empty()) {
    at.refuse(value, "expected a kernel: a file, numbers or a design, got " + value.description());
  } else {
    const std::string name = at.text(value);
    try {
      source = kernel_by_name(name, in_folder(context.folder, name), context.read_kernel);
    } catch (const Error& error) {
      throw Error(error.code(), at.place(value.position) + error.what());
    }
  }
  if (const Node* prepare = node.find("prepare")) {
    source.recipe = prepared(source.recipe, *prepare, at);
  }
  return source;
}

KernelSource kernel_by_name(const std::string& name, const std::string& path,
                            const KernelReader& read_kernel) {
  if (find_design(name)) return design(name, {});
  if (!read_kernel) {
    throw Error(Code::configuration,
                "no design is called '" + name + "', and kernel files cannot be read here");
  }
  try {
    return constant(read_kernel(path));
  } catch (const Error& error) {
    const bool file_like = name.find_first_of("./") != std::string::npos;
    const std::string better = file_like ? std::string() : suggestion(name, design_names());
    if (better.empty()) throw;
    throw Error(Code::configuration,
                "no file and no design is called '" + name + "'; did you mean '" + better + "'?");
  }
}

KernelRecipe read_kernel_source(const Node& node, const std::string& owner,
                                const StageContext& context) {
  const Located& at = context.located;
  const Node* matrix = node.find("matrix");
  const Node* kernel = node.find("kernel");
  if (!matrix && !kernel) at.refuse(node, "'" + owner + "' needs 'kernel' or 'matrix'");
  if (matrix && kernel) {
    at.refuse(*matrix,
              "'kernel' and 'matrix' exclude each other; a kernel for every connection "
              "belongs into the entries of 'matrix'");
  }
  for (const char* key : {"channel", "prepare"}) {
    const Node* value = matrix ? node.find(key) : nullptr;
    if (value) at.refuse(*value, std::string("'") + key + "' belongs into the entries of 'matrix'");
  }
  if (matrix) return read_matrix(*matrix, context);
  const KernelSource source = read_one_kernel(node, owner, context);
  const std::optional<Index> channel = read_channel(node, source, at);
  if (!channel) return source.recipe;
  return [recipe = source.recipe, channel](const Format& signal) {
    return one_channel(recipe(signal), *channel, signal.spatial_rank());
  };
}

}  // namespace faltung
