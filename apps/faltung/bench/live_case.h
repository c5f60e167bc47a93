// The cases of `bench live`: blocks, responses and routing, the sound that goes through them, and
// what comes out at some instants.
#pragma once

#include <string>
#include <vector>

#include "engine/convolve/problem.h"
#include "engine/nd/array.h"

namespace faltung {

// A matrix of responses at 48 kHz, fed with blocks.
struct LiveCase {
  std::string name;  // "1x1, 5 s, block 64"
  Index block = 0;
  Index taps = 0;
  Index in_channels = 1;
  Index out_channels = 1;
  Index kernels = 1;        // different responses
  std::vector<Path> paths;  // ordered by out, then in
  Index frames = 0;         // of one measured pass; whole blocks
  bool pictured = false;    // its call times are drawn

  Index warm_up() const;  // frames until everything has been touched; whole blocks
  Index stream() const { return warm_up() + 2 * frames; }  // the longest that anybody hears
  double density() const;
  bool is_large() const { return paths.size() > 4; }  // a turn takes seconds
};

// `quick`: few, small, short.
std::vector<LiveCase> live_cases(bool quick);

// Noise that decays by 60 dB over its length, scaled so that outputs are about as loud as the
// inputs: [kernel][tap]. Always the same.
Array<float> live_responses(const LiveCase& live);

// White noise that repeats after kLivePeriod blocks, every channel another stretch of it: small
// enough to stay in the cache, as a device's buffer does, and no power of two, so that a delay
// gone wrong is seen. Silence before frame 0.
constexpr Index kLivePeriod = 251;
class LiveSignal {
 public:
  explicit LiveSignal(const LiveCase& live);

  // A block that begins at `frame`: channel c is at + c * channel_stride().
  const float* block(Index frame) const { return noise_.data() + frame % period_; }
  Index channel_stride() const { return stride_; }

  // Calls use(m, sample at frame - m) for m = 0 ... count - 1; count <= frame + 1.
  template <class Use>
  void backwards(Index channel, Index frame, Index count, Use&& use) const {
    const float* noise = noise_.data() + channel * stride_;
    Index at = frame % period_;
    for (Index m = 0; m < count; ++m) {
      use(m, noise[at]);
      at = at == 0 ? period_ - 1 : at - 1;
    }
  }

 private:
  Index period_, stride_;
  Buffer<float> noise_;
};

// One sample of the output.
struct LivePoint {
  Index frame = 0;
  Index channel = 0;
};

// Some points of the stream, ascending: in the first blocks, where the response ends, and anywhere.
std::vector<LivePoint> live_points(const LiveCase& live);

// What is there, by plain dot products in double.
std::vector<double> live_reference(const LiveCase& live, const std::vector<LivePoint>& points);

}  // namespace faltung
