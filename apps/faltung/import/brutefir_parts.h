// The parts of a BruteFIR configuration that are read one after the other.
#pragma once

#include <string>
#include <vector>

#include "apps/faltung/import/brutefir_config.h"
#include "apps/faltung/import/brutefir_lookup.h"

namespace faltung {

// `kind`: "input" or "output".
BruteChannels read_brutefir_channels(const BruteLookup& at, const std::string& kind,
                                     std::vector<std::string>* notes);
void read_brutefir_coeffs(const BruteLookup& at, BruteConfig* config);   // needs part and blocks
void read_brutefir_filters(const BruteLookup& at, BruteConfig* config);  // needs all else

}  // namespace faltung
