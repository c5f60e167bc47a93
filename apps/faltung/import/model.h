// What every foreign configuration becomes before it is written as a pipeline: a series of stages
// over numbered channels, and the responses that they use.
//
// Channels count from 1, as in pipelines. A comment says where a part comes from; a note says what
// was not carried over because it is no sound (devices, names) or what differs in use.
#pragma once

#include <string>
#include <vector>

#include "engine/nd/error.h"
#include "engine/nd/shape.h"

namespace faltung {

// Either a file that our readers know, or taps.
struct ImportedKernel {
  std::string file;          // as opened now; empty: taps
  Index channel = 0;         // of the file, from 1; 0: it has only one
  Index offset = 0;          // so many frames of its beginning are left out
  Index length = 0;          // so many follow; 0: all
  std::vector<double> taps;  // at no particular rate: never resampled
  std::string name;          // of the file that many taps are written into, without extension
  bool operator==(const ImportedKernel&) const = default;
};

// in -> kernel, gain, delay -> out; paths to one output add.
struct ImportedPath {
  Index in = 1, out = 1;
  ImportedKernel kernel;
  double gain = 1;
  Index delay = 0;      // in frames
  std::string comment;  // "hall.conf:7"
};

struct ImportedStage {
  std::vector<std::string> comments;  // lines above it
  std::string settings;               // "gain: {factor: -1}"; empty: a convolve of paths
  std::vector<ImportedPath> paths;
  bool float64 = false;  // precision of the paths
};

struct ImportedPipeline {
  double rate_hz = 0;              // 0: not stated
  std::vector<std::string> notes;  // lines at the top
  std::vector<ImportedStage> stages;
  std::vector<std::string> files;  // read on the way: no output may overwrite them
};

// Where no path leads to the last of `outputs` channels, one that is silent: a matrix has as many
// outputs as its paths say.
void silence_to(Index outputs, std::vector<ImportedPath>* paths);

}  // namespace faltung
