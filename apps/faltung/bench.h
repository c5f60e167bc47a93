// faltung bench: the project's benchmarks, its peers beside it on the same work in the same run.
#pragma once

#include <string>

#include "apps/faltung/bench_record.h"
#include "apps/faltung/console.h"

namespace faltung {

struct BenchOptions {
  GeneralOptions general;
  std::string suite;     // "loops", "offline", "image"; empty: all of them
  std::string json;      // also one JSON object a line into this file
  std::string markdown;  // also into this page, in the places of the suites: docs/benchmarks.md
  bool quick = false;    // tiny sizes, one round: shows that it works, not how fast
};

int run_bench(const BenchOptions& options);

// One file for each suite. They print what they are doing, and throw Error.
BenchReport bench_loops(const BenchOptions& options);
BenchReport bench_offline(const BenchOptions& options);
BenchReport bench_image(const BenchOptions& options);

}  // namespace faltung
