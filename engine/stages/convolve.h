// The stage this project exists for: convolution and correlation of any rank.
//
// Series (no inner axes) default to causal: latency 0, output n + taps − 1, the tail given by
// finish; boundary zero. Images and volumes default to mode `same`, boundary `reflect`.
// A kernel of the spatial rank is applied to every channel; with one more axis, kernel c to
// channel c; with two more, [out, in / groups, k…] mixes channels as a layer or a matrix does.
// Errors (prepare): kernel channels that do not fit, non-finite or empty kernels, boundaries that
// cannot be had, wrap along an endless axis.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/convolve/kernel.h"
#include "engine/nd/boundary.h"
#include "engine/stages/activation.h"
#include "engine/stream/stage.h"
#include "engine/stream/swap.h"

namespace faltung {

// Makes the kernel once the signal's format is known (a design needs the rate). A response whose
// rate differs from the signal's is resampled by the stage, and it is said.
using KernelRecipe = std::function<Kernel(const Format& signal)>;

enum class Orientation {
  convolution,  // the kernel is flipped
  correlation,  // it is not: what layers of neural networks do
};

enum class Method { automatic, direct, separable, fft, partitioned };

struct ConvolveOptions {
  KernelRecipe kernel;
  Orientation orientation = Orientation::convolution;
  std::optional<Mode> mode;                     // default as above
  std::optional<std::vector<Padding>> padding;  // per spatial axis (one entry: all); not with mode
  std::optional<Boundary> boundary;             // default as above
  double constant = 0;                          // value outside for Boundary::constant
  Shape stride;                                 // per spatial axis; empty: 1; one entry: all
  Shape dilation;                               // the same
  Index groups = 1;                             // only for kernels [out, in / groups, k…]
  std::vector<double> bias;                     // per output channel; one entry: all; empty: none
  std::optional<ActivationOptions> activation;  // applied to the result
  double gain_db = 0;                           // on the kernel
  Method method = Method::automatic;
  std::optional<SampleType> precision;  // of the arithmetic; default: the signal's
  std::optional<double> tolerance;  // relative to the output's peak, 0: exact; default: precision's
  Index memory = 0;                 // most bytes a plan may work with; 0: any
};

// What a convolution can do beyond a stage. Live (Clock::live), a slab of a channel with NaN or
// infinity is muted and counted, and denormals are flushed for the time of the call.
class ConvolveStage : public Stage {
 public:
  // Swaps the response and its routing while another thread processes (Setting::swaps): prepares,
  // warms up and hands over; the fade begins with the next slab. `next` must give as many channels
  // as before, causally. To be called, as collect_swaps, by one thread that is not the audio
  // thread. Returns a ticket; 0: too many swaps are on their way, collect first. Throws Error.
  virtual std::uint64_t swap(const ConvolveOptions& next, double fade_ms = 20) = 0;

  // Which swaps have been heard, and from which frame on. Frees what is not needed any more.
  virtual std::vector<SwapReport> collect_swaps() = 0;

  virtual Index muted_slabs() const noexcept = 0;
  // Blocks of a tail that Setting::tail_threads did not finish in time; the audio thread's to ask.
  virtual Index late_blocks() const noexcept = 0;
};

std::unique_ptr<ConvolveStage> make_convolve(const ConvolveOptions& options);

}  // namespace faltung
