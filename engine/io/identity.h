// Short texts that change when what they stand for changes, for StoreOptions::identity.
#pragma once

#include <string>
#include <string_view>

namespace faltung {

// 16 hexadecimal digits of the bytes (FNV-1a, 64 bits: against accidents, not against malice).
std::string fingerprint(std::string_view bytes);

// Of an input file: its size, time of change and first 64 KB; of a folder: names, sizes and times
// of all files in it; of a place in either, the same. Of standard input, nothing: "-". Throws
// Error{input} where there is no such file.
std::string input_identity(const std::string& path);

}  // namespace faltung
