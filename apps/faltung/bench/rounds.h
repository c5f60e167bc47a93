// Taking turns: every contender once, then every contender again, and the least of each counts.
//
// A slow minute of the machine hits all of them, and noise only ever slows down: therefore the
// minimum over the rounds.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <vector>

namespace faltung {

constexpr int kBenchRounds = 5;

inline void take_turns(int rounds, const std::vector<std::function<void()>>& contenders) {
  for (int round = 0; round < rounds; ++round) {
    for (const auto& contender : contenders) contender();
  }
}

// The least so far; the first value where there was none.
inline void keep_least(double* least, double value) {
  *least = std::isnan(*least) ? value : std::min(*least, value);
}

template <class Work>
double seconds_taken(Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// How often a short piece of work must be repeated to fill `seconds`.
template <class Work>
long repeats_for(double seconds, Work&& work) {
  work();
  for (long repeats = 1;; repeats *= 2) {
    const double taken = seconds_taken([&] {
      for (long i = 0; i < repeats; ++i) work();
    });
    if (taken * 2 >= seconds) return repeats;
  }
}

}  // namespace faltung
