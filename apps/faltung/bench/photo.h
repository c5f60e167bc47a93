// The part of `bench image` that filters a photograph: 8 bits, red, green and blue side by side.
#pragma once

#include "apps/faltung/bench/bench.h"

namespace faltung {

void bench_photo(const BenchOptions& options, BenchReport* report);

}  // namespace faltung
