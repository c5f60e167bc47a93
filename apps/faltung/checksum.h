// SHA-256 of outputs, as `sha256sum` prints it. Source: FIPS 180-4; computed by Nettle.
#pragma once

#include <string>

#include "engine/nd/shape.h"

namespace faltung {

struct Measured {
  Index bytes = 0;
  std::string sha256;  // 64 hexadecimal digits
};

// Of a file; of a folder, of the list `find -type f | LC_ALL=C sort | xargs sha256sum` prints in it
// ("digits  ./a/b", a line each). Reads all of it. Throws Error{input}.
Measured measure(const std::string& path);

Index bytes_of(const std::string& path);  // of a file, or of all files in a folder; 0: not there

}  // namespace faltung
