// Numbers as array files store them: kind, width, byte order, and their conversion to samples.
#pragma once

#include <string>

#include "engine/io/source.h"

namespace faltung {

struct NumberType {
  char kind = 'f';       // 'u', 'i' or 'f'
  int bytes = 4;         // of one number
  bool swapped = false;  // not in this machine's byte order

  std::string text() const { return kind + std::to_string(bytes); }  // "u2"
};

inline constexpr const char* kNumberTypes = "allowed are u1, u2, u4, i1, i2, i4, f2, f4, f8";

bool is_allowed(const NumberType& type) noexcept;

// How a sink stores the like; u4 and f2 have no counterpart and become f64 and f32.
Encoding::Sample sample_of(const NumberType& type) noexcept;

// The type of `sample`, in this machine's byte order; not for none and s24.
NumberType number_type_of(Encoding::Sample sample) noexcept;

// `count` numbers from `from`, `step` bytes apart, as numbers of type T.
template <class T>
void convert_numbers(const NumberType& type, const char* from, Index step, Index count, T* to);

}  // namespace faltung
