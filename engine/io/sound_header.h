// What a sound file's chunks claim about their data, against the bytes that are there.
//
// libsndfile silently shortens a file whose data chunk claims more than it has; a truncated
// recording would pass as a whole one. RIFF, RIFX, RF64 (EBU Tech 3306), W64 and AIFF are read.
#pragma once

#include <optional>

#include "engine/io/file.h"

namespace faltung {

struct DataClaim {
  Index stated_bytes = 0;
  Index present_bytes = 0;
  Index frame_bytes = 0;       // 0: not a whole number of bytes in a frame (compressed)
  bool length_known = true;    // false: a stream's header (data size 0, all ones, SoX's 0x7ffff000)
  Index zero_size_offset = 0;  // of a RIFF stream's data size of 0, which libsndfile would believe
};

// Nothing where the file has no data chunk or is of another kind.
std::optional<DataClaim> data_claim(const InputFile& file);

// Throws Error{input} "truncated: header states N frames, M are there" where the claim is too big.
void refuse_truncated(const InputFile& file, const std::optional<DataClaim>& claim);

}  // namespace faltung
