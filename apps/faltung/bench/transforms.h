// The part of `bench loops` that times real transforms.
#pragma once

#include "apps/faltung/bench/bench.h"

namespace faltung {

void bench_transforms(const BenchOptions& options, BenchReport* report);

}  // namespace faltung
