// Marks every call of a live convolution for callgrind, which counts the instructions of each.
//
// count_instructions TAPS BLOCK CALLS, under `valgrind --tool=callgrind --instr-atstart=no
// --combine-dumps=yes`: one dump for each call after a quarter as many for warming up. Costs are the defaults, not those
// of this machine, which under valgrind is another one: the same schedule every time.
#include <valgrind/callgrind.h>

#include <cstdio>
#include <cstdlib>

#include "apps/faltung/bench/live_feed.h"
#include "engine/simd/targets.h"

int main(int argc, char** argv) {
  using namespace faltung;
  if (argc != 4) return 2;
  LiveCase live;
  live.taps = std::atol(argv[1]);
  live.block = std::atol(argv[2]);
  live.paths = {{0, 0, 0}};
  const long calls = std::atol(argv[3]);
  const LiveSignal signal(live);
  const auto contender = make_live_faltung(live, live_responses(live), Costs{});
  LiveFeed feed(live, signal, *contender);
  feed.run(calls / 4 * live.block);
  std::printf("%s, %s\n", contender->plan().c_str(), simd_target().c_str());
  std::fflush(stdout);
  CALLGRIND_START_INSTRUMENTATION;
  for (long i = 0; i < calls; ++i) {
    CALLGRIND_ZERO_STATS;
    feed.call();
    CALLGRIND_DUMP_STATS;
    feed.advance();
  }
  CALLGRIND_STOP_INSTRUMENTATION;
  return 0;
}
