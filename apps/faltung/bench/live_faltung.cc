// Faltung in `bench live`.
#include <algorithm>

#include "apps/faltung/bench/live_contender.h"
#include "engine/convolve/planner.h"

namespace faltung {
namespace {

// A causal convolution: the correlation with the reversed response, the past in front.
Problem problem_of(const LiveCase& live, const Array<float>& responses) {
  Problem problem;
  problem.kernels = Array<double>(Shape{live.kernels, live.taps});
  for (Index k = 0; k < live.kernels; ++k) {
    const float* taps = responses.data() + k * live.taps;
    std::reverse_copy(taps, taps + live.taps, problem.kernels.data() + k * live.taps);
  }
  problem.paths = live.paths;
  problem.in_channels = live.in_channels;
  problem.out_channels = live.out_channels;
  problem.padding = {{live.taps - 1, 0}};
  problem.stride = Shape{1};
  problem.dilation = Shape{1};
  problem.block = live.block;
  problem.max_slab = live.block;
  return problem;
}

class LiveFaltung : public LiveContender {
 public:
  LiveFaltung(const LiveCase& live, const Array<float>& responses, const Costs& costs)
      : block_(live.block), ins_(live.in_channels), outs_(live.out_channels) {
    const Problem problem = problem_of(live, responses);
    const Plan plan = make_plan(problem, costs, nullptr);
    const Candidate& chosen = plan.candidates[plan.chosen];
    plan_ = chosen.solver + " " + chosen.detail;
    predicted_s_ = chosen.seconds;
    streaming_ = chosen.prepare();
    room_ = std::max(block_, streaming_->max_output());
  }

  void process(const float* in, Index in_stride, float* out) noexcept override {
    streaming_->process(
        SlabOf<float>{const_cast<float*>(in), ins_, block_, 1, in_stride},  // only read
        SlabOf<float>{out, outs_, room_, 1, room_});
  }
  Index room() const noexcept override { return room_; }

  std::string plan() const override { return plan_; }
  double predicted_s() const override { return predicted_s_; }

 private:
  const Index block_, ins_, outs_;
  Index room_ = 0;
  std::string plan_;
  double predicted_s_ = -1;
  std::unique_ptr<Streaming> streaming_;
};

}  // namespace

LiveContenderPtr make_live_faltung(const LiveCase& live, const Array<float>& responses,
                                   const Costs& costs) {
  return std::make_unique<LiveFaltung>(live, responses, costs);
}

}  // namespace faltung
