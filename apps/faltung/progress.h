// A progress bar on a terminal, for whatever lasts over a second.
//
//   hall.wav  [#########-----------]  45%  212 x real time, 0:03 left
#pragma once

#include <chrono>
#include <string>

#include "apps/faltung/console.h"
#include "engine/stream/format.h"

namespace faltung {

class Progress {
 public:
  // `format` is of the input: its extent, where known, is the whole.
  Progress(const Console& console, std::string name, const Format& format);
  ~Progress();  // removes the bar
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(Index taken);

 private:
  const bool draws_;
  const std::string name_;
  const Format format_;
  const std::chrono::steady_clock::time_point begin_;
  std::chrono::steady_clock::time_point next_;  // not to be drawn before
  bool drawn_ = false;
};

// How fast `taken` positions in `seconds` are: "212 x real time" for sound, "rows/s" for images,
// "slices/s" for volumes.
std::string rate_text(const Format& format, Index taken, double seconds);

// The line that Progress draws, at most `width` characters.
std::string progress_line(const std::string& name, const Format& format, Index taken,
                          double seconds, int width);

}  // namespace faltung
