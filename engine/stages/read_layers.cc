// Readers of the layers beside convolution: pooling, transposed convolution, upsampling, norms.
#include "engine/stages/read_layers.h"

#include "engine/stages/channel_norm.h"
#include "engine/stages/pool.h"
#include "engine/stages/read_convolve.h"
#include "engine/stages/read_kernel_source.h"
#include "engine/stages/transposed_convolve.h"

namespace faltung {
namespace {

PoolOptions::Kind pool_kind(const Node& node, const Located& at) {
  const std::string word = at.word(node, {"max", "average", "lp"});
  return word == "max"       ? PoolOptions::Kind::max
         : word == "average" ? PoolOptions::Kind::average
                             : PoolOptions::Kind::lp;
}

void read_power(const Node& node, const Located& at, PoolOptions* options) {
  const Node* power = node.find("power");
  if (!power) return;
  if (options->kind != PoolOptions::Kind::lp) at.refuse(*power, "'power' is only for kind lp");
  options->power = at.number(*power);
  if (options->power < 1) at.refuse(*power, "expected a power of at least 1, got '" + power->text + "'");
}

}  // namespace

StagePtr read_pool(const Node& node, const StageContext& context) {
  const Located& at = context.located;
  at.check_keys(node, "pool", {"kind", "size", "stride", "dilation", "padding", "ceil",
                               "count_include_pad", "power"});
  PoolOptions options;
  options.kind = pool_kind(at.required(node, "pool", "kind"), at);
  read_power(node, at, &options);
  const Node& size = at.required(node, "pool", "size");
  if (size.kind == Node::Kind::scalar && size.text == "global") {
    at.check_keys(node, "global pool", {"kind", "size", "power"});
    return make_global_pool(options);
  }
  options.size = at.integers(size, 1);
  if (const Node* stride = node.find("stride")) options.stride = at.integers(*stride, 1);
  if (const Node* dilation = node.find("dilation")) options.dilation = at.integers(*dilation, 1);
  if (const Node* padding = node.find("padding")) options.padding = at.paddings(*padding);
  if (const Node* ceil = node.find("ceil")) options.ceil = at.flag(*ceil);
  if (const Node* count = node.find("count_include_pad")) {
    options.count_include_pad = at.flag(*count);
  }
  return make_pool(options);
}

StagePtr read_transposed_convolve(const Node& node, const StageContext& context) {
  const Located& at = context.located;
  const char* owner = "transposed_convolve";
  at.check_keys(node, owner, {"kernel", "prepare", "stride", "dilation", "padding",
                              "output_padding", "groups", "bias", "activation", "precision"});
  TransposedOptions options;
  options.kernel = read_one_kernel(node, owner, context).recipe;
  if (const Node* v = node.find("stride")) options.stride = at.integers(*v, 1);
  if (const Node* v = node.find("dilation")) options.dilation = at.integers(*v, 1);
  if (const Node* v = node.find("padding")) options.padding = at.paddings(*v);
  if (const Node* v = node.find("output_padding")) options.output_padding = at.integers(*v, 0);
  if (const Node* v = node.find("groups")) options.groups = at.integer(*v, 1);
  if (const Node* v = node.find("bias")) options.bias = at.numbers(*v);
  if (const Node* v = node.find("activation")) options.activation = read_activation(*v, at);
  if (const Node* v = node.find("precision")) {
    options.precision = at.word(*v, {"float32", "float64"}) == "float32" ? SampleType::float32
                                                                         : SampleType::float64;
  }
  return make_transposed_convolve(options);
}

StagePtr read_upsample(const Node& node, const StageContext& context) {
  const Located& at = context.located;
  at.check_keys(node, "upsample", {"kind", "factor"});
  const Node* kind = node.find("kind");
  const bool linear = kind && at.word(*kind, {"nearest", "linear"}) == "linear";
  return make_upsample(linear ? UpsampleKind::linear : UpsampleKind::nearest,
                       at.integers(at.required(node, "upsample", "factor"), 1));
}

BatchNorm read_norm(const Node& node, const Located& at) {
  at.check_keys(node, "batch_norm", {"mean", "variance", "gain", "shift", "epsilon"});
  BatchNorm norm;
  norm.mean = at.numbers(at.required(node, "batch_norm", "mean"));
  norm.variance = at.numbers(at.required(node, "batch_norm", "variance"));
  if (const Node* v = node.find("epsilon")) norm.epsilon = at.number(*v);
  if (const Node* v = node.find("gain")) norm.gain = at.numbers(*v);
  if (const Node* v = node.find("shift")) norm.shift = at.numbers(*v);
  for (double variance : norm.variance) {
    if (!(variance + norm.epsilon > 0)) {
      at.refuse(*node.find("variance"), "variance + epsilon must be above 0");
    }
  }
  std::size_t channels = 1;
  for (const char* key : {"mean", "variance", "gain", "shift"}) {
    const Node* list = node.find(key);
    const std::size_t count = list ? at.numbers(*list).size() : 1;
    if (count != 1 && channels != 1 && count != channels) {
      at.refuse(*list, "'" + std::string(key) + "' has " + std::to_string(count) +
                           " values where others have " + std::to_string(channels));
    }
    channels = std::max(channels, count);
  }
  return norm;
}

StagePtr read_batch_norm(const Node& node, const StageContext& context) {
  return make_batch_norm(read_norm(node, context.located));
}

}  // namespace faltung
