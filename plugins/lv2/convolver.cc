// The convolver plugins: one response for all channels, one for each, or four between two.
#include <algorithm>
#include <array>
#include <utility>

#include "engine/io/array.h"
#include "engine/stages/convolve.h"
#include "plugins/lv2/costs.h"
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

Kernel nothing() {
  Kernel kernel;
  kernel.values = Array<double>(Shape{1});
  kernel.values[0] = 1;
  kernel.name = "nothing";
  return kernel;
}

// [out, in, taps] of a file with four channels.
Kernel true_stereo(const Kernel& file, const Order& order) {
  const Shape& extents = file.values.extents();
  if (extents.rank() != 2 || extents[0] != kTrueStereoPaths) {
    throw Error(Code::input, file.name + ": true stereo needs a response of 4 channels, this one is " +
                                 extents.text() + "; one or two channels are for the stereo plugin");
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

Kernel response(const Kernel& file, Index channels) {
  const Shape& extents = file.values.extents();
  if (extents.rank() > 2 || (extents.rank() == 2 && extents[0] != 1 && extents[0] != channels)) {
    throw Error(Code::input, file.name + ": " + extents.text() + " is no response for " +
                                 std::to_string(channels) + (channels == 1 ? " channel" : " channels"));
  }
  return file.copy();
}

class Convolver final : public Processor {
 public:
  enum class Routing { channels, matrix };

  Convolver(const Format& format, const Note& note, Routing routing)
      : format_(format), routing_(routing) {
    setting_.clock = Clock::live;
    setting_.costs = &machine_costs();
    setting_.swaps = Swaps::coalesce;
    setting_.any_length = true;
    setting_.note = note;
    change_to(nothing(), Change::rebuild);
  }

  void load(const std::string& path, Change change) override {
    Kernel file = path.empty() ? nothing() : read_kernel(path);
    change_to(arranged(file, kind_, path.empty()), change);
    file_ = std::move(file);
    empty_ = path.empty();
  }

  void arrange(int kind, Change change) override {
    if (kind == kind_) return;
    if (!empty_) change_to(arranged(file_, kind, false), change);
    kind_ = kind;
  }

  bool collect() override {
    on_their_way_ -= static_cast<int>(stage_->collect_swaps().size());
    // A report says that the fade has begun; the old one comes back when it has ended.
    return on_their_way_ == 0 && ++quiet_ > 1;
  }

  void process(const Slab& in, const Slab& out) noexcept override { stage_->process(in, out); }
  void reset() noexcept override { stage_->reset(); }
  Index latency() const noexcept override { return 0; }

 private:
  Kernel arranged(const Kernel& file, int kind, bool empty) const {
    if (empty) return nothing();
    return routing_ == Routing::matrix ? true_stereo(file, kOrders.at(static_cast<std::size_t>(kind)))
                                       : response(file, format_.channels);
  }

  void change_to(Kernel kernel, Change change) {
    ConvolveOptions options;
    const auto shared = std::make_shared<const Kernel>(std::move(kernel));
    options.kernel = [shared](const Format&) { return shared->copy(); };
    if (change == Change::rebuild) {
      auto stage = make_convolve(options);
      stage->prepare(format_, setting_);
      stage_ = std::move(stage);
      on_their_way_ = 0;
      return;
    }
    collect();
    if (stage_->swap(options, kFadeMs) == 0) {
      throw Error(Code::failure, "too many changes at once: the sound does not run");
    }
    ++on_their_way_;
    quiet_ = 0;
  }

  Format format_;
  Setting setting_;
  Routing routing_;
  int kind_ = 0;
  Kernel file_;        // what was loaded, for another arrangement
  bool empty_ = true;  // nothing was
  int on_their_way_ = 0, quiet_ = 0;
  std::unique_ptr<ConvolveStage> stage_;
};

}  // namespace

std::unique_ptr<Processor> make_convolver(const Format& format, const Note& note) {
  return std::make_unique<Convolver>(format, note, Convolver::Routing::channels);
}

std::unique_ptr<Processor> make_true_stereo(const Format& format, const Note& note) {
  return std::make_unique<Convolver>(format, note, Convolver::Routing::matrix);
}

}  // namespace faltung::lv2
