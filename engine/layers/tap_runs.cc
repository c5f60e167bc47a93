// A layer's taps as sums of shifted runs, in the three directions of tap_sums.h.
#include "engine/layers/tap_runs.h"

#include <algorithm>

#include "engine/layers/phase_grid.h"
#include "engine/nd/array.h"
#include "engine/simd/shifted_runs.h"

namespace faltung {
namespace {

// What a thread works in: phases of all input channels of a group, a run for all its outputs.
template <class T>
struct Scratch {
  Buffer<T> phases, runs, sum;
  std::vector<const T*> sources;
  std::vector<T> weights;
  std::vector<double> sums;
};

template <class T>
std::vector<Scratch<T>> scratch(Workers* workers, Index phases, Index runs, Index sum) {
  std::vector<Scratch<T>> result(static_cast<std::size_t>(slots_of(workers)));
  for (Scratch<T>& s : result) {
    s.phases = Buffer<T>::unfilled(phases);
    s.runs = Buffer<T>(runs);
    s.sum = Buffer<T>::unfilled(sum);
  }
  return result;
}

}  // namespace

bool suits_runs(const TapLayer& layer) { return has_few_gaps(layer.axes); }

template <class T>
void correlate_by_runs(const TapLayer& given, const View<const T>& in, const T* kernel,
                       const T* bias, const View<T>& out, Workers* workers) {
  const TapLayer layer = merged(given);
  const PhaseGrid grid(layer.axes);
  const Index ins = layer.in_per_group(), outs = layer.out_per_group(), taps = layer.taps();
  const Index apart = grid.phases() * grid.size();
  auto scratches = scratch<T>(workers, ins * apart, 0, grid.outputs());
  run_tasks(workers, in.extent(0) * layer.groups, [&](Index task, int slot) {
    const Index item = task / layer.groups, group = task % layer.groups;
    Scratch<T>& s = scratches[static_cast<std::size_t>(slot)];
    s.sources.clear();
    for (Index i = 0; i < ins; ++i) {
      T* phases = s.phases.data() + i * apart;
      grid.spread(plane(in, item, group * ins + i), phases);
      for (const PhaseGrid::Place& place : grid.taps()) {
        s.sources.push_back(phases + place.phase * grid.size() + place.offset);
      }
    }
    for (Index o = group * outs; o < (group + 1) * outs; ++o) {
      weighted_sum(s.sources.data(), kernel + o * ins * taps, ins * taps, grid.outputs(),
                   s.sum.data());
      grid.take_out(s.sum.data(), bias ? bias[o] : T{0}, plane(out, item, o));
    }
  });
}

// Each phase is a weighted sum of the outputs, with zeros before and after them.
template <class T>
void adjoint_by_runs(const TapLayer& given, const View<const T>& out, const T* kernel,
                     const T* bias, const View<T>& in, Workers* workers) {
  const TapLayer layer = merged(given);
  const PhaseGrid grid(layer.axes);
  const Index ins = layer.in_per_group(), outs = layer.out_per_group(), taps = layer.taps();
  const Index size = grid.size(), reach = size - grid.outputs();  // the largest offset
  const Index apart = size + reach;                               // a run between its zeros
  auto scratches = scratch<T>(workers, 0, outs * apart, grid.phases() * size);
  run_tasks(workers, in.extent(0) * layer.groups, [&](Index task, int slot) {
    const Index item = task / layer.groups, group = task % layer.groups;
    Scratch<T>& s = scratches[static_cast<std::size_t>(slot)];
    for (Index o = 0; o < outs; ++o) {
      grid.lay_out(plane(out, item, group * outs + o), s.runs.data() + o * apart + reach);
    }
    for (Index i = 0; i < ins; ++i) {
      for (Index phase = 0; phase < grid.phases(); ++phase) {
        s.sources.clear();
        s.weights.clear();
        for (Index o = 0; o < outs; ++o) {
          for (Index tap = 0; tap < taps; ++tap) {
            const PhaseGrid::Place& place = grid.taps()[static_cast<std::size_t>(tap)];
            if (place.phase != phase) continue;
            s.sources.push_back(s.runs.data() + o * apart + reach - place.offset);
            s.weights.push_back(kernel[((group * outs + o) * ins + i) * taps + tap]);
          }
        }
        weighted_sum(s.sources.data(), s.weights.data(), static_cast<Index>(s.weights.size()), size,
                     s.sum.data() + phase * size);
      }
      const Index channel = group * ins + i;
      grid.collect(s.sum.data(), bias ? bias[channel] : T{0}, plane(in, item, channel));
    }
  });
}

template <class T>
void kernel_by_runs(const TapLayer& given, const View<const T>& in, const View<const T>& out,
                    T* kernel, Workers* workers) {
  const TapLayer layer = merged(given);
  const PhaseGrid grid(layer.axes);
  const Index ins = layer.in_per_group(), outs = layer.out_per_group(), taps = layer.taps();
  const Index apart = grid.phases() * grid.size(), row = ins * taps;
  auto scratches = scratch<T>(workers, ins * apart, grid.outputs(), 0);
  run_tasks(workers, layer.groups, [&](Index group, int slot) {
    Scratch<T>& s = scratches[static_cast<std::size_t>(slot)];
    s.sums.assign(static_cast<std::size_t>(outs * row), 0);
    for (Index item = 0; item < in.extent(0); ++item) {
      s.sources.clear();
      for (Index i = 0; i < ins; ++i) {
        T* phases = s.phases.data() + i * apart;
        grid.spread(plane(in, item, group * ins + i), phases);
        for (const PhaseGrid::Place& place : grid.taps()) {
          s.sources.push_back(phases + place.phase * grid.size() + place.offset);
        }
      }
      for (Index o = 0; o < outs; ++o) {
        grid.lay_out(plane(out, item, group * outs + o), s.runs.data());
        dot_products(s.runs.data(), s.sources.data(), row, grid.outputs(), s.sums.data() + o * row);
      }
    }
    std::transform(s.sums.begin(), s.sums.end(), kernel + group * outs * row,
                   [](double sum) { return static_cast<T>(sum); });
  });
}

#define FALTUNG_TAP_RUNS(T)                                                                     \
  template void correlate_by_runs(const TapLayer&, const View<const T>&, const T*, const T*,    \
                                  const View<T>&, Workers*);                                    \
  template void adjoint_by_runs(const TapLayer&, const View<const T>&, const T*, const T*,      \
                                const View<T>&, Workers*);                                      \
  template void kernel_by_runs(const TapLayer&, const View<const T>&, const View<const T>&, T*, \
                               Workers*);
FALTUNG_TAP_RUNS(float)
FALTUNG_TAP_RUNS(double)

}  // namespace faltung
