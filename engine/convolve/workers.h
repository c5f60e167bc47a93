// Threads for offline work. Never used on the audio thread.
#pragma once

#include <functional>
#include <memory>

#include "engine/nd/shape.h"

namespace faltung {

// A pool of `threads` threads, the caller among them (oneTBB). Which thread runs which task is left
// open; what a task computes must not depend on it.
class Workers {
 public:
  explicit Workers(int threads);
  ~Workers();
  int threads() const noexcept { return threads_; }

  // Runs body(0) … body(count − 1), returns when all are done. body must not throw. `slot` is below
  // threads() and differs between bodies that run at the same time: a place for scratch memory.
  void run(Index count, const std::function<void(Index task, int slot)>& body);

 private:
  struct Pool;
  std::unique_ptr<Pool> pool_;
  int threads_;
};

// The same with no pool: one after the other.
template <class Body>
void run_tasks(Workers* workers, Index count, Body&& body) {
  if (workers && workers->threads() > 1 && count > 1) {
    workers->run(count, body);
  } else {
    for (Index task = 0; task < count; ++task) body(task, 0);
  }
}

// Who works on a call: a pool, or the calling thread alone, which has this slot's scratch memory.
struct Team {
  Workers* workers = nullptr;
  int slot = 0;
};

template <class Body>
void run_tasks(const Team& team, Index count, Body&& body) {
  if (team.workers) return run_tasks(team.workers, count, body);
  for (Index task = 0; task < count; ++task) body(task, team.slot);
}

inline int slots_of(const Workers* workers) { return workers ? workers->threads() : 1; }

}  // namespace faltung
