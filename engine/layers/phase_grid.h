// The samples that a strided, dilated layer reads, laid out so that every tap is one offset.
//
// Along an axis tap j joins output m with input m·stride + j·dilation − before. Split the input by
// phase, (n + before) mod stride: then tap j reads phase j·dilation mod stride at place m + shift,
// shift = j·dilation / stride. With planes of one pitch for all phases and for the outputs, a tap
// of any rank is a phase and one offset along a flat run of outputs (polyphase; Vaidyanathan 1993),
// and a layer is a sum of matrix products over taps. Gaps between the outputs' rows hold zeros.
#pragma once

#include <vector>

#include "engine/layers/taps.h"
#include "engine/simd/copy_runs.h"

namespace faltung {

// Whether the planes with gaps are at most three times those without.
bool has_few_gaps(const TapAxes& axes);

enum class Gaps {
  between_rows,  // each phase once
  none,          // each tap of the last axis is a phase of its own: rows follow each other; samples
                 // are there several times, which collect cannot undo
};

class PhaseGrid {
 public:
  explicit PhaseGrid(const TapAxes& axes, Gaps gaps = Gaps::between_rows);

  struct Place {
    Index phase = 0;   // among those that taps read
    Index offset = 0;  // from an output's place to the sample's
  };
  const std::vector<Place>& taps() const noexcept { return taps_; }  // row-major

  Index phases() const noexcept { return phases_; }
  Index size() const noexcept { return grid_.product(); }  // samples of one phase
  Index outputs() const noexcept { return outputs_; }      // of the flat run over all outputs
  // Whether the outputs' run has no gaps; and whether input planes are laid out so already.
  bool outputs_lie_so() const noexcept;
  bool inputs_lie_so() const noexcept;

  // One channel's input plane to its phases, size() samples each; what is outside becomes 0.
  template <class T>
  void spread(const T* plane, T* to) const;
  // The adjoint: bias + what lies in the phases; samples that no tap reads become bias.
  template <class T>
  void collect(const T* from, T bias, T* plane) const;

  // Where the rows of an output plane lie in the flat run.
  const std::vector<SampleRun>& output_rows() const noexcept { return out_rows_; }
  // One channel's output plane to a flat run with zeros in the gaps, and back with bias.
  template <class T>
  void lay_out(const T* plane, T* to) const;
  template <class T>
  void take_out(const T* from, T bias, T* plane) const;

 private:
  void find_phases(const TapAxis& axis, Gaps gaps);
  void find_taps();
  void find_inputs();
  void find_outputs();

  TapAxes axes_;
  struct AxisPlace {
    Index phase, shift;  // number of the phase, and the place there of what output 0 reads
  };
  std::vector<std::vector<Index>> axis_phases_;   // for each axis: where a phase begins, ascending
  std::vector<std::vector<AxisPlace>> axis_taps_;  // for each axis and tap
  Shape grid_, pitch_;
  std::vector<SampleRun> inputs_;   // rows of the input: every stride-th sample to a phase
  std::vector<SampleRun> out_rows_;  // rows of the output to the flat run
  std::vector<Place> taps_;
  Index phases_ = 1, outputs_ = 1;
};

}  // namespace faltung
