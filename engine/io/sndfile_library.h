// libsndfile as reading and writing share it; no other file includes it.
#pragma once

#include <sndfile.h>

#include <memory>

#include "engine/io/samples.h"

namespace faltung {

constexpr Index kSoundChunkSamples = 16384;  // interleaved between file and slab: stays in L2

struct SoundClose {
  void operator()(SNDFILE* file) const noexcept { sf_close(file); }
};
using SoundHandle = std::unique_ptr<SNDFILE, SoundClose>;

Encoding::Sample sound_sample(int sf_format);

}  // namespace faltung
