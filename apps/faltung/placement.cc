// What becomes of an array's axes in a pipeline: how far apart its outputs lie, and where.
#include "apps/faltung/placement.h"

#include <algorithm>

#include "engine/pipeline/report.h"

namespace faltung {
namespace {

Index extent_of(const Format& format, std::size_t axis) {
  return axis == 0 ? format.extent.value_or(0) : format.inner[static_cast<int>(axis) - 1];
}

bool makes_finer(const Explanation& e, std::size_t axis) {
  const auto& inner = e.inner_fields;
  const bool itself =
      axis == 0 ? e.timing.field.finer > 1 : axis <= inner.size() && inner[axis - 1].finer > 1;
  return itself || std::any_of(e.parts.begin(), e.parts.end(),
                               [&](const Explanation& part) { return makes_finer(part, axis); });
}

// Output positions, in the input's: `start + m * step`.
struct Way {
  double step = 1;
  double start = 0;
};

Way way_along(std::size_t axis, const ReceptiveField& field, const Explanation& whole) {
  Way way;
  way.step = static_cast<double>(field.jump) / static_cast<double>(field.finer);
  if (makes_finer(whole, axis)) {
    const auto middle = [&](const Format& format) {
      return static_cast<double>(extent_of(format, axis) - 1) / 2;
    };
    way.start = middle(whole.in) - middle(whole.out) * way.step;
  } else {
    way.start = static_cast<double>(field.start) + static_cast<double>(field.extent - 1) / 2;
  }
  return way;
}

}  // namespace

std::shared_ptr<const Description> placed(const std::shared_ptr<const Description>& input,
                                          const Explanation& whole) {
  const auto rank = static_cast<std::size_t>(whole.out.spatial_rank());
  if (!input || input->space.size() != rank ||
      whole.in.spatial_rank() != whole.out.spatial_rank()) {
    return nullptr;
  }
  auto output = std::make_shared<Description>(*input);
  const std::vector<ReceptiveField> fields = report_of(whole).whole.whole;
  Triple steps{1, 1, 1}, starts{};
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const Way way = way_along(axis, fields[axis], whole);
    FileAxis& a = output->space[axis];
    if (!input->affine) a.origin += way.start * a.spacing;
    a.spacing *= way.step;
    a.extent = extent_of(whole.out, axis);
    const std::size_t from_last = rank - 1 - axis;
    if (from_last < 3) steps[from_last] = way.step, starts[from_last] = way.start;
  }
  if (input->affine) output->affine = at_steps(*input->affine, steps, starts);
  if (whole.out.channels != whole.in.channels) {
    output->channels.clear();
    if (whole.out.channels > 1) output->channels.push_back({"c", whole.out.channels, 1, 0, ""});
  }
  return output;
}

}  // namespace faltung
