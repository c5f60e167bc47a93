// Interleaves channels into finer axes: phase p of a channel becomes every stride-th sample.
#include "engine/stages/interleave.h"

#include <algorithm>

#include "engine/stream/slab_memory.h"

namespace faltung {
namespace {

class Interleave final : public Stage {
 public:
  explicit Interleave(const InterleaveOptions& options) : options_(options) {}

  Format prepare(const Format& in, const Setting&) override {
    const Shape& stride = options_.stride;
    phases_ = stride.product();
    if (in.channels % phases_ != 0) {
      throw Error(Code::configuration, "interleaving " + std::to_string(in.channels) +
                                           " channels; allowed: multiples of the " +
                                           std::to_string(phases_) + " phases");
    }
    in_ = out_ = in;
    out_.channels = in.channels / phases_;
    out_.rate_hz = in.rate_hz * static_cast<double>(stride[0]);
    if (in.extent) out_.extent = cropped(0, *in.extent);
    for (int axis = 1; axis < in.spatial_rank(); ++axis) {
      out_.inner[axis - 1] = cropped(axis, in.inner[axis - 1]);
    }
    held_ = (options_.crop[0].after + stride[0] - 1) / stride[0];
    out_.max_slab = std::max(in.max_slab, held_) * stride[0];
    ring_ = SlabMemory(in, std::max<Index>(held_, 1));
    reset();
    return out_;
  }

  Index process(const Slab& in, const Slab& out) noexcept override {
    Index given = 0;
    for (Index n = 0; n < in.extent; ++n) {
      if (held_ == 0) {
        given += spread(in.part(n, 1), options_.stride[0], out, given);
        continue;
      }
      const Slab place = ring_.slab().part(received_ % held_, 1);
      if (received_ >= held_) given += spread(place, options_.stride[0], out, given);
      copy_positions(in.part(n, 1), place);
      ++received_;
    }
    return given;
  }

  // What is held back, but for the crop.
  Index finish(const Slab& out) noexcept override {
    Index given = 0;
    const Index end = std::max<Index>(next_, received_ * options_.stride[0] - options_.crop[0].after);
    while (held_ > 0 && next_ < end) {
      const Index count = std::min(options_.stride[0], end - next_);
      given += spread(ring_.slab().part(next_ / options_.stride[0] % held_, 1), count, out, given);
    }
    received_ = 0;
    return given;
  }

  void reset() noexcept override { next_ = received_ = 0; }

  Timing timing() const override {
    Timing timing;
    timing.latency = held_;
    timing.field.finer = options_.stride[0];
    timing.field.start = options_.crop[0].before / options_.stride[0];
    return timing;
  }

  Explanation explain() const override {
    Explanation result;
    result.text = "interleave " + std::to_string(phases_) + " phases, stride " +
                  options_.stride.text();
    result.memory_bytes = ring_.bytes();
    for (int axis = 1; axis < options_.stride.rank(); ++axis) {
      ReceptiveField& field = result.inner_fields.emplace_back();
      field.finer = options_.stride[axis];
      field.start = options_.crop[static_cast<std::size_t>(axis)].before / field.finer;
    }
    return result;
  }

 private:
  Index cropped(int axis, Index n) const {
    const Padding& crop = options_.crop[static_cast<std::size_t>(axis)];
    const Index result = n * options_.stride[axis] - crop.before - crop.after;
    if (result >= 1) return result;
    throw Error(Code::configuration, "padding " + std::to_string(crop.before) + ", " +
                                         std::to_string(crop.after) + " leaves nothing of " +
                                         std::to_string(n * options_.stride[axis]) + " samples");
  }

  // The first `count` outputs of one input position. next_ counts outputs before the crop.
  Index spread(const Slab& from, Index count, const Slab& out, Index at) noexcept {
    Index given = 0;
    for (Index p = 0; p < count; ++p, ++next_) {
      if (next_ < options_.crop[0].before) continue;
      with_sample_type(out.type, [&]<class T>() {
        for (Index c = 0; c < out_.channels; ++c) {
          spread_channel(from.as<const T>(), c * phases_ + p * (phases_ / options_.stride[0]),
                         out.as<T>().at(c, at + given));
        }
      });
      ++given;
    }
    return given;
  }

  template <class T>
  void spread_channel(const SlabOf<const T>& from, Index channel, T* out) const noexcept {
    if (in_.is_series()) {
      *out = *from.at(channel, 0);
      return;
    }
    for_each_position(options_.stride.from(1), [&](const Shape& phase) {
      spread_phase(from.channel(channel++), phase, out);
    });
  }

  template <class T>
  void spread_phase(const T* from, const Shape& phase, T* out) const noexcept {
    const int last = in_.inner.rank() - 1;
    const Index step = options_.stride[last + 1];
    const Index shift = phase[last] - options_.crop[static_cast<std::size_t>(last + 1)].before;
    const Index first = shift < 0 ? (-shift + step - 1) / step : 0;
    const Index end = std::min(in_.inner[last], (out_.inner[last] - shift + step - 1) / step);
    for_each_position(in_.inner.to(last), [&](const Shape& a) {
      const T* row = from;
      from += in_.inner[last];
      Index to = 0;
      for (int axis = 0; axis < last; ++axis) {
        const Index place = a[axis] * options_.stride[axis + 1] + phase[axis] -
                            options_.crop[static_cast<std::size_t>(axis + 1)].before;
        if (place < 0 || place >= out_.inner[axis]) return;
        to = to * out_.inner[axis] + place;
      }
      T* target = out + to * out_.inner[last] + shift;
      for (Index x = first; x < end; ++x) target[x * step] = row[x];
    });
  }

  InterleaveOptions options_;
  Format in_, out_;
  Index phases_ = 1, held_ = 0;
  SlabMemory ring_;  // the last positions, where the crop at the end may take them
  Index next_ = 0, received_ = 0;
};

}  // namespace

StagePtr make_interleave(const InterleaveOptions& options) {
  return std::make_unique<Interleave>(options);
}

}  // namespace faltung
