// A slab: a contiguous run of the stream axis of a signal [channel, stream axis, inner axes…].
#pragma once

#include "engine/nd/shape.h"

namespace faltung {

enum class SampleType { float32, float64 };

template <class T>
constexpr SampleType sample_type_of = SampleType::float32;
template <>
inline constexpr SampleType sample_type_of<double> = SampleType::float64;

inline Index size_of(SampleType type) noexcept { return type == SampleType::float32 ? 4 : 8; }

// Samples of one type, owned by somebody else. Within a channel they are contiguous: position n
// of the stream axis begins at channel(c) + n * inner. Channels lie `channel_stride` apart.
template <class T>
struct SlabOf {
  T* data = nullptr;
  Index channels = 0;
  Index extent = 0;          // positions along the stream axis: frames, rows, slices
  Index inner = 1;           // samples in one position of one channel
  Index channel_stride = 0;  // samples

  T* channel(Index c) const noexcept { return data + c * channel_stride; }
  T* at(Index c, Index n) const noexcept { return data + c * channel_stride + n * inner; }
};

// The same without the type: what stages, sources and sinks hand to each other.
struct Slab {
  SampleType type = SampleType::float32;
  void* data = nullptr;
  Index channels = 0;
  Index extent = 0;
  Index inner = 1;
  Index channel_stride = 0;

  Slab() = default;
  template <class T>
  Slab(const SlabOf<T>& s)
      : type(sample_type_of<T>), data(s.data), channels(s.channels), extent(s.extent),
        inner(s.inner), channel_stride(s.channel_stride) {}

  // The caller has made sure of the type.
  template <class T>
  SlabOf<T> as() const noexcept {
    return {static_cast<T*>(data), channels, extent, inner, channel_stride};
  }

  // Positions [first, first + count) of the stream axis.
  Slab part(Index first, Index count) const noexcept {
    Slab result = *this;
    result.data = static_cast<char*>(data) + first * inner * size_of(type);
    result.extent = count;
    return result;
  }

  // Channels [first, first + count).
  Slab some_channels(Index first, Index count) const noexcept {
    Slab result = *this;
    result.data = static_cast<char*>(data) + first * channel_stride * size_of(type);
    result.channels = count;
    return result;
  }
};

// Calls body.template operator()<T>() with the slab's sample type.
template <class Body>
decltype(auto) with_sample_type(SampleType type, Body&& body) {
  return type == SampleType::float32 ? body.template operator()<float>()
                                     : body.template operator()<double>();
}

}  // namespace faltung
