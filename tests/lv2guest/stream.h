// A stream of noise through a plugin, and what it ought to have become.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "tests/lv2guest/response_file.h"
#include "tests/lv2guest/test_host.h"

namespace faltung::guest {

inline constexpr double kTolerance = 2e-6;  // of the peak, sums of up to 3000 products in float32

// A stream of noise through a plugin, remembered from the first frame on.
class Stream {
 public:
  explicit Stream(TestHost& host) : in(host.channels()), out(host.channels()), host_(host) {}

  void block(std::uint32_t frames) {
    for (std::size_t c = 0; c < in.size(); ++c) {
      for (std::uint32_t n = 0; n < frames; ++n) {
        state_ = state_ * 1664525u + 1013904223u;
        const float x = static_cast<float>(state_ >> 8) / 16777216.0f - 0.5f;
        host_.input(c)[n] = x;
        in[c].push_back(x);
      }
    }
    host_.turn(frames);
    for (std::size_t c = 0; c < out.size(); ++c) {
      const auto& from = in_place ? host_.input(out.size() - 1 - c) : host_.output(c);
      out[c].insert(out[c].end(), from.begin(), from.begin() + frames);
    }
  }
  void blocks(int count, std::uint32_t frames = 64) {
    while (count-- > 0) block(frames);
  }
  std::size_t frames() const { return in[0].size(); }

  std::vector<std::vector<float>> in, out;
  bool in_place = false;

 private:
  TestHost& host_;
  unsigned state_ = 99;
};

using Wanted = std::function<void(std::size_t channel, std::vector<double>&)>;

inline void check_near(const Stream& stream, std::size_t first, const Wanted& wanted) {
  for (std::size_t c = 0; c < stream.out.size(); ++c) {
    std::vector<double> y(stream.frames());
    wanted(c, y);
    double worst = 0, peak = 0;
    for (std::size_t n = first; n < y.size(); ++n) {
      worst = std::max(worst, std::abs(y[n] - static_cast<double>(stream.out[c][n])));
      peak = std::max(peak, std::abs(y[n]));
    }
    CAPTURE(c);
    CHECK(peak > 0);
    CHECK(worst <= kTolerance * peak);
  }
}

// Each channel through its own channel of the response.
inline void check_convolved(const Stream& stream, std::size_t first, const Kernel& response) {
  check_near(stream, first, [&](std::size_t c, std::vector<double>& y) {
    const Index channels = response.values.extents()[0];
    add_convolved(stream.in[c], response, channels == 1 ? 0 : static_cast<Index>(c), y);
  });
}

}  // namespace faltung::guest
