// Rounds to 16 or 24 bits, or any number between 8 and 24, with noise that hides the rounding.
//
// Every output is a whole multiple of 2^(1 − bits), from −1 to 1 − 2^(1 − bits), so that an integer
// file or device of so many bits takes it as it is. Triangular noise of two steps makes the error's
// mean and power independent of the signal, at 4.8 dB more noise than rounding alone. A shape moves
// the noise to where ears hear less: design/noise_shape.h. Noise is a function of seed, channel and
// frame: the same input gives the same output, however it is cut.
// Source: Lipshitz, Wannamaker & Vanderkooy 1992, "Quantization and dither: a theoretical survey",
// JAES 40(5).
#pragma once

#include <cstdint>

#include "engine/design/noise_shape.h"
#include "engine/stages/stages.h"
#include "engine/stream/stage.h"

namespace faltung {

enum class DitherNoise { triangular, rectangular, none };

struct DitherOptions {
  int bits = 16;
  DitherNoise noise = DitherNoise::triangular;
  NoiseShape shape = NoiseShape::none;
  std::uint64_t seed = 1;
};

// Errors (prepare): bits not within 8 to 24, no series, a shape that is not for the signal's rate.
StagePtr make_dither(const DitherOptions& options);

// {bits, noise, shape, seed}
StagePtr read_dither(const Node& settings, const StageContext& context);

}  // namespace faltung
