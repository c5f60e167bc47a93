// The work that an LV2 plugin asks for beside its runs: loading files, preparing responses.
//
// A run schedules work; somebody else does it; the answers come back after a later run. Live, that
// somebody is a thread of its own, and nobody waits for anybody; offline it is the caller, directly
// after the run, so that the same input gives the same output.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "engine/stages/lv2_plugin.h"
#include "engine/stream/handover.h"

namespace faltung {

class Lv2Worker {
 public:
  Lv2Worker();
  Lv2Worker(const Lv2Worker&) = delete;
  Lv2Worker& operator=(const Lv2Worker&) = delete;
  ~Lv2Worker();

  // The instance is made with this; requests may come from then on.
  Lv2Feature feature() noexcept;
  void attach(const Lv2Instance& instance) noexcept;
  bool present() const noexcept { return interface_ != nullptr; }  // the plugin has such work

  // After every run, on its thread: answers are handed over.
  void end_run() noexcept;

  // One request, on any one thread that may take its time. false: there is none.
  bool work() noexcept;

  // Keeps work() from beginning; false: it is under way. Never waits.
  bool hold() noexcept { return !busy_.test_and_set(std::memory_order_acquire); }
  void release() noexcept { busy_.clear(std::memory_order_release); }

 private:
  struct Callbacks;  // what the plugin calls

  const void* interface_ = nullptr;
  void* handle_ = nullptr;
  MessageHandover requests_, answers_;
  std::vector<char> request_, answer_;  // read into
  std::unique_ptr<Callbacks> callbacks_;
  std::atomic_flag busy_;
};

// Does the work of some copies as long as it lives.
class Lv2WorkerThread {
 public:
  explicit Lv2WorkerThread(std::vector<Lv2Worker*> workers);
  ~Lv2WorkerThread();

 private:
  void run() noexcept;

  std::vector<Lv2Worker*> workers_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace faltung
