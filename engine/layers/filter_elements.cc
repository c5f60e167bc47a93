// How scipy.ndimage's filters compute and store: which arithmetic is exact, how results are kept.
#include "engine/layers/filter_elements.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "engine/nd/view.h"

namespace faltung {
namespace {

constexpr double kExact32 = 0x1p24, kExact64 = 0x1p53;  // integers up to here are exact, and sums
constexpr double kFits32 = 0x1p31;      // what truncating to 32 bits allows
constexpr double kRounding = 1e-12;     // of the largest possible sum: closer below an integer, a
                                        // value is that integer
constexpr double kNear = 1e-3;          // of a unit, and never further from it than this
constexpr double kShare = 0.05;         // of a unit that rounding may take of an exact sum
constexpr Index kShort = 64;            // taps below which summing directly is the fastest anyway
constexpr Index kShort32 = 1024;        // the same against transforms in float64

bool is_whole(double value) noexcept { return value == std::rint(value); }

// Without looking at samples, where the type says enough; less than any sample may be.
double largest_of_type(const ElementView& in) noexcept {
  switch (in.type) {
    case Element::boolean: return 1;
    case Element::int8: return 128;
    case Element::uint8: return 255;
    case Element::int16: return 32768;
    case Element::uint16: return 65535;
    default: return largest(in);
  }
}

}  // namespace

double largest(const ElementView& in) noexcept {
  double most = 0;
  with_element(in.type, [&]<class E>() {
    for_each_position(in.extents.to(std::max(in.extents.rank() - 1, 0)), [&](const Shape& at) {
      const std::byte* row = in.data;
      for (int axis = 0; axis < at.rank(); ++axis) row += at[axis] * in.strides[axis];
      const Index count = in.extents.rank() > 0 ? in.extents.back() : 1;
      const Index stride = in.extents.rank() > 0 ? in.strides.back() : 0;
      for (Index i = 0; i < count; ++i) {
        const double value = std::abs(static_cast<double>(load_element<E>(row + i * stride)));
        if (!(value <= most)) most = std::isnan(value) ? HUGE_VAL : value;
      }
    });
  });
  return most;
}

FilterRule filter_rule(const ElementView& in, const double* taps, Index count, double constant,
                       double divisor, Element out) noexcept {
  FilterRule rule;
  rule.storing.divisor = divisor;
  const bool single = in.type == Element::float32 && out == Element::float32;
  if (single) rule.arithmetic = SampleType::float32;
  const bool integers = !is_float(in.type) && is_whole(constant) && is_whole(divisor) &&
                        std::all_of(taps, taps + count, is_whole);
  if (!integers && is_float(out)) {
    rule.divided_taps = divisor != 1;
    rule.storing.divisor = 1;
    return rule;
  }
  double gain = 0;
  for (Index k = 0; k < count; ++k) gain += std::abs(taps[k]);
  const double bound = gain * std::max(largest_of_type(in), std::abs(constant));
  rule.storing.small = bound < kFits32;
  if (integers && bound <= kExact64) {
    if (bound < kExact32 && count <= kShort32 && (divisor == 1 || !is_float(out))) {
      rule.arithmetic = SampleType::float32;
    }
    const bool direct = count <= kShort || rule.arithmetic == SampleType::float32;
    rule.tolerance = direct ? 0 : kShare / std::max(1.0, bound);
    rule.storing.round = !direct;
    return rule;
  }
  rule.divided_taps = divisor != 1;
  rule.storing.divisor = 1;
  if (!is_float(out)) rule.storing.nudge = std::min(kRounding * bound / divisor, kNear);
  return rule;
}

void merge_axes(ElementView& a, ElementView& b, std::vector<bool>& kept) {
  ElementView x = a, y = b;
  std::vector<bool> marks;
  x.extents = x.strides = y.extents = y.strides = Shape{};
  for (int axis = 0; axis < a.extents.rank(); ++axis) {
    const Index extent = a.extents[axis];
    const bool mark = kept[static_cast<std::size_t>(axis)];
    if (extent == 1 && !mark) continue;
    const int last = x.extents.rank() - 1;
    if (last >= 0 && !mark && !marks.back() && x.strides[last] == extent * a.strides[axis] &&
        y.strides[last] == extent * b.strides[axis]) {
      x.extents[last] = y.extents[last] = x.extents[last] * extent;
      x.strides[last] = a.strides[axis];
      y.strides[last] = b.strides[axis];
      continue;
    }
    x.extents.push_back(extent);
    y.extents.push_back(extent);
    x.strides.push_back(a.strides[axis]);
    y.strides.push_back(b.strides[axis]);
    marks.push_back(mark);
  }
  if (marks.empty()) {
    x.extents = y.extents = Shape{1};
    x.strides = Shape{size_of(a.type)};
    y.strides = Shape{size_of(b.type)};
    marks.push_back(false);
  }
  a = x;
  b = y;
  kept = marks;
}

}  // namespace faltung
