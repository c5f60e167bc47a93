// The convolver plugins: one response for all channels, one for each, or four between two.
#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "engine/io/array.h"
#include "engine/stages/convolve.h"
#include "plugins/lv2/processor.h"

namespace faltung::lv2 {
namespace {

constexpr Index kTrueStereoPaths = 4;

// Input and output of the four channels of a file, in the orders of the control port.
using Order = std::array<std::pair<Index, Index>, kTrueStereoPaths>;
constexpr std::array<Order, 3> kOrders = {{
    {{{0, 0}, {0, 1}, {1, 0}, {1, 1}}},  // LL LR RL RR: input by input
    {{{0, 0}, {1, 1}, {0, 1}, {1, 0}}},  // LL RR LR RL: straight ones first
    {{{0, 0}, {1, 0}, {0, 1}, {1, 1}}},  // LL RL LR RR: output by output
}};

// [out, in, taps] of a file with four channels.
Kernel true_stereo(const Kernel& file, const Order& order) {
  const Shape& extents = file.values.extents();
  if (extents.rank() != 2 || extents[0] != kTrueStereoPaths) {
    throw Error(Code::input, file.name + ": true stereo needs a response of 4 channels, this is " +
                                 extents.text() + "; for one or two there is the stereo plugin");
  }
  Kernel kernel;
  kernel.values = Array<double>(Shape{2, 2, extents[1]});
  for (Index c = 0; c < kTrueStereoPaths; ++c) {
    const auto [in, out] = order[static_cast<std::size_t>(c)];
    std::copy_n(file.values.data() + c * extents[1], extents[1],
                kernel.values.data() + (2 * out + in) * extents[1]);
  }
  kernel.rate_hz = file.rate_hz;
  kernel.name = file.name;
  return kernel;
}

Kernel response(Kernel file, Index channels) {
  const Shape& extents = file.values.extents();
  if (extents.rank() > 2 || (extents.rank() == 2 && extents[0] != 1 && extents[0] != channels)) {
    throw Error(Code::input, file.name + ": " + extents.text() + " is no response for " +
                                 (channels == 1 ? "one channel" : "two channels"));
  }
  return file;
}

StagePtr convolution(Kernel kernel) {
  ConvolveOptions options;
  const auto shared = std::make_shared<const Kernel>(std::move(kernel));
  options.kernel = [shared](const Format&) { return shared->copy(); };
  return make_convolve(options);
}

}  // namespace

StagePtr convolver_stage(const std::string& path, const Format& format, int) {
  return convolution(response(read_kernel(path), format.channels));
}

StagePtr true_stereo_stage(const std::string& path, const Format&, int order) {
  return convolution(true_stereo(read_kernel(path), kOrders.at(static_cast<std::size_t>(order))));
}

}  // namespace faltung::lv2
