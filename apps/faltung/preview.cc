// What a pipeline makes of an image or a volume: looked at as it passes.
#include "apps/faltung/preview.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "engine/io/samples.h"

namespace faltung {
namespace {

constexpr double kImageSide = 600;  // pixels that the longer side of an image gets
constexpr double kPlaneSide = 270;  // of each of a volume's planes
constexpr Index kPlaneGap = 14;
constexpr Color kMissing{60, 90, 140};

class WatchedSource : public Source {
 public:
  WatchedSource(Source& source, PreviewSide& side) : source_(source), side_(side) {}
  const Format& format() const override { return source_.format(); }
  const Encoding& encoding() const override { return source_.encoding(); }
  Index memory_bytes() const override { return source_.memory_bytes(); }
  Index read(const Slab& out) override {
    const Index count = source_.read(out);
    if (count == 0) side_.end_item();
    if (count > 0) side_.add(out.part(0, count));
    return count;
  }
  bool seek(Index item, Index position) override {
    if (!source_.seek(item, position)) return false;
    side_.seek(item, position);
    return true;
  }

 private:
  Source& source_;
  PreviewSide& side_;
};

class WatchedSink : public Sink {
 public:
  WatchedSink(Sink& sink, PreviewSide& side) : sink_(sink), side_(side) {}
  Stored stored() const override { return sink_.stored(); }
  void write(const Slab& slab) override {
    sink_.write(slab);
    side_.add(slab);
  }
  void commit() override { sink_.commit(); }
  Index row_extent() const override { return sink_.row_extent(); }
  std::vector<Stretch> done() const override { return sink_.done(); }
  void seek(Index item, Index position) override {
    sink_.seek(item, position);
    side_.seek(item, position);
  }

 private:
  Sink& sink_;
  PreviewSide& side_;
};

Color grey(const Array<double>& values, Index row, Index col, double low, double high) {
  const auto level = [&](Index c) {
    const double share = (values({c, row, col}) - low) / (high > low ? high - low : 1);
    return static_cast<std::uint8_t>(std::lround(std::clamp(share, 0.0, 1.0) * 255));
  };
  if (std::isnan(values({0, row, col}))) return kMissing;
  const bool colored = values.extents()[0] == 3;
  return {level(0), level(colored ? 1 : 0), level(colored ? 2 : 0)};
}

bool has_spacing(const Description& description) {
  return std::any_of(description.space.begin(), description.space.end(),
                     [](const FileAxis& axis) { return axis.spacing != 1 || !axis.unit.empty(); });
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

}  // namespace

PreviewSide::PreviewSide(const Format& format, const Encoding& encoding, Encoding::Sample stored)
    : format_(format), description_(encoding.description), stored_(stored) {
  const int rank = format.spatial_rank();
  if (rank < 2 || rank > 3 || !format.extent) {
    throw Error(Code::configuration,
                "a preview shows images and volumes of known extent; this is " + format.text());
  }
  if (rank == 2) {
    show(0, 1, -1);
    return;
  }
  show(1, 2, 0);
  show(0, 2, 1);
  show(0, 1, 2);
}

double PreviewSide::length(int axis) const {
  const Index extent = axis == 0 ? *format_.extent : format_.inner[axis - 1];
  const auto at = static_cast<std::size_t>(axis);
  const bool known = description_ && description_->space.size() > at;
  const double spacing = known ? std::abs(description_->space[at].spacing) : 1;
  return static_cast<double>(extent) * (spacing > 0 ? spacing : 1);
}

// Rows of a picture count downward; what a volume's axis counts upward is turned.
bool PreviewSide::points_up(int axis) const {
  if (!description_ || !description_->affine || format_.spatial_rank() != 3) return false;
  const auto toward = [&](int world) { return entry(*description_->affine, world, 2 - axis); };
  const double right = std::abs(toward(0));
  const double anterior = toward(1);
  const double superior = toward(2);
  if (right > std::abs(anterior) && right > std::abs(superior)) return false;
  return (std::abs(anterior) > std::abs(superior) ? anterior : superior) > 0;
}

void PreviewSide::show(int vertical, int horizontal, int fixed) {
  double longest = 0;
  for (int axis = 0; axis < format_.spatial_rank(); ++axis) {
    longest = std::max(longest, length(axis));
  }
  const double scale = (fixed < 0 ? kImageSide : kPlaneSide) / longest;
  const auto pixels = [&](int axis) {
    return std::max<Index>(1, std::lround(length(axis) * scale));
  };
  const auto extent = [&](int axis) {
    return axis == 0 ? *format_.extent : format_.inner[axis - 1];
  };
  Plane plane{vertical, horizontal, fixed, fixed < 0 ? 0 : extent(fixed) / 2, 1, 1};
  plane.rows = std::min(extent(vertical), pixels(vertical));
  plane.cols = std::min(extent(horizontal), pixels(horizontal));
  planes_.push_back({plane, PlaneSample(format_, plane), pixels(horizontal), pixels(vertical),
                     points_up(vertical)});
}

void PreviewSide::seek(Index item, Index position) {
  item_ = item;
  position_ = position;
}

void PreviewSide::add(const Slab& slab) {
  if (position_ >= *format_.extent) end_item();  // a sink is not told where items end
  if (item_ == 0) {
    values_.add(slab);
    for (Shown& shown : planes_) shown.sample.add(slab, position_);
  }
  position_ += slab.extent;
}

Canvas PreviewSide::picture(double low, double high) const {
  Index width = -kPlaneGap;
  Index height = 1;
  for (const Shown& shown : planes_) {
    width += shown.width + kPlaneGap;
    height = std::max(height, shown.height);
  }
  Canvas canvas(width, height);
  Index left = 0;
  for (const Shown& shown : planes_) {
    const Array<double> values = shown.sample.picture();
    for (Index y = 0; y < shown.height; ++y) {
      const Index down = y * shown.plane.rows / shown.height;
      const Index row = shown.upside_down ? shown.plane.rows - 1 - down : down;
      for (Index x = 0; x < shown.width; ++x) {
        const Index col = x * shown.plane.cols / shown.width;
        canvas.set(left + x, y, grey(values, row, col, low, high));
      }
    }
    left += shown.width + kPlaneGap;
  }
  return canvas;
}

std::string PreviewSide::text() const {
  std::string shape = std::to_string(*format_.extent);
  for (const Index extent : format_.inner) shape += " x " + std::to_string(extent);
  if (format_.channels > 1) shape += ", " + std::to_string(format_.channels) + " channels";
  if (description_ && has_spacing(*description_)) {
    std::string spacing;
    for (const FileAxis& axis : description_->space) {
      spacing += (spacing.empty() ? " of " : " x ") + number(axis.spacing);
    }
    shape += spacing + " " + description_->space.back().unit;
  }
  if (planes_.size() > 1) shape += ", middle planes";
  const char* stored = stored_ == Encoding::Sample::none ? "" : name(stored_);
  return shape + (*stored ? ", " : "") + stored;
}

Preview::Preview(Source& source, const Format& in, ScalingSink& sink, const Format& out,
                 const Encoding& like)
    : before_(in, source.encoding(), source.encoding().sample),
      after_(out, like, sink.stored().sample),
      low_(sink.low()),
      high_(sink.high()),
      source_(std::make_unique<WatchedSource>(source, before_)),
      sink_(std::make_unique<WatchedSink>(sink, after_)) {}

}  // namespace faltung
