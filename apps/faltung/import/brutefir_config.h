// A BruteFIR configuration with its defaults, checked: channels, coefficients, filters, numbered.
//
// Indices count from 0, as there. Errors are those of import_formats.h.
#pragma once

#include <string>
#include <vector>

#include "apps/faltung/import/brutefir_syntax.h"
#include "apps/faltung/import/model.h"

namespace faltung {

// A logical channel. Several may be mapped to one physical channel of a device.
struct BruteChannel {
  std::string name;
  std::string place;   // "alsa hw:0, channel 24, S24_LE"
  Index physical = 0;  // among all used channels of all devices
  Index delay = 0;     // in samples
  bool muted = false;
};

struct BruteChannels {
  std::vector<BruteChannel> logical;
  Index physical = 0;  // how many
};

struct BruteCoeff {
  std::string name;
  ImportedKernel kernel;
  Index taps = 0;  // of the kernel
  double gain = 1;
};

struct BruteEdge {
  Index from = 0;  // or to: a channel or a filter
  double gain = 1;
};

struct BruteFilter {
  std::string name;
  int line = 0;
  std::vector<BruteEdge> inputs, filters, outputs;  // from, from, to
  std::vector<Index> to_filters;
  Index coeff = -1;  // -1: passes
  Index delay_blocks = 0;
};

struct BruteConfig {
  double rate_hz = 0;
  Index part = 0, blocks = 1;
  bool float64 = false;
  BruteChannels inputs, outputs;
  std::vector<BruteCoeff> coeffs;
  std::vector<BruteFilter> filters;
  std::vector<std::string> notes;
  std::vector<std::string> files;
};

BruteConfig read_brutefir(const BruteFile& file, const BruteFile& defaults);

}  // namespace faltung
