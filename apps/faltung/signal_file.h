// A whole file in memory, for what is small: kernels, and signals to draw.
#pragma once

#include <string>

#include "engine/io/source.h"
#include "engine/nd/array.h"

namespace faltung {

struct Signal {
  Array<double> values;  // [channel, stream axis, inner…], always with the channel axis
  Format format;         // its extent is known
  Encoding encoding;
};

// Throws Error{input} as open_source does.
Signal read_signal(const std::string& path, const SourceOptions& options);

}  // namespace faltung
