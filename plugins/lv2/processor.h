// What a plugin runs: the stages that a file stands for, replaced while sound runs.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "engine/stream/live_pipeline.h"

namespace faltung::lv2 {

// Makes the stages of a file for signals of `format`. `arrangement` is what the plugin's last
// control port says, 0 where it has none. Throws Error.
using StageMaker = StagePtr (*)(const std::string& path, const Format& format, int arrangement);

StagePtr convolver_stage(const std::string& path, const Format& format, int);
StagePtr true_stereo_stage(const std::string& path, const Format& format, int order);
StagePtr pipeline_stage(const std::string& path, const Format&, int);

class Processor {
 public:
  using Note = std::function<void(const std::string&)>;

  Processor(const Format& format, StageMaker make, const Note& note);

  // --- never the audio thread's; one at a time ---
  // Prepares what the file stands for; an empty path: passes through. `rebuild` where the audio
  // thread is known to rest: at once, without a past; else it is warmed up and faded to. Throws
  // Error, and then nothing has changed.
  enum class Change { rebuild, fade };
  void load(const std::string& path, Change change);
  void arrange(int arrangement, Change change);
  // Frees what was faded out; whether nothing is on its way any more.
  bool collect();
  void reset();  // the audio thread rests

  // --- the audio thread's ---
  // Takes in.extent frames and gives as many.
  void process(const Slab& in, const Slab& out) noexcept { live_->process(in, out); }
  Index latency() const noexcept { return latency_.load(std::memory_order_relaxed); }

 private:
  void change_to(const std::string& path, int arrangement, Change change);

  Format format_;
  StageMaker make_;
  Setting setting_;
  std::string path_;
  int arrangement_ = 0;
  int on_their_way_ = 0, quiet_looks_ = 0;
  std::unique_ptr<LivePipeline> live_;
  std::atomic<Index> latency_{0};
};

}  // namespace faltung::lv2
