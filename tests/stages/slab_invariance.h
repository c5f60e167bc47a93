// The law of the system: any way of cutting the input into slabs gives the same output.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <random>
#include <vector>

#include "engine/stream/slab_memory.h"
#include "engine/stream/stage.h"

namespace faltung::testing {

// A signal in memory, [channel, position, inner…].
struct Signal {
  Format format;
  std::vector<double> values;

  double& at(Index c, Index n, Index i = 0) {
    return values[static_cast<std::size_t>((c * *format.extent + n) * format.inner_size() + i)];
  }
};

inline Signal noise(Index channels, const Shape& extents, SampleType type = SampleType::float32,
                    unsigned seed = 1) {
  Signal s;
  s.format.channels = channels;
  s.format.extent = extents[0];
  s.format.inner = extents.from(1);
  s.format.rate_hz = extents.rank() == 1 ? 48000 : 0;
  s.format.type = type;
  s.values.resize(static_cast<std::size_t>(channels * extents.product()));
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (double& v : s.values) v = static_cast<double>(uniform(random));
  return s;
}

enum class Begin { prepared, reset };  // reset: after half a slab that must leave no trace

// Prepares a stage and runs it over slabs of the given lengths, over and over.
inline Signal run(Stage& stage, const Signal& in, const std::vector<Index>& cuts,
                  const Setting& setting = {}, Begin begin = Begin::prepared) {
  Format format = in.format;
  format.max_slab = *std::max_element(cuts.begin(), cuts.end());
  Signal result;
  result.format = stage.prepare(format, setting);
  const Index room = result.format.max_slab;
  REQUIRE(room >= 1);
  // More room than promised: a stage must not give more than its max_slab all the same.
  const SlabMemory in_memory(format, format.max_slab), out_memory(result.format, room + 5);
  const Index channels = result.format.channels, inner = result.format.inner_size();
  std::vector<std::vector<double>> kept(static_cast<std::size_t>(channels));
  const auto keep = [&](Index count) {
    REQUIRE(count >= 0);
    REQUIRE(count <= room);
    with_sample_type(format.type, [&]<class T>() {
      for (Index c = 0; c < channels; ++c) {
        const T* from = out_memory.slab().as<T>().channel(c);
        kept[static_cast<std::size_t>(c)].insert(kept[static_cast<std::size_t>(c)].end(), from,
                                                 from + count * inner);
      }
    });
  };
  if (begin == Begin::reset) {
    with_sample_type(format.type, [&]<class T>() {
      const SlabOf<T> slab = in_memory.slab().as<T>();
      std::fill_n(slab.data, slab.channels * slab.channel_stride, T(0.7));
    });
    const Index half = std::min((format.max_slab + 1) / 2, *format.extent);
    stage.process(in_memory.slab().part(0, half), out_memory.slab());
    if (half % 2 == 0) stage.finish(out_memory.slab());
    stage.reset();
  }
  std::size_t cut = 0;
  const Index in_inner = format.inner_size();
  for (Index n = 0; n < *format.extent;) {
    const Index count = std::min(cuts[cut++ % cuts.size()], *format.extent - n);
    with_sample_type(format.type, [&]<class T>() {
      for (Index c = 0; c < format.channels; ++c) {
        T* to = in_memory.slab().as<T>().channel(c);
        for (Index i = 0; i < count * in_inner; ++i) {
          to[i] = static_cast<T>(
              in.values[static_cast<std::size_t>((c * *format.extent + n) * in_inner + i)]);
        }
      }
    });
    keep(stage.process(in_memory.slab().part(0, count), out_memory.slab()));
    n += count;
  }
  for (Index count; (count = stage.finish(out_memory.slab())) > 0;) keep(count);
  const Index total = inner == 0 ? 0 : static_cast<Index>(kept[0].size()) / inner;
  if (result.format.extent) CHECK(total == *result.format.extent);
  result.format.extent = total;
  for (const auto& channel : kept) {
    result.values.insert(result.values.end(), channel.begin(), channel.end());
  }
  return result;
}

using StageMaker = std::function<StagePtr()>;

inline bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

// Slabs of 1, 7, 64, all at once and random, after reset, prepared again: bit for bit. Returns the
// output.
inline Signal check_slab_invariance(const StageMaker& make, const Signal& in) {
  StagePtr stage = make();
  const Signal whole = run(*stage, in, {std::max<Index>(*in.format.extent, 1)});
  std::mt19937 random(99);
  std::uniform_int_distribution<Index> length(1, std::max<Index>(*in.format.extent, 1));
  const std::vector<std::vector<Index>> all_cuts = {
      {1}, {7}, {64}, {length(random), length(random), length(random)}, {1, length(random), 2, 3}};
  for (const auto& cuts : all_cuts) {
    CAPTURE(cuts[0]);
    const Signal cut = run(*make(), in, cuts);
    CHECK(cut.format.extent == whole.format.extent);
    CHECK(same_bits(cut.values, whole.values));
  }
  for (Index slab : {3, 8, 100}) {
    CAPTURE(slab);
    CHECK(same_bits(run(*make(), in, {slab}, {}, Begin::reset).values, whole.values));
  }
  // A stage that is prepared again starts anew.
  CHECK(same_bits(run(*stage, in, {5}).values, whole.values));
  return whole;
}

// The same in float32 and float64; returns the float64 output.
inline Signal check_slab_invariance(const StageMaker& make, Index channels, const Shape& extents) {
  check_slab_invariance(make, noise(channels, extents, SampleType::float32));
  return check_slab_invariance(make, noise(channels, extents, SampleType::float64));
}

}  // namespace faltung::testing
