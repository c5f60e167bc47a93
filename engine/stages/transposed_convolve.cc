// Transposed convolution and upsampling by whole factors, slab by slab, any rank.
#include "engine/stages/transposed_convolve.h"

#include <algorithm>
#include <type_traits>

#include "engine/stages/interleave.h"
#include "engine/stream/chain.h"

namespace faltung {
namespace {

[[noreturn]] void refuse(const std::string& message) { throw Error(Code::configuration, message); }

// One value for each axis from none, one (all the same) or all of them.
template <class Values, class Value>
Value value_of(const Values& given, int count, int axis, int rank, Value none, const char* what) {
  if (count == 0) return none;
  if (count != 1 && count != rank) {
    refuse(std::string(what) + " has " + std::to_string(count) +
           " values; allowed: one for all axes, or one for each of " + std::to_string(rank));
  }
  const int at = count == 1 ? 0 : axis;
  if constexpr (std::is_same_v<Values, Shape>) {
    return given[at];
  } else {
    return given[static_cast<std::size_t>(at)];
  }
}

// Along one axis.
struct Axis {
  Index taps, stride, dilation, output_padding;
  Padding padding;

  Index reach() const { return (taps - 1) * dilation / stride; }  // inputs before the newest
  // Inputs after the last one, where it still reaches outputs that are wanted.
  Index after() const { return std::max<Index>(0, wanted() / stride); }
  Index wanted() const { return dilation * (taps - 1) + output_padding - padding.after; }
  Padding crop() const { return {padding.before, stride * (after() + 1) - 1 - wanted()}; }
};

Shape shape_of(const Shape& front, const std::vector<Axis>& axes, Index Axis::*member) {
  Shape result = front;
  for (const Axis& axis : axes) result.push_back(axis.*member);
  return result;
}

// Calls body(tap, phase, back): phase and place of every tap, `back` inputs before the newest, both
// row-major over all axes.
template <class Body>
void for_each_tap(const std::vector<Axis>& axes, Body&& body) {
  Index tap = 0;
  for_each_position(shape_of({}, axes, &Axis::taps), [&](const Shape& k) {
    Index phase = 0, place = 0;
    for (int i = 0; i < k.rank(); ++i) {
      const Axis& a = axes[static_cast<std::size_t>(i)];
      const Index at = k[i] * a.dilation;
      phase = phase * a.stride + at % a.stride;
      place = place * (a.reach() + 1) + a.reach() - at / a.stride;
    }
    body(tap++, phase, place);
  });
}

class TransposedConvolve final : public Stage {
 public:
  explicit TransposedConvolve(const TransposedOptions& options) : options_(options) {}

  Format prepare(const Format& in, const Setting& setting) override {
    const Kernel kernel = options_.kernel(in);
    name_ = kernel.name;
    state_axes(kernel, in);
    std::vector<StagePtr> stages;
    stages.push_back(make_convolve(phases_convolved(kernel, in)));
    InterleaveOptions interleave{shape_of({}, axes_, &Axis::stride), {}};
    for (const Axis& axis : axes_) interleave.crop.push_back(axis.crop());
    stages.push_back(make_interleave(interleave));
    chain_ = make_chain(std::move(stages));
    return chain_->prepare(in, setting);
  }

  Index process(const Slab& in, const Slab& out) noexcept override {
    return chain_->process(in, out);
  }
  Index finish(const Slab& out) noexcept override { return chain_->finish(out); }
  void reset() noexcept override { chain_->reset(); }
  Timing timing() const override { return chain_->timing(); }

  Explanation explain() const override {
    Explanation result = chain_->explain();
    result.text = "transposed convolution " + name_ + ": " +
                  shape_of({}, axes_, &Axis::taps).text() + ", stride " +
                  shape_of({}, axes_, &Axis::stride).text() + ", by polyphase";
    return result;
  }

 private:
  void state_axes(const Kernel& kernel, const Format& in) {
    const int rank = in.spatial_rank(), extra = kernel.values.extents().rank() - rank;
    if (extra < 0 || extra > 2 || !kernel.paths.empty()) {
      refuse("kernel " + name_ + " has " + std::to_string(kernel.values.extents().rank()) +
             " axes; allowed: " + std::to_string(rank) +
             ", one more (per channel) or two more (in, out / groups)");
    }
    axes_.clear();
    for (int a = 0; a < rank; ++a) {
      const auto of = [&](const Shape& given, Index none, const char* what) {
        return value_of(given, given.rank(), a, rank, none, what);
      };
      axes_.push_back({kernel.values.extents()[a + extra], of(options_.stride, 1, "stride"),
                       of(options_.dilation, 1, "dilation"),
                       of(options_.output_padding, 0, "output_padding"),
                       value_of(options_.padding, static_cast<int>(options_.padding.size()), a, rank,
                                Padding{}, "padding")});
      check_axis(axes_.back());
    }
  }

  static void check_axis(const Axis& axis) {
    if (axis.stride < 1 || axis.dilation < 1) refuse("stride and dilation must be at least 1");
    if (axis.padding.before < 0 || axis.padding.after < 0) refuse("padding must not be negative");
    const Index most = std::max(axis.stride, axis.dilation) - 1;
    if (axis.output_padding < 0 || axis.output_padding > most) {
      refuse("output_padding " + std::to_string(axis.output_padding) +
             "; allowed: 0 to " + std::to_string(most) + ", below stride or dilation");
    }
  }

