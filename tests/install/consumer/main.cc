#include <cstdio>
#include <numeric>

#include "engine/nd/array.h"
#include "engine/pipeline/pipeline.h"

int main() {
  const char* yaml = "stages: [correlate: {kernel: [[1, 1], [-1, -1]], mode: valid}]";
  const faltung::StagePtr edges = faltung::parse_pipeline(yaml, "edges.yaml", nullptr).stage;
  const faltung::Format out = edges->prepare({.inner = {4}, .max_slab = 4, .extent = 4}, {});

  faltung::Array<float> image({4, 4}), map({out.max_slab, out.inner_size()});
  std::iota(image.begin(), image.end(), 1.0f);
  const faltung::SlabOf<float> rows{image.data(), 1, 4, 4, 16};
  const faltung::SlabOf<float> result{map.data(), 1, out.max_slab, out.inner_size(), map.size()};
  const auto print = [&](faltung::Index count) {
    for (faltung::Index i = 0; i < count * out.inner_size(); ++i) std::printf("%g ", map[i]);
    return count > 0;
  };
  print(edges->process(rows, result));
  while (print(edges->finish(result))) {}  // in all: -8, nine times
}
