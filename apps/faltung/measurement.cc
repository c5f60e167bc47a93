// What a prepared pipeline really costs on this machine.
#include "apps/faltung/measurement.h"

#include <algorithm>
#include <chrono>

#include "apps/faltung/noise.h"
#include "engine/stream/slab_memory.h"

namespace faltung {
namespace {

constexpr double kEnough_s = 2;  // of computing: long against caches, short against patience

template <class Step>
Index timed(Measurement& result, const Step& step) {
  const auto begin = std::chrono::steady_clock::now();
  const Index count = step();
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
  result.compute_s += spent.count();
  result.worst_block_s = std::max(result.worst_block_s, spent.count());
  result.given += count;
  return count;
}

// One slab that does not count: it meets cold caches and memory that was never touched.
void warm_up(Stage& stage, const Format& in, const Slab& from, const Slab& to) {
  Noise noise(in);
  stage.process(from.part(0, noise.read(from)), to);
  stage.finish(to);
  stage.reset();
}

}  // namespace

Measurement measure(Source& source, Stage& stage, const Format& in, const Format& out) {
  const SlabMemory from(in, in.max_slab);
  const SlabMemory to(out, std::max<Index>(1, out.max_slab));
  warm_up(stage, in, from.slab(), to.slab());
  Measurement result;
  while (result.compute_s < kEnough_s) {
    const Index count = source.read(from.slab());
    if (count == 0) {
      while (timed(result, [&] { return stage.finish(to.slab()); }) > 0) {
      }
      result.whole = true;
      break;
    }
    timed(result, [&] { return stage.process(from.slab().part(0, count), to.slab()); });
    result.taken += count;
  }
  stage.reset();
  return result;
}

}  // namespace faltung
