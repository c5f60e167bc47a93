// Band-limited interpolation of interleaved samples, whose ratio may change while it runs.
//
// Windowed sinc (J. O. Smith, "Digital Audio Resampling", 1984; libsamplerate). Float32. No delay
// is added in time: output position n lies at input position n / ratio; the converter only wants to
// see some input beyond it.
#pragma once

#include <memory>

#include "engine/nd/shape.h"

namespace faltung {

enum class ConverterQuality {
  fastest,  // 97 dB, passes 80% of the narrower band
  medium,   // 121 dB, 90%
  best,     // 144 dB, 96%
};

// A ratio is output rate ÷ input rate.
bool can_convert(double ratio) noexcept;  // up to 256 to 1 either way

class RateConverter {
 public:
  static constexpr Index kMostChannels = 128;  // the library's own limit

  // Throws Error{configuration} for other than 1 to kMostChannels, Error{failure} from the library.
  RateConverter(ConverterQuality quality, Index channels);

  struct Moved {
    Index taken = 0;  // input frames, which the converter now remembers
    Index given = 0;  // output frames
  };

  // Takes as much as it needs and holds; gives as much as it can. From here on the step between
  // two output frames is exactly 1 / ratio. Allocates nothing. `ratio` is one that can_convert.
  Moved process(const float* in, Index in_frames, float* out, Index out_frames,
                double ratio) noexcept;
  void reset() noexcept;

  // The input frames beyond an output position that it needs before giving it.
  static Index look_ahead(ConverterQuality quality, double ratio);

 private:
  struct Delete {
    void operator()(void* state) const noexcept;
  };
  std::unique_ptr<void, Delete> state_;
};

// A whole signal of one channel. Frames that the output is longer than the input gives stay.
// Throws Error{failure} from the library.
void convert_whole(const float* in, Index in_frames, float* out, Index out_frames, double ratio);

}  // namespace faltung
