// What each container's file offers to the table; see formats.h for the signatures' meaning.
#pragma once

#include <memory>
#include <string>

#include "engine/io/formats.h"

namespace faltung {

// sndfile.cc: wav, rf64, w64, flac, aiff, ogg, opus
std::unique_ptr<Source> open_sound(InputFile file, const SourceOptions& options);
std::unique_ptr<Sink> create_sound(const Container& container, const std::string& path,
                                   const Format& format, const Encoding& like);

}  // namespace faltung
