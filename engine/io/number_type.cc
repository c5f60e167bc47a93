// Numbers as array files store them: kind, width, byte order, and their conversion to samples.
#include "engine/io/number_type.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "engine/io/samples.h"

namespace faltung {
namespace {

static_assert(std::endian::native == std::endian::little);

double from_half(std::uint16_t bits) noexcept {
  const int exponent = bits >> 10 & 31;
  const int fraction = bits & 1023;
  double value = exponent == 0    ? std::ldexp(fraction, -24)
                 : exponent == 31 ? (fraction ? NAN : INFINITY)
                                  : std::ldexp(1024 + fraction, exponent - 25);
  return bits & 0x8000 ? -value : value;
}

struct Half {
  std::uint16_t bits;
  template <class T>
  explicit operator T() const noexcept {
    return static_cast<T>(from_half(bits));
  }
};

template <class Number>
Number load(const char* from, bool swapped) noexcept {
  std::array<char, sizeof(Number)> bytes;
  std::memcpy(bytes.data(), from, sizeof(Number));
  if (swapped) std::reverse(bytes.begin(), bytes.end());
  return std::bit_cast<Number>(bytes);
}

template <class Number, class T>
void convert_run(const char* from, Index step, Index count, bool swapped, T* to) noexcept {
  if (!swapped && step == sizeof(Number)) {  // vectorises
    for (Index i = 0; i < count; ++i) {
      to[i] = static_cast<T>(load<Number>(from + i * Index{sizeof(Number)}, false));
    }
    return;
  }
  for (Index i = 0; i < count; ++i) to[i] = static_cast<T>(load<Number>(from + i * step, swapped));
}

// Calls body(number) with a number of the type.
template <class Body>
void with_number(const NumberType& type, Body&& body) {
  switch (type.kind) {
    case 'u':
      return type.bytes == 1   ? body(std::uint8_t{})
             : type.bytes == 2 ? body(std::uint16_t{})
                               : body(std::uint32_t{});
    case 'i':
      return type.bytes == 1   ? body(std::int8_t{})
             : type.bytes == 2 ? body(std::int16_t{})
                               : body(std::int32_t{});
    default:
      return type.bytes == 2 ? body(Half{}) : type.bytes == 4 ? body(float{}) : body(double{});
  }
}

}  // namespace

bool is_allowed(const NumberType& type) noexcept {
  const bool small = type.bytes == 2 || type.bytes == 4;
  if (type.kind == 'f') return small || type.bytes == 8;
  return (type.kind == 'u' || type.kind == 'i') && (small || type.bytes == 1);
}

Encoding::Sample sample_of(const NumberType& type) noexcept {
  using Sample = Encoding::Sample;
  if (type.kind == 'f') return type.bytes == 8 ? Sample::f64 : Sample::f32;
  if (type.kind == 'u') {
    return type.bytes == 1 ? Sample::u8 : type.bytes == 2 ? Sample::u16 : Sample::f64;
  }
  return type.bytes == 1 ? Sample::s8 : type.bytes == 2 ? Sample::s16 : Sample::s32;
}

NumberType number_type_of(Encoding::Sample sample) noexcept {
  const char kind = name(sample)[0];
  return {kind == 's' ? 'i' : kind, static_cast<int>(bytes_of(sample)), false};
}

template <class T>
void convert_numbers(const NumberType& type, const char* from, Index step, Index count, T* to) {
  with_number(type, [&]<class Number>(Number) {
    convert_run<Number>(from, step, count, type.swapped, to);
  });
}

template void convert_numbers(const NumberType&, const char*, Index, Index, float*);
template void convert_numbers(const NumberType&, const char*, Index, Index, double*);

}  // namespace faltung
