// What the program remembers between runs: small files in the user's cache folder.
//
// A cache that is absent, corrupt or cannot be written costs time, never a result: nothing here
// fails.
#pragma once

#include <string>

namespace faltung {

// $XDG_CACHE_HOME/faltung, else ~/.cache/faltung (XDG Base Directory Specification 0.8), made where
// it is missing; empty where there is none.
std::string cache_folder();

// The text of a file in that folder; empty where it cannot be read.
std::string read_cache(const std::string& name);

// Replaces it whole, so that processes at the same time never read half a text.
void write_cache(const std::string& name, const std::string& text);

}  // namespace faltung
