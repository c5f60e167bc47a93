// Samples taken from arrays of any element type, and put back as their type holds them.
#include "engine/layers/element_copy.h"

#include <cmath>
#include <cstring>
#include <type_traits>

#include "engine/nd/view.h"

namespace faltung {
namespace {

template <class E>
void store(E value, std::byte* to) noexcept {
  std::memcpy(to, &value, sizeof value);
}

// Axes that follow each other without a gap seen as one, axes of one position left out.
ElementView merged(const ElementView& view) {
  ElementView result = view;
  result.extents = result.strides = Shape{};
  for (int axis = 0; axis < view.extents.rank(); ++axis) {
    const Index extent = view.extents[axis], stride = view.strides[axis];
    if (extent == 1) continue;
    const int last = result.extents.rank() - 1;
    if (last >= 0 && result.strides[last] == extent * stride) {
      result.extents[last] *= extent;
      result.strides[last] = stride;
    } else {
      result.extents.push_back(extent);
      result.strides.push_back(stride);
    }
  }
  if (result.extents.rank() == 0) {
    result.extents.push_back(1);
    result.strides.push_back(size_of(view.type));
  }
  return result;
}

// Calls body(first element, count, stride) for every run along the last axis, in row-major order.
template <class Body>
void for_each_run(const ElementView& view, Body&& body) {
  const ElementView runs = merged(view);
  const int last = runs.extents.rank() - 1;
  for_each_position(runs.extents.to(last), [&](const Shape& position) {
    std::byte* first = runs.data;
    for (int axis = 0; axis < last; ++axis) first += position[axis] * runs.strides[axis];
    body(first, runs.extents[last], runs.strides[last]);
  });
}

// Integers that have no value here become what x86 makes of them.
template <class T>
std::int64_t truncated(T value) noexcept {
  constexpr T kLimit = 9223372036854775808.0;  // 2^63
  return value >= -kLimit && value < kLimit ? static_cast<std::int64_t>(value) : INT64_MIN;
}

template <class E, class T>
E wrapped(T value) noexcept {
  if constexpr (std::is_same_v<E, std::uint64_t>) {
    constexpr T kHalf = 9223372036854775808.0;  // 2^63: beyond int64, by which all else wraps
    if (value >= kHalf) {
      return static_cast<E>(truncated(value - kHalf)) + (E{1} << 63);
    }
  }
  if constexpr (std::is_same_v<E, bool>) {
    return static_cast<std::uint8_t>(truncated(value)) != 0;
  } else {
    return static_cast<E>(truncated(value));
  }
}

template <class E, class T>
E small_wrapped(T value) noexcept {
  const auto whole = static_cast<std::int32_t>(value);
  if constexpr (std::is_same_v<E, bool>) return static_cast<std::uint8_t>(whole) != 0;
  else return static_cast<E>(whole);
}

template <class T>
T prepared(T value, T divisor, T nudge, bool round) noexcept {
  value /= divisor;
  return round ? std::nearbyint(value) : value + std::copysign(nudge, value);
}

template <class E, class T>
void scatter_run(const T* from, std::byte* to, Index count, Index stride,
                 const Storing& how) noexcept {
  const T divisor = static_cast<T>(how.divisor), nudge = static_cast<T>(how.nudge);
  const auto each = [&](auto&& value_of) {
    if (stride == static_cast<Index>(sizeof(E))) {
      for (Index i = 0; i < count; ++i) {
        store<E>(value_of(from[i]), to + i * static_cast<Index>(sizeof(E)));
      }
    } else {
      for (Index i = 0; i < count; ++i) store<E>(value_of(from[i]), to + i * stride);
    }
  };
  if constexpr (std::is_floating_point_v<E>) {
    each([&](T value) { return static_cast<E>(value / divisor); });
  } else if (how.round) {
    each([&](T value) { return wrapped<E>(prepared(value, divisor, nudge, true)); });
  } else if (!how.small) {
    each([&](T value) { return wrapped<E>(prepared(value, divisor, nudge, false)); });
  } else if (divisor == 1) {
    each([&](T value) { return small_wrapped<E>(value + std::copysign(nudge, value)); });
  } else {
    each([&](T v) { return small_wrapped<E>(prepared(v, divisor, nudge, false)); });
  }
}

}  // namespace

template <class T>
void gather(const ElementView& from, T* to) noexcept {
  with_element(from.type, [&]<class E>() {
    for_each_run(from, [&](const std::byte* first, Index count, Index stride) {
      if (stride == static_cast<Index>(sizeof(E))) {
        for (Index i = 0; i < count; ++i) {
          to[i] = static_cast<T>(load_element<E>(first + i * static_cast<Index>(sizeof(E))));
        }
      } else {
        for (Index i = 0; i < count; ++i) {
          to[i] = static_cast<T>(load_element<E>(first + i * stride));
        }
      }
      to += count;
    });
  });
}

template <class T>
void scatter(const T* from, const ElementView& to, const Storing& storing) noexcept {
  with_element(to.type, [&]<class E>() {
    for_each_run(to, [&](std::byte* first, Index count, Index stride) {
      scatter_run<E>(from, first, count, stride, storing);
      from += count;
    });
  });
}

bool dense_from(const ElementView& view, int axis) noexcept {
  Index expected = size_of(view.type);
  for (int a = view.extents.rank() - 1; a >= axis; --a) {
    if (view.extents[a] != 1 && view.strides[a] != expected) return false;
    expected *= view.extents[a];
  }
  return true;
}

template void gather(const ElementView&, float*) noexcept;
template void gather(const ElementView&, double*) noexcept;
template void scatter(const float*, const ElementView&, const Storing&) noexcept;
template void scatter(const double*, const ElementView&, const Storing&) noexcept;

}  // namespace faltung
