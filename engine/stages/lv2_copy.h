// One running copy of an LV2 plugin: its ports' memory, its features, its worker.
#pragma once

#include <memory>
#include <vector>

#include "engine/nd/array.h"
#include "engine/stages/lv2_features.h"
#include "engine/stages/lv2_plugin.h"
#include "engine/stages/lv2_worker.h"

namespace faltung {

enum class Lv2Work {
  after_run,  // on the thread that runs the plugin
  elsewhere,  // by an Lv2WorkerThread
};

class Lv2Copy {
 public:
  // Audio and CV ports get memory of their own, of blocks.most frames: silence, or a CV port's
  // initial value. Optional side chains stay unconnected.
  Lv2Copy(const Lv2Plugin& plugin, double rate_hz, const Lv2Blocks& blocks,
          const Lv2Features::Note& note);
  Lv2Copy(const Lv2Copy&) = delete;
  Lv2Copy& operator=(const Lv2Copy&) = delete;
  ~Lv2Copy();

  // Preparing: states and the signal's ports, then start.
  void restore(const Lv2State& state);
  void connect(std::size_t port, float* memory) noexcept { instance_.connect(port, memory); }
  void start() noexcept;
  void end_preparing(Lv2Work work);

  // Of control ports, in and out.
  float& control(std::size_t port) noexcept { return controls_[port]; }
  Lv2Worker& worker() noexcept { return worker_; }

  // As long as the blocks allow. Returns whether work was done.
  bool run(Index frames) noexcept;

  // LV2's deactivate and activate; left out while the plugin works elsewhere.
  void reset() noexcept;

  Index bytes() const noexcept;

 private:
  struct Events {  // an atom port's memory
    bool input;
    Buffer<std::uint64_t> memory;
  };
  std::vector<Lv2Feature> all_features();
  void connect_own(const Lv2Description& description, Index frames);
  void clear_events() noexcept;

  Lv2Features features_;
  Lv2Worker worker_;
  Lv2Instance instance_;
  Lv2Work work_ = Lv2Work::after_run;
  bool active_ = false;
  std::vector<float> controls_;
  std::vector<Buffer<float>> signals_;
  std::vector<Events> events_;
  std::uint32_t sequence_uri_ = 0, chunk_uri_ = 0;  // of atom types
};

}  // namespace faltung
