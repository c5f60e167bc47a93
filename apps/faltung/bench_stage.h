// Faltung's own way through `bench image`: the stage, prepared once, given the whole image at once.
#pragma once

#include <algorithm>
#include <string>

#include "apps/faltung/bench_picture.h"
#include "apps/faltung/bench_rounds.h"
#include "apps/faltung/machine.h"
#include "engine/stages/convolve.h"

namespace faltung {

// A whole image as one slab.
template <class T>
Slab whole(Array<T>& image) {
  const Index rows = image.extents()[0], columns = image.extents()[1];
  return SlabOf<T>{image.data(), 1, rows, columns, rows * columns};
}

// `kernel` and `machine` must outlive it.
template <class T>
class StageRun {
 public:
  StageRun(const ImageKernel& kernel, Index extent, Machine& machine)
      : setting_(machine.setting(Clock::offline, "")) {
    ConvolveOptions options;
    options.kernel = [&kernel](const Format&) {
      return Kernel{kernel.dense.copy(), 0, kernel.name()};
    };
    options.orientation = Orientation::correlation;
    options.mode = Mode::same;
    options.boundary = Boundary::reflect;
    stage_ = make_convolve(options);
    Format format;
    format.inner = Shape{extent};
    format.extent = extent;
    format.max_slab = extent;
    format.type = sample_type_of<T>;
    prepare_s = seconds_taken([&] { out_format_ = stage_->prepare(format, setting_); });
  }

  // All of `out` is written.
  void run(Array<T>& in, Array<T>& out) {
    stage_->reset();
    const Slab target = whole(out);
    Index given = 0;
    const auto rest = [&] { return room(target, given); };
    given += keep(stage_->process(whole(in), rest()), target, given);
    while (const Index count = stage_->finish(rest())) given += keep(count, target, given);
    if (given != target.extent) {
      throw Error(Code::failure, "the stage gave " + std::to_string(given) + " rows of " +
                                     std::to_string(target.extent));
    }
  }

  std::string plan() const {
    const Explanation explanation = stage_->explain();
    for (const auto& candidate : explanation.candidates) {
      if (candidate.chosen) return candidate.solver + " " + candidate.detail;
    }
    return "";
  }

  double prepare_s = 0;

 private:
  // A call wants room for out_format_.max_slab rows; near the end the image has less.
  Slab room(const Slab& target, Index given) {
    if (target.extent - given >= out_format_.max_slab)
      return target.part(given, target.extent - given);
    if (spare_.size() == 0) spare_ = Array<T>(Shape{out_format_.max_slab, target.inner});
    return whole(spare_);
  }

  Index keep(Index count, const Slab& target, Index given) {
    if (target.extent - given < out_format_.max_slab && count > 0) {
      std::copy_n(spare_.data(), std::min(count, target.extent - given) * target.inner,
                  target.as<T>().at(0, given));
    }
    return count;
  }

  Setting setting_;
  StagePtr stage_;
  Format out_format_;
  Array<T> spare_;
};

}  // namespace faltung
