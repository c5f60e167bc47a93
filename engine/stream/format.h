// What flows between stages: channels, inner extents, rate, sample type, and how it is cut.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/nd/slab.h"

namespace faltung {

struct Format {
  Index channels = 1;
  Shape inner;         // extents of the inner axes: {} audio, {cols} image, {rows, cols} volume
  double rate_hz = 0;  // positions per second along the stream axis; 0: none (images)
  SampleType type = SampleType::float32;
  Index max_slab = 0;           // most positions in one slab; 0: not decided yet
  std::optional<Index> extent;  // of the whole stream axis, where known

  Index inner_size() const noexcept { return inner.product(); }
  int spatial_rank() const noexcept { return 1 + inner.rank(); }
  bool is_series() const noexcept { return inner.rank() == 0; }  // audio, sensors: maybe endless
  std::string text() const;  // "2 channels, 48000 Hz, 480000 frames, float32"
};

// A slab's memory for this format: channels × extent × inner, channel after channel.
Index slab_samples(const Format& format, Index extent);

enum class Clock {
  offline,  // a stage may hold samples back while it collects a tile
  live,     // slabs are blocks of max_slab positions, and a causal stage gives as much as it takes
};

// Whether responses may be swapped while a live stream runs; offers that arrive during a fade …
enum class Swaps {
  none,      // cannot happen
  queue,     // are faded to one after the other
  coalesce,  // give way to the latest
};

class Workers;  // engine/convolve/workers.h: threads for offline work
struct Costs;   // engine/convolve/cost.h: this machine's measured rates

// Where a stage is going to run; everything outlives the stage.
struct Setting {
  Clock clock = Clock::offline;
  Workers* workers = nullptr;                    // null: the calling thread alone
  const Costs* costs = nullptr;                  // null: built-in rates
  Swaps swaps = Swaps::none;                     // live only: costs memory for the past
  bool any_length = false;                       // live: slabs may be shorter than blocks and are
                                                 // answered at once all the same
  Index memory = 0;                              // most bytes for each stage; 0: any
  int tail_threads = 0;                          // live: for work with long deadlines
  std::function<void(const std::string&)> note;  // told what a user should know ("resampled …")

  void say(const std::string& text) const {
    if (note) note(text);
  }
};

}  // namespace faltung
