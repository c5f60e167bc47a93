// What work costs on this machine: measured once, kept on disk, handed to the planner.
#pragma once

#include <array>
#include <string>

#include "engine/nd/slab.h"

namespace faltung {

// Rates of one thread. The defaults are a 2023 server core; a plan made with them is never wrong,
// only perhaps not the fastest.
struct Costs {
  struct OfType {
    double fma = 118e9;           // flop/s on registers
    double rows_small = 73e9;     // accumulate_rows, 3x3 taps, rows sharing a kernel, flop/s
    double rows_middle = 100e9;   // the same, 5x5 taps
    double rows_large = 111e9;    // the same, 15x15 taps
    double line_small = 52e9;     // one row through 3 taps
    double line = 66e9;           // one row through 32 taps
    double scattered = 30e9;      // taps that lie alone, each on a row of its own
    double layer = 108e9;          // rows shared by eight channels
    double panels = 108e9;         // multiply_panels, 128 channels by 256 outputs
    double head = 60e9;           // one row through 128 taps, 64 outputs at a time
    double spectra_near = 60e9;   // accumulate_spectra over 256 kB, interleaved, flop/s
    double spectra = 44e9;        // over 6 MB
    double spectra_far = 15e9;    // over 64 MB
    double transform = 0.09e-9;  // s for each sample and each log2(samples), remainder tree
    // s of a forward and an inverse 1-D transform of 64, 256, … 65536 samples, power of two
    std::array<double, 6> lines{0.06e-6, 0.18e-6, 0.72e-6, 3.2e-6, 16e-6, 70e-6};
    double fftw = 0.42e-9;        // the same through FFTW, estimated plans
    double copy = 0.28e-9;         // s for each sample copied from memory to memory
    double cached_copy = 0.07e-9;  // the same within level 2
    double box_rows = 0.15e-9;     // s for each sample of a moving box's sums across rows
    double box_lines = 0.6e-9;     // the same along rows, some at once
  };
  OfType float32;
  OfType float64{59e9,  37e9, 50e9,
                 52e9,  26e9,
                 27e9,  15e9,
                 54e9, 53e9,
                 30e9,  30e9,
                 21e9,  9e9,
                 0.18e-9, {0.1e-6, 0.4e-6, 1.6e-6, 7e-6, 35e-6, 150e-6},
                 0.45e-9, 0.56e-9,
                 0.14e-9, 0.3e-9, 0.7e-9};

  const OfType& of(SampleType type) const noexcept {
    return type == SampleType::float32 ? float32 : float64;
  }
};

// Measures in about 0.15 s. Reads the clock.
Costs measure_costs();

// Text form, with the machine they belong to; `parse_costs` returns false for another machine,
// another version or a corrupt text and leaves `costs` alone.
std::string costs_text(const Costs& costs);
bool parse_costs(const std::string& text, Costs* costs);

}  // namespace faltung
