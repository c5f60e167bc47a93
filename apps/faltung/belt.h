// A bounded belt of recycled slabs between two threads: one loads them, one empties them.
//
// Memory is allocated once, in the constructor; a fast loader waits for the other side. For offline
// work only: both sides wait on a mutex.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

#include "engine/nd/array.h"
#include "engine/stream/format.h"

namespace faltung {

class Belt {
 public:
  struct Piece {
    Slab slab;             // all the room there is
    Index count = 0;       // positions loaded
    std::size_t part = 0;  // of what is transferred, by its number
    bool first = false;    // begins the part
    bool last = false;     // ends the part
  };

  // Slabs of `extent` positions of `format`. Throws std::bad_alloc.
  Belt(const Format& format, Index extent);

  // What a belt would hold.
  static Index memory_bytes(const Format& format, Index extent);

  // The loading side. empty() waits for a slab without content; null once stop() was called.
  Piece* empty();
  void load(Piece* piece);
  void end();  // nothing more will come

  // The emptying side. loaded() waits for a slab with content; null after end() or stop().
  Piece* loaded();
  void release(Piece* piece);
  void stop();  // nothing more is wanted

 private:
  std::vector<Buffer<char>> memory_;
  std::vector<Piece> pieces_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Piece*> empty_;
  std::deque<Piece*> loaded_;
  bool ended_ = false;
  bool stopped_ = false;
};

}  // namespace faltung