  // The same kernel as [out · phases, in / groups, k…], one correlation for every phase.
  ConvolveOptions phases_convolved(const Kernel& kernel, const Format& in) const {
    const Shape& extents = kernel.values.extents();
    const int extra = extents.rank() - in.spatial_rank();
    const Index groups = extra == 2 ? options_.groups : in.channels;
    const Index ins = extra == 2 ? extents[0] : in.channels;
    const Index outs_each = extra == 2 ? extents[1] : 1;
    if (ins % groups != 0) {
      refuse("groups = " + std::to_string(groups) + "; allowed: divisors of the kernel's " +
             std::to_string(ins) + " input channels");
    }
    if (ins != in.channels || (extra == 1 && extents[0] != ins)) {
      refuse("kernel " + name_ + " of " + extents.text() + " is for " +
             std::to_string(extents[0]) + " channels; the signal has " +
             std::to_string(in.channels));
    }
    ConvolveOptions result;
    const auto shared = std::make_shared<Kernel>();
    shared->values = by_phase(kernel.values, groups, ins / groups, outs_each, extra == 0);
    shared->name = name_;
    result.kernel = [shared](const Format&) { return shared->copy(); };
    result.orientation = Orientation::correlation;
    result.padding.emplace();
    for (const Axis& axis : axes_) result.padding->push_back({axis.reach(), axis.after()});
    result.boundary = options_.boundary;
    result.groups = groups;
    result.bias = bias_by_phase(groups * outs_each);
    result.activation = options_.activation;
    result.precision = options_.precision;
    return result;
  }

  Array<double> by_phase(const Array<double>& values, Index groups, Index ins_each,
                         Index outs_each, bool one_for_all) const {
    const Index phases = shape_of({}, axes_, &Axis::stride).product();
    const Index taps = shape_of({}, axes_, &Axis::taps).product();
    Shape extents{groups * outs_each * phases, ins_each};
    for (const Axis& axis : axes_) extents.push_back(axis.reach() + 1);
    Array<double> result(extents);
    const Index size = extents.from(2).product();
    for_each_position(Shape{groups, ins_each, outs_each}, [&](const Shape& at) {
      const Index pair = one_for_all ? 0 : (at[0] * ins_each + at[1]) * outs_each + at[2];
      const Index out = (at[0] * outs_each + at[2]) * phases;
      for_each_tap(axes_, [&](Index tap, Index phase, Index place) {
        result.data()[((out + phase) * ins_each + at[1]) * size + place] =
            values.data()[pair * taps + tap];
      });
    });
    return result;
  }

  std::vector<double> bias_by_phase(Index outs) const {
    std::vector<double> result;
    const Index count = static_cast<Index>(options_.bias.size());
    if (count <= 1) return options_.bias;
    if (count != outs) {
      refuse("bias has " + std::to_string(count) +
             " values; allowed: one for all output channels, or one for each of " +
             std::to_string(outs));
    }
    const Index phases = shape_of({}, axes_, &Axis::stride).product();
    for (double value : options_.bias) {
      result.insert(result.end(), static_cast<std::size_t>(phases), value);
    }
    return result;
  }

  TransposedOptions options_;
  std::string name_;
  std::vector<Axis> axes_;
  StagePtr chain_;
};

// Taps along one axis of an upsampling by `factor`: a box, or a triangle around the centre.
std::vector<double> upsampling_taps(UpsampleKind kind, Index factor) {
  if (kind == UpsampleKind::nearest) {
    return std::vector<double>(static_cast<std::size_t>(factor), 1.0);
  }
  const Index taps = 2 * factor - factor % 2;
  std::vector<double> result;
  for (Index j = 0; j < taps; ++j) {
    const Index distance = 2 * j - (taps - 1);  // from the centre, in half samples
    result.push_back(1 - static_cast<double>(std::max(distance, -distance)) /
                             static_cast<double>(2 * factor));
  }
  return result;
}

}  // namespace

StagePtr make_transposed_convolve(const TransposedOptions& options) {
  return std::make_unique<TransposedConvolve>(options);
}

StagePtr make_upsample(UpsampleKind kind, const Shape& factor) {
  TransposedOptions options;
  options.stride = factor;
  options.boundary = Boundary::replicate;
  for (Index f : factor) {
    const Index beyond = static_cast<Index>(upsampling_taps(kind, f).size()) - f;
    options.padding.push_back({beyond / 2, beyond - beyond / 2});
  }
  options.kernel = [kind, factor](const Format& in) {
    const int rank = in.spatial_rank();
    Shape extents;
    std::vector<std::vector<double>> taps;
    for (int axis = 0; axis < rank; ++axis) {
      taps.push_back(upsampling_taps(kind, value_of(factor, factor.rank(), axis, rank, Index{1},
                                                    "factor")));
      extents.push_back(static_cast<Index>(taps.back().size()));
    }
    Kernel kernel;
    kernel.name = kind == UpsampleKind::nearest ? "nearest" : "linear";
    kernel.values = Array<double>(extents);
    double* to = kernel.values.data();
    for_each_position(extents, [&](const Shape& k) {
      *to = 1;
      for (int axis = 0; axis < rank; ++axis) {
        *to *= taps[static_cast<std::size_t>(axis)][static_cast<std::size_t>(k[axis])];
      }
      ++to;
    });
    return kernel;
  };
  return make_transposed_convolve(options);
}

}  // namespace faltung
