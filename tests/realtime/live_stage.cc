// A pipeline prepared as for an audio thread, with memory for its slabs and noise to process.
#include "tests/realtime/live_stage.h"

#include <cmath>
#include <cstdlib>

namespace faltung::realtime {
namespace {

constexpr double kRate = 48000;

// Uniform in −1 … 1, the same on every machine.
double draw(std::minstd_rand& random) {
  return 2.0 * static_cast<double>(random()) / static_cast<double>(std::minstd_rand::max()) - 1.0;
}

}  // namespace

Format live_format(Index channels, const Shape& inner, SampleType type, Index block) {
  Format format;
  format.channels = channels;
  format.inner = inner;
  format.rate_hz = inner.rank() == 0 ? kRate : 0;
  format.type = type;
  format.max_slab = block;
  return format;
}

Kernel noise_response(const std::string& path) {
  const std::size_t name = path.find_last_of('/') + 1;
  char* end = nullptr;
  const Index channels = std::strtol(path.c_str() + name, &end, 10);
  const Index taps = std::strtol(end + 1, nullptr, 10);
  Kernel kernel;
  kernel.values = Array<double>({channels, taps});
  std::minstd_rand random(7);
  for (Index i = 0; i < kernel.values.size(); ++i) {
    const double decay = std::exp(-6.9 * static_cast<double>(i % taps) / static_cast<double>(taps));
    kernel.values[i] = draw(random) * decay / std::sqrt(static_cast<double>(taps));
  }
  kernel.rate_hz = kRate;
  kernel.name = path;
  return kernel;
}

LiveStage::LiveStage(const std::string& pipeline, const Format& in)
    : stage_(parse_pipeline(pipeline, "live.yaml", noise_response).stage),
      in_(in, in.max_slab),
      random_(11) {
  Setting live;
  live.clock = Clock::live;
  const Format out = stage_->prepare(in, live);
  out_ = SlabMemory(out, out.max_slab);
}

void LiveStage::fill_input() {
  with_sample_type(in_.slab().type, [&]<class T>() {
    const SlabOf<T> slab = in_.slab().as<T>();
    for (Index i = 0; i < slab.channels * slab.channel_stride; ++i) {
      slab.data[i] = static_cast<T>(draw(random_));
    }
  });
}

}  // namespace faltung::realtime
