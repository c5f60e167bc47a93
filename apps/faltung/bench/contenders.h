// Who takes part in `bench offline`, and the command line of each.
#pragma once

#include <string>
#include <vector>

#include "apps/faltung/bench/process.h"
#include "apps/faltung/bench/record.h"
#include "apps/faltung/bench/sound.h"

namespace faltung {

// One way to do the case: a command line that reads the sound and leaves `output`.
struct Contender {
  std::string name;
  std::string program;        // what must be there
  std::string python_module;  // the same; empty: none
  Arguments arguments;
  std::string output;
  Gain gain = Gain::any;
  bool missing = false;
  double wall_s = kNotMeasured;
  double cpu_s = kNotMeasured;
  double peak_mb = kNotMeasured;
  bool failed = false;
  SoundError found;
};

// Faltung twice (all threads, one thread), then the peers. Writes what they need into the scratch
// folder, beside music.wav, which is there.
constexpr std::size_t kOwnContenders = 2;
std::vector<Contender> offline_contenders(const SoundCase& sound, const Array<float>& response,
                                          const ScratchFolder& scratch);

}  // namespace faltung
