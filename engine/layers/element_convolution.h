// Convolves arrays of any element type and layout: converted blockwise, never as a whole.
//
// What a layer's kernel and options ask for (layer_problem.h), planned once for extents and run on
// as many arrays as there are. Arrays [item, channel, axis…] are read and written where they lie;
// samples that are not the arithmetic's own type, or have gaps, pass through blocks that stay in
// level 2. Results do not depend on types, layouts or blocks: the same values as from copies.
#pragma once

#include <memory>
#include <string>

#include "engine/layers/convolve_array.h"
#include "engine/layers/element_copy.h"
#include "engine/layers/layer_problem.h"

namespace faltung {

struct ElementSetting {
  SampleType arithmetic = SampleType::float64;
  double tolerance = 1e-13;  // 0: exact (problem.h)
  Index memory = 0;  // most bytes a plan may work with (problem.h); 0: any
  std::string method = "auto";
  const Costs* costs = nullptr;      // as ArraySetting
  std::shared_ptr<Workers> workers;  // kept as long as the object uses them
  bool blocks = false;  // arrays may have another type than the arithmetic's, or gaps
};

class ElementConvolution {
 public:
  // Throws as layer_problem and ArrayConvolution.
  ElementConvolution(const Shape& in, Array<double> weights, const LayerOptions& options,
                     const ElementSetting& setting);

  const Candidate& chosen() const noexcept { return array_->chosen(); }
  const Shape& output_shape() const noexcept { return output_shape_; }
  Index memory_bytes() const noexcept;  // that stays allocated between runs

  // One call at a time. `in` and `out` have the shapes given and promised; without `blocks` they
  // are of the arithmetic's type, and dense within a channel. `out` may be the very memory `in` is
  // where both have the same layout, stride is 1, extents are equal and nothing wraps; else they
  // must not overlap.
  // Throws Error{configuration} for other shapes, before `out` is touched.
  void run(const ElementView& in, const ElementView& out, const Storing& storing);

 private:
  template <class T>
  void run_in(const ElementView& in, const ElementView& out, const Storing& storing);
  Streaming& prepared(int slot);

  std::shared_ptr<Workers> workers_;
  std::unique_ptr<ArrayConvolution> array_;
  SampleType arithmetic_;
  Index block_ = 0;  // positions taken at once; 0: the whole
  Padding wrapped_;  // positions read again: what wraps along the stream axis is never kept
  Shape input_shape_, output_shape_;
  std::vector<std::unique_ptr<Streaming>> streaming_;
  std::vector<Buffer<std::byte>> in_blocks_, out_blocks_;  // one for each slot
};

// Whether an array needs no blocks: of the type, dense within a channel, aligned.
bool is_plain(const ElementView& view, SampleType type) noexcept;

}  // namespace faltung
