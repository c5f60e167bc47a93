// Samples at the engine's edge: interleaved numbers of a file <-> channels of a slab.
//
// Runs are of `count` samples a channel (frames of sound, pixels of a row), beginning `first`
// samples into each channel of the slab.
#pragma once

#include <algorithm>
#include <string>
#include <type_traits>

#include "engine/io/sink.h"
#include "engine/nd/rounded.h"

namespace faltung {

const char* name(Encoding::Sample sample) noexcept;  // "u8", …, "none"
Index bytes_of(Encoding::Sample sample) noexcept;    // in memory; 3 for s24, 0 for none
bool is_integer(Encoding::Sample sample) noexcept;
double full_scale_of(Encoding::Sample sample) noexcept;  // 255, 65535, 128, 32768, …; 1 for floats
SampleType slab_type(Encoding::Sample sample) noexcept;  // float64 for s32 and f64, else float32

Sink::Stored stored_as(Encoding::Sample sample, double scale) noexcept;  // with its whole range

// How an array file stores a signal: integers stay integers where they are counts; a sound's are
// fractions and become floats, of the signal's type. What was asked for stays.
Encoding::Sample array_sample(const Format& format, const Encoding& like) noexcept;

template <class To, class From>
void deinterleave(const From* in, Index count, const SlabOf<To>& out, Index first) noexcept {
  const Index channels = out.channels;
  if (channels == 1) {
    To* a = out.channel(0) + first;
    for (Index n = 0; n < count; ++n) a[n] = static_cast<To>(in[n]);
  } else if (channels == 2) {
    To* a = out.channel(0) + first;
    To* b = out.channel(1) + first;
    for (Index n = 0; n < count; ++n) {
      a[n] = static_cast<To>(in[2 * n]);
      b[n] = static_cast<To>(in[2 * n + 1]);
    }
  } else {
    for (Index c = 0; c < channels; ++c) {
      To* a = out.channel(c) + first;
      for (Index n = 0; n < count; ++n) a[n] = static_cast<To>(in[n * channels + c]);
    }
  }
}

// out[…] = convert(sample), for convert: T -> To.
template <class To, class T, class Convert>
void interleave(const SlabOf<T>& in, Index first, Index count, To* out, Convert convert) noexcept {
  const Index channels = in.channels;
  if (channels == 1) {
    const T* a = in.channel(0) + first;
    for (Index n = 0; n < count; ++n) out[n] = convert(a[n]);
  } else if (channels == 2) {
    const T* a = in.channel(0) + first;
    const T* b = in.channel(1) + first;
    for (Index n = 0; n < count; ++n) {
      out[2 * n] = convert(a[n]);
      out[2 * n + 1] = convert(b[n]);
    }
  } else {
    for (Index c = 0; c < channels; ++c) {
      const T* a = in.channel(c) + first;
      for (Index n = 0; n < count; ++n) out[n * channels + c] = convert(a[n]);
    }
  }
}

// Numbers of the type To from samples times `scale`: rounded and saturated for integers.
template <class To, class T>
void interleave_scaled(const SlabOf<T>& in, Index first, Index count, To* out,
                       double scale) noexcept {
  if constexpr (std::is_floating_point_v<To>) {
    const T factor = static_cast<T>(scale);
    if (factor == T(1)) {
      interleave(in, first, count, out, [](T x) { return static_cast<To>(x); });
    } else {
      interleave(in, first, count, out, [=](T x) { return static_cast<To>(x * factor); });
    }
  } else {
    using R = RoundingType<To, T>;
    const R factor = static_cast<R>(scale);
    interleave(in, first, count, out, [=](T x) { return rounded<To>(static_cast<R>(x) * factor); });
  }
}

// The same for an encoding known at run time; `in`, `out` point to file samples in host order.
// Not for s24.
void deinterleave(Encoding::Sample from, const void* in, Index count, const Slab& out, Index first);
void interleave(Encoding::Sample to, const Slab& in, Index first, Index count, void* out,
                double scale);

}  // namespace faltung
