// A progress bar on a terminal, for whatever lasts over a second.
//
//   hall.wav  [#########-----------]  45%  212 x real time, 0:03 left
//   3/120 (1 failed) hall.wav  [####-----------------]  22%  212 x real time, 4:03 left
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "apps/faltung/console.h"
#include "engine/stream/format.h"

namespace faltung {

// Where the present input stands in its batch.
struct BatchPlace {
  std::string text;    // "3/120 " or, once something has failed, "3/120 (1 failed) "
  double before = 0;   // share of the batch's work that is done
  double share = 1;    // of this input
  double seconds = 0;  // since the batch began
};

// How far a batch has come, by the sizes of its inputs. Lasts as long as the batch.
class BatchProgress {
 public:
  // One size for each input, in bytes; where one of them is 0, all count alike.
  explicit BatchProgress(std::vector<Index> sizes);

  void count_failure() { ++failures_; }
  void next();  // the present input has been done, or has failed

  BatchPlace place() const;

 private:
  friend class Progress;
  using Time = std::chrono::steady_clock::time_point;
  std::vector<Index> sizes_;
  std::size_t index_ = 0;
  std::size_t failures_ = 0;
  const Time begin_;
  Time next_;  // no bar is to be drawn before
};

class Progress {
 public:
  // `format` is of the input: its extent, where known, is the whole. With a batch, bar and time
  // left are those of the batch.
  Progress(const Console& console, std::string name, const Format& format,
           BatchProgress* batch = nullptr);
  ~Progress();  // removes the bar
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(Index taken);
  void hide();  // until the next update

  // What an earlier job has done: part of the bar, not of the rate.
  void start_from(Index taken) { before_ = taken; }
  void set_text(std::string text) { text_ = std::move(text); }  // in front of the name

 private:
  const bool draws_;
  const std::string name_;
  const Format format_;
  const std::chrono::steady_clock::time_point begin_;
  BatchProgress* const batch_;
  std::chrono::steady_clock::time_point own_next_;
  std::chrono::steady_clock::time_point& next_;  // not to be drawn before
  bool drawn_ = false;
  Index before_ = 0;
  std::string text_;
};

// How fast `taken` positions in `seconds` are: "212 x real time" for sound, "rows/s" for images,
// "slices/s" for volumes.
std::string rate_text(const Format& format, Index taken, double seconds);

// The line that Progress draws, at most `width` characters. `before` positions had been taken
// earlier.
std::string progress_line(const std::string& name, const Format& format, Index taken,
                          double seconds, int width, const BatchPlace* place = nullptr,
                          Index before = 0);

}  // namespace faltung
