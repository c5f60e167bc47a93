// faltung bench: the project's benchmarks, its peers beside it on the same work in the same run.
#pragma once

#include <string>

#include "apps/faltung/bench/record.h"
#include "apps/faltung/console.h"

namespace faltung {

struct BenchOptions {
  GeneralOptions general;
  std::string suite;     // "loops", "live", "layers", …; empty: all of them
  std::string json;      // also one JSON object a line into this file
  std::string markdown;  // also into this page, in the places of the suites: docs/benchmarks.md
  std::string turn;      // internal: one turn of `bench live`, whose result goes to stdout
  bool large = false;    // of "volume": volumes on disk, up to 16 GiB
  bool quick = false;    // tiny sizes, one round: shows that it works, not how fast
};

// Of `bench live`: what options.turn asks for, in this process; the result is a line.
int run_live_turn(const BenchOptions& options);

int run_bench(const BenchOptions& options);

// One file for each suite. They print what they are doing, and throw Error.
BenchReport bench_loops(const BenchOptions& options);
BenchReport bench_live(const BenchOptions& options);
BenchReport bench_offline(const BenchOptions& options);
BenchReport bench_image(const BenchOptions& options);
BenchReport bench_volume(const BenchOptions& options);
BenchReport bench_large(const BenchOptions& options);  // volume --large
BenchReport bench_series(const BenchOptions& options);
BenchReport bench_layers(const BenchOptions& options);
BenchReport bench_growth(const BenchOptions& options);

}  // namespace faltung
