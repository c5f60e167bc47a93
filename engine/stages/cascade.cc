// Neighbouring convolutions of a series, folded into one where that is predicted to be cheaper.
#include "engine/stages/cascade.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "engine/design/fold.h"
#include "engine/stages/fit_rate.h"
#include "engine/stages/placed_stage.h"
#include "engine/stream/chain.h"

namespace faltung {
namespace {

constexpr const char* kName = "convolve";

constexpr Index kMostFoldedTaps = Index{1} << 22;  // 87 s at 48 kHz: folding takes about a second

bool is_plain(const ConvolveOptions& o) {
  const auto ones = [](const Shape& s) {
    return std::all_of(s.begin(), s.end(), [](Index n) { return n == 1; });
  };
  return o.mode.value_or(Mode::full) == Mode::full && !o.padding &&
         o.boundary.value_or(Boundary::zero) == Boundary::zero && ones(o.stride) &&
         ones(o.dilation) && o.groups == 1 && o.method == Method::automatic;
}

// Makes the kernel, at the signal's rate, when it is first asked for.
KernelRecipe remembering(const KernelRecipe& recipe) {
  const auto known = std::make_shared<std::optional<Kernel>>();
  return [recipe, known](const Format& signal) {
    if (!*known) *known = at_rate_of(signal, recipe(signal));
    return (*known)->copy();
  };
}

// Why it cannot be folded; "" where it can.
std::string why_not(const Kernel& kernel, const Format& signal) {
  const Shape& extents = kernel.values.extents();
  if (!signal.is_series()) return "only for series";
  if (!kernel.paths.empty() || extents.rank() > 2) return kernel.name + " mixes channels";
  return "";
}

// [channel, taps] as a convolution takes it, gain included.
Array<double> response_of(Kernel kernel, const ConvolveOptions& options) {
  const Index taps = kernel.values.extents().back(), channels = kernel.values.size() / taps;
  const double gain = std::pow(10.0, options.gain_db / 20);
  for (double& tap : kernel.values) tap *= gain;
  for (Index c = 0; options.orientation == Orientation::correlation && c < channels; ++c) {
    std::reverse(kernel.values.data() + c * taps, kernel.values.data() + (c + 1) * taps);
  }
  return std::move(kernel.values).reshaped({channels, taps});
}

// What the plans chosen by the stages promise, in turn.
Explanation::Candidate sum_of_chosen(const std::vector<Explanation>& stages) {
  Explanation::Candidate sum;
  for (const Explanation& stage : stages) {
    for (const Explanation::Candidate& candidate : stage.candidates) {
      if (!candidate.chosen) continue;
      sum.predicted_s += candidate.predicted_s;
      sum.error_bound += candidate.error_bound;
      sum.detail +=
          (sum.detail.empty() ? "" : ", then ") + candidate.solver + " (" + candidate.detail + ")";
    }
  }
  return sum;
}

class Cascade final : public Stage {
 public:
  explicit Cascade(std::vector<CascadeLink> links) : links_(std::move(links)) {}

  Format prepare(const Format& in, const Setting& setting) override {
    std::vector<KernelRecipe> recipes;
    std::vector<StagePtr> stages;
    for (const CascadeLink& link : links_) {
      ConvolveOptions options = link.options;
      recipes.push_back(options.kernel = remembering(options.kernel));
      stages.push_back(make_placed(make_convolve(options), link.located, link.position, kName));
    }
    stage_ = make_chain(std::move(stages));
    const Format out = stage_->prepare(in, setting);
    in_turn_ = sum_of_chosen(stage_->explain().parts);
    in_turn_.solver = "in turn";
    in_turn_.chosen = true;
    folded_ = {"folded", "", -1, 0, false};
    if (setting.swaps != Swaps::none) {
      folded_.detail = "each response can be swapped";
      return out;
    }
    StagePtr folded = make_folded(recipes, in);
    return folded ? better_of(std::move(folded), in, out, setting) : out;
  }

  Index process(const Slab& in, const Slab& out) noexcept override {
    return stage_->process(in, out);
  }
  Index finish(const Slab& out) noexcept override { return stage_->finish(out); }
  void reset() noexcept override { stage_->reset(); }
  Timing timing() const override { return stage_->timing(); }

  Explanation explain() const override {
    Explanation result;
    if (folded_.chosen) {
      result.parts.push_back(explain_held(*stage_, in_, out_));
    } else {
      result = stage_->explain();
    }
    result.text = "cascade of " + std::to_string(links_.size()) + " convolutions";
    result.candidates = {folded_, in_turn_};
    return result;
  }

 private:
  // All links as one convolution, which has the bias and activation of the last. Null where it
  // cannot be, which folded_ then explains.
  StagePtr make_folded(const std::vector<KernelRecipe>& recipes, const Format& in) {
    const auto kernel = std::make_shared<Kernel>();
    for (std::size_t i = 0; i < links_.size(); ++i) {
      Kernel next = recipes[i](in);
      folded_.detail = why_not(next, in);
      if (!folded_.detail.empty()) return nullptr;
      kernel->name += (i == 0 ? "" : " * ") + next.name;
      Array<double> response = response_of(std::move(next), links_[i].options);
      const Index taps = i == 0 ? 0 : kernel->values.extents()[1] + response.extents()[1] - 1;
      if (taps > kMostFoldedTaps) {
        folded_.detail = std::to_string(taps) + " taps; at most " + std::to_string(kMostFoldedTaps);
        return nullptr;
      }
      kernel->values = i == 0 ? std::move(response) : fold(kernel->values, response);
    }
    ConvolveOptions options = links_.back().options;
    options.orientation = Orientation::convolution;
    options.gain_db = 0;
    options.kernel = [kernel](const Format&) { return std::move(*kernel); };  // asked for once
    return make_convolve(options);
  }

  Format better_of(StagePtr folded, const Format& in, const Format& out, const Setting& setting) {
    in_ = in;
    out_ = folded->prepare(in, setting);
    const Explanation::Candidate cost = sum_of_chosen({folded->explain()});
    folded_.predicted_s = cost.predicted_s;
    folded_.error_bound = cost.error_bound;
    folded_.detail = cost.detail;
    folded_.chosen = folded_.predicted_s < in_turn_.predicted_s;
    in_turn_.chosen = !folded_.chosen;
    if (in_turn_.chosen) return out;
    stage_ = std::move(folded);
    return out_;
  }

  std::vector<CascadeLink> links_;
  StagePtr stage_;  // the folded one, or a chain
  Explanation::Candidate folded_, in_turn_;
  Format in_, out_;  // of the folded one
};

}  // namespace

bool can_fold(const ConvolveOptions& first, const ConvolveOptions& second) {
  return is_plain(first) && is_plain(second) && first.bias.empty() && !first.activation &&
         first.precision == second.precision;
}

StagePtr make_cascade(std::vector<CascadeLink> links) {
  if (links.size() > 1) return std::make_unique<Cascade>(std::move(links));
  const CascadeLink& only = links.at(0);
  return make_placed(make_convolve(only.options), only.located, only.position, kName);
}

}  // namespace faltung
