// How long calls took: percentiles, and a histogram over logarithmic time.
#pragma once

#include <string>
#include <vector>

namespace faltung {

struct CallTimes {
  double mean_s = 0;
  double p50_s = 0;
  double p99_s = 0;
  double p999_s = 0;  // p99.9
  double max_s = 0;
  std::vector<double> histogram;  // calls in each bin of kCallBins, from kFirstCall on

  static constexpr int kBinsPerDecade = 25;
  static constexpr int kDecades = 7;
  static constexpr double kFirstCall = 1e-8;  // s; shorter and longer ones count at the ends
  static double bin_begin(int bin);           // s
};

// Of one time or more, in seconds. The p-th percentile is the smallest time that p % of the calls
// did not pass.
CallTimes call_times(std::vector<double> seconds);

// As one word, and back; throws Error{failure} for anything else.
std::string call_times_text(const CallTimes& times);
CallTimes parse_call_times(const std::string& text);

}  // namespace faltung
