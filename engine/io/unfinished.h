// The files to be removed if a signal ends this process.
#pragma once

#include <string>

namespace faltung {

// Returns a slot; -1 where there is no room: then the file may stay.
int remember_unfinished(const std::string& path);
void forget_unfinished(int slot) noexcept;  // -1 is none

}  // namespace faltung
