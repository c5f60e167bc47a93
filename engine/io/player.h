// Reads a file, or standard input, ahead of the audio thread, which never waits for it.
//
//   source: WAV, FLAC, raw, standard input, … ──▶ reader thread ──▶ ring ──take──▶ audio thread
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "engine/io/source.h"
#include "engine/stream/format.h"

namespace faltung {

struct PlayerOptions {
  double ring_s = 2;  // read ahead; memory for as much sound
  // Frames read at a time. Standard input is waited for until there are as many: what comes from a
  // live program should come in its blocks.
  Index block = 1024;
};

class Player {
 public:
  // Starts reading at once. Throws Error{configuration} unless the source is a series with a rate.
  explicit Player(std::unique_ptr<Source> source, const PlayerOptions& options = {});
  ~Player();  // does not wait for a standard input that does not come
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  const Format& format() const noexcept;  // the source's, with max_slab `block`

  // The audio thread's: wait-free. Fills the whole slab and returns how many frames the source
  // gave; the others are silence, and an underrun unless the source has ended.
  Index take(const Slab& slab) noexcept;
  bool ended() const noexcept;  // the source has, and all of it is taken; on take's thread

  // Not the audio thread's: until so many frames wait, or the ring is full, or the source has
  // ended, or `seconds` have passed. Returns whether one of the first three.
  bool wait_for(Index frames, double seconds) const;

  // Any thread.
  Index underrun() const noexcept;
  std::optional<std::string> failure() const;  // why the source ended early; not the audio thread

 private:
  struct Shared;  // with the reader, which may outlive the player while it waits for input
  std::shared_ptr<Shared> shared_;
  std::thread reader_;
};

}  // namespace faltung
