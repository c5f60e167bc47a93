// The machine's own floors, with as many threads as the case has.
#pragma once

#include <algorithm>
#include <cstring>

#include "apps/faltung/bench/case.h"
#include "engine/convolve/workers.h"
#include "engine/nd/array.h"
#include "engine/simd/rates.h"

namespace faltung {

// Copying so many bytes once, from memory to memory, with as many threads or alone, if that is
// faster.
class CopyFloor {
 public:
  CopyFloor(Index bytes, Workers* workers) : from_(bytes), to_(bytes), workers_(workers) {}

  double seconds(double turn_s) {
    const int threads = slots_of(workers_);
    const double alone = fastest_call(turn_s, [&] { copy(1); });
    return threads == 1 ? alone : std::min(alone, fastest_call(turn_s, [&] { copy(threads); }));
  }

 private:
  void copy(Index pieces) {
    run_tasks(workers_, pieces, [&](Index piece, int) {
      const Index first = from_.size() * piece / pieces;
      const Index last = from_.size() * (piece + 1) / pieces;
      std::memcpy(to_.data() + first, from_.data() + first, static_cast<std::size_t>(last - first));
    });
    asm volatile("" : : "r"(to_.data()) : "memory");
  }

  Buffer<char> from_, to_;
  Workers* workers_;
};

// So many float32 operations as fused multiply-adds on registers alone.
inline double multiply_add_floor(double flops, int threads) {
  return flops / (fma_rate<float>() * threads);
}

}  // namespace faltung
