// What a pipeline makes of an image or a volume, as a picture: before and after, side by side.
//
// Slabs are looked at as they pass between source, pipeline and sink: nothing is read twice, and
// the memory taken is that of the picture. Of a volume the middle planes along each axis are shown,
// of several items the first, of values those the pipeline works on, before --scale.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "apps/faltung/plane_sample.h"
#include "apps/faltung/plots/canvas.h"
#include "apps/faltung/value_histogram.h"
#include "engine/io/scaling.h"
#include "engine/io/source.h"

namespace faltung {

constexpr Index kPreviewBytes = Index{48} << 20;  // most that a preview takes, a coloured image's

// One side of the picture.
class PreviewSide {
 public:
  // Throws Error{configuration} unless it is an image or a volume of known extent.
  PreviewSide(const Format& format, const Encoding& encoding, Encoding::Sample stored);

  void add(const Slab& slab);
  void seek(Index item, Index position);
  void end_item() { seek(item_ + 1, 0); }

  Canvas picture(double low, double high) const;  // black to white; NaN and what is missing: blue
  const ValueHistogram& values() const noexcept { return values_; }
  Encoding::Sample stored() const noexcept { return stored_; }
  std::string text() const;  // "90 x 128 x 128 of 2 x 1 x 1 mm, middle planes, u8"

 private:
  // A plane in the picture, enlarged or stretched to its place.
  struct Shown {
    Plane plane;
    PlaneSample sample;
    Index width, height;
    bool upside_down;  // the axis points up: superior or anterior
  };
  void show(int vertical, int horizontal, int fixed);
  double length(int axis) const;  // in units of space
  bool points_up(int axis) const;

  Format format_;
  std::shared_ptr<const Description> description_;
  Encoding::Sample stored_;
  ValueHistogram values_;
  std::vector<Shown> planes_;
  Index item_ = 0, position_ = 0;
};

class Preview {
 public:
  // `like` describes the output. Throws Error{configuration} as PreviewSide does.
  Preview(Source& source, const Format& in, ScalingSink& sink, const Format& out,
          const Encoding& like);

  Source& source() noexcept { return *source_; }  // to be used in place of those given
  Sink& sink() noexcept { return *sink_; }

  Canvas picture(const std::string& title) const;

 private:
  PreviewSide before_, after_;
  double low_, high_;  // what is just stored: beyond it the output is black or white
  std::unique_ptr<Source> source_;
  std::unique_ptr<Sink> sink_;
};

}  // namespace faltung
