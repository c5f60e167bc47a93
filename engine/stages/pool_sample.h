// How samples of a pooling window are gathered into one: the same for moving and global windows.
#pragma once

#include <cmath>
#include <limits>

#include "engine/stages/pool.h"

namespace faltung {

// Takes `count` samples into as many gathered ones. NaN wins over every maximum.
template <class T>
void take_in(const PoolOptions& options, const T* from, T* to, Index count) noexcept {
  if (options.kind == PoolOptions::Kind::average) {
    for (Index n = 0; n < count; ++n) to[n] += from[n];
  } else if (options.kind == PoolOptions::Kind::lp) {
    const T power = static_cast<T>(options.power);
    for (Index n = 0; n < count; ++n) to[n] += std::pow(std::abs(from[n]), power);
  } else {
    for (Index n = 0; n < count; ++n)
      to[n] = from[n] > to[n] || from[n] != from[n] ? from[n] : to[n];
  }
}

// Joins what take_in has gathered of two rows.
template <class T>
void combine(const PoolOptions& options, T gathered, T* to) noexcept {
  if (options.kind == PoolOptions::Kind::max) {
    *to = gathered > *to || gathered != gathered ? gathered : *to;
  } else {
    *to += gathered;
  }
}

template <class T>
T start_value(const PoolOptions& options) noexcept {
  return options.kind == PoolOptions::Kind::max ? -std::numeric_limits<T>::infinity() : T(0);
}

template <class T>
T finished(const PoolOptions& options, T value, Index count) noexcept {
  if (options.kind == PoolOptions::Kind::lp) return std::pow(value, static_cast<T>(1 / options.power));
  return options.kind == PoolOptions::Kind::max ? value : value / static_cast<T>(count);
}

inline const char* name(PoolOptions::Kind kind) noexcept {
  using Kind = PoolOptions::Kind;
  return kind == Kind::max ? "max" : kind == Kind::average ? "average" : "lp";
}

}  // namespace faltung
