// libsndfile as reading and writing share it.
#include "engine/io/sndfile_library.h"

namespace faltung {

Encoding::Sample sound_sample(int sf_format) {
  using Sample = Encoding::Sample;
  switch (sf_format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_U8:
      return Sample::u8;
    case SF_FORMAT_PCM_S8:
      return Sample::s8;
    case SF_FORMAT_PCM_24:
      return Sample::s24;
    case SF_FORMAT_PCM_32:
      return Sample::s32;
    case SF_FORMAT_FLOAT:
      return Sample::f32;
    case SF_FORMAT_DOUBLE:
      return Sample::f64;
    case SF_FORMAT_VORBIS:
    case SF_FORMAT_OPUS:
      return Sample::f32;
    default:
      return Sample::s16;  // and what is coarser still: companded, ADPCM
  }
}

}  // namespace faltung
