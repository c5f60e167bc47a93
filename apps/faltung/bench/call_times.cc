// How long calls took.
#include "apps/faltung/bench/call_times.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <sstream>

#include "engine/nd/error.h"

namespace faltung {
namespace {

constexpr int kBins = CallTimes::kBinsPerDecade * CallTimes::kDecades;

double percentile(const std::vector<double>& ascending, double share) {
  const auto count = static_cast<double>(ascending.size());
  const auto at = static_cast<std::size_t>(std::max(0.0, std::ceil(share * count) - 1));
  return ascending[at];
}

constexpr double CallTimes::*kNumbers[] = {&CallTimes::mean_s, &CallTimes::p50_s, &CallTimes::p99_s,
                                           &CallTimes::p999_s, &CallTimes::max_s};

}  // namespace

double CallTimes::bin_begin(int bin) {
  return kFirstCall * std::pow(10, static_cast<double>(bin) / kBinsPerDecade);
}

CallTimes call_times(std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  CallTimes times;
  times.mean_s =
      std::accumulate(seconds.begin(), seconds.end(), 0.0) / static_cast<double>(seconds.size());
  times.p50_s = percentile(seconds, 0.5);
  times.p99_s = percentile(seconds, 0.99);
  times.p999_s = percentile(seconds, 0.999);
  times.max_s = seconds.back();
  times.histogram.assign(kBins, 0.0);
  for (const double s : seconds) {
    const double at = std::log10(std::max(s, 1e-12) / CallTimes::kFirstCall);
    const int bin = static_cast<int>(std::floor(at * CallTimes::kBinsPerDecade));
    times.histogram[static_cast<std::size_t>(std::clamp(bin, 0, kBins - 1))] += 1;
  }
  return times;
}

std::string call_times_text(const CallTimes& times) {
  std::ostringstream text;
  text.precision(9);
  for (const auto number : kNumbers) text << times.*number << ',';
  for (const double count : times.histogram) text << count << ',';
  return text.str();
}

CallTimes parse_call_times(const std::string& text) {
  std::istringstream in(text);
  CallTimes times;
  char comma = 0;
  for (const auto number : kNumbers) in >> times.*number >> comma;
  times.histogram.resize(kBins);
  for (double& count : times.histogram) in >> count >> comma;
  if (!in || comma != ',') throw Error(Code::failure, "no call times: " + text);
  return times;
}

}  // namespace faltung
