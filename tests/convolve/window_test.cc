// The history of a stream against the axis continued by its rule.
#include "engine/convolve/window.h"

#include <doctest/doctest.h>

#include <random>

#include "tests/convolve/random_problem.h"

using namespace faltung;
using namespace faltung::testing;

TEST_CASE("window: holds the padded signal, however it arrives and whatever is released") {
  std::mt19937 random(23);
  for (int trial = 0; trial < 200; ++trial) {
    CAPTURE(trial);
    Problem p = random_problem(random);
    const Index span = p.dilated(0), chunk = draw(random, 1, 9);
    const Index phases = p.rank() > 1 ? draw(random, 1, 3) : 1;
    const Array<double> in = random_input(random, p);
    const Index inner = p.inner.product(), n = *p.extent;
    Window<double> window(p, span, chunk, phases);
    const Shape padded = p.padded_inner();
    Index taken = 0, seen = 0;
    bool ended = false;
    while (seen + span <= window.available() || !ended) {
      if (seen + span > window.available()) {
        if (taken == n) {
          window.end();
          ended = true;
        } else {
          const SlabOf<const double> all{in.data(), p.in_channels, n, inner, n * inner};
          Slab slab;
          slab.type = SampleType::float64;
          slab.data = const_cast<double*>(all.data);
          slab.channels = all.channels;
          slab.extent = std::min(n, taken + draw(random, 1, 5));
          slab.inner = inner;
          slab.channel_stride = all.channel_stride;
          taken += window.push(slab, taken);
        }
        continue;
      }
      for (Index c = 0; c < p.in_channels; ++c) {
        const Index source = source_index(seen - p.padding_of(0).before, n, p.boundary);
        Index row = 0;
        for_each_position(padded.to(std::max(padded.rank() - 1, 0)), [&](const Shape& outer) {
          const Index columns = padded.rank() > 0 ? padded.back() : 1;
          for (Index x = 0; x < columns; ++x) {
            Index at = source;
            for (int axis = 1; axis < p.rank(); ++axis) {
              const Index position = axis == p.rank() - 1 ? x : outer[axis - 1];
              const Index s = p.source_of(axis, position - p.padding_of(axis).before);
              at = at < 0 || s < 0 ? -1 : at * p.inner[axis - 1] + s;
            }
            const double outside = p.boundary == Boundary::constant ? p.constant : 0.0;
            const double wanted = at < 0 ? outside : in[c * n * inner + at];
            const Index place = phases > 1 ? x % phases * window.phase_extent() + x / phases : x;
            REQUIRE(window.at(c, seen)[row * window.row_samples() + place] == wanted);
          }
          ++row;
        });
      }
      window.release(++seen);
    }
    CHECK(window.available() == n + p.padding_of(0).before + p.padding_of(0).after);
  }
}
