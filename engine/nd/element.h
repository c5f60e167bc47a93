// Arrays of any real element type, with gaps or exchanged axes: what callers bring.
//
// The engine computes in float32 and float64; engine/layers/element_copy.h takes samples from such
// arrays and puts them back, piece by piece.
#pragma once

#include <cstddef>
#include <cstring>

#include "engine/nd/slab.h"

namespace faltung {

enum class Element {
  boolean, int8, uint8, int16, uint16, int32, uint32, int64, uint64, float32, float64
};

// Calls body.template operator()<T>() with the element's type; boolean is seen as bool.
template <class Body>
decltype(auto) with_element(Element element, Body&& body) {
  switch (element) {
    case Element::boolean: return body.template operator()<bool>();
    case Element::int8: return body.template operator()<std::int8_t>();
    case Element::uint8: return body.template operator()<std::uint8_t>();
    case Element::int16: return body.template operator()<std::int16_t>();
    case Element::uint16: return body.template operator()<std::uint16_t>();
    case Element::int32: return body.template operator()<std::int32_t>();
    case Element::uint32: return body.template operator()<std::uint32_t>();
    case Element::int64: return body.template operator()<std::int64_t>();
    case Element::uint64: return body.template operator()<std::uint64_t>();
    case Element::float32: return body.template operator()<float>();
    case Element::float64: break;
  }
  return body.template operator()<double>();
}

inline bool is_float(Element element) noexcept {
  return element == Element::float32 || element == Element::float64;
}
inline Index size_of(Element element) {
  return with_element(element, []<class T>() { return static_cast<Index>(sizeof(T)); });
}

template <class E>
E load_element(const std::byte* from) noexcept {
  E value;
  std::memcpy(&value, from, sizeof value);  // need not be aligned
  return value;
}

// Somebody else's memory, aligned or not. Strides are in bytes and may be zero or negative.
struct ElementView {
  std::byte* data = nullptr;
  Element type = Element::float64;
  Shape extents;
  Shape strides;

  // One position of the first axis, which disappears.
  ElementView at(Index position) const {
    return {data + position * strides[0], type, extents.from(1), strides.from(1)};
  }
  // Positions [first, first + count) of an axis.
  ElementView part(int axis, Index first, Index count) const {
    ElementView result = *this;
    result.data += first * strides[axis];
    result.extents[axis] = count;
    return result;
  }
};

}  // namespace faltung
