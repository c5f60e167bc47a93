// What a plugin runs: something that loads files while it processes.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/stream/format.h"

namespace faltung::lv2 {

// The two sides exclude each other only where it is said.
class Processor {
 public:
  static constexpr double kFadeMs = 20;

  virtual ~Processor() = default;

  // --- never the audio thread's; one at a time ---
  // Prepares what the file holds; an empty path: passes through. `rebuild` where the audio thread
  // is known to rest: at once, without a past; else it is faded to. Throws Error, and then nothing
  // has changed.
  enum class Change { rebuild, fade };
  virtual void load(const std::string& path, Change change) = 0;
  // One of the kinds that its control port offers. As load.
  virtual void arrange(int kind, Change change) = 0;
  // Frees what was faded out; whether nothing is on its way any more.
  virtual bool collect() = 0;

  // --- the audio thread's ---
  // Takes in.extent frames and gives as many.
  virtual void process(const Slab& in, const Slab& out) noexcept = 0;
  virtual void reset() noexcept = 0;
  virtual Index latency() const noexcept = 0;
};

using Note = std::function<void(const std::string&)>;
using ProcessorMaker = std::unique_ptr<Processor> (*)(const Format& format, const Note& note);

std::unique_ptr<Processor> make_convolver(const Format& format, const Note& note);
std::unique_ptr<Processor> make_true_stereo(const Format& format, const Note& note);

}  // namespace faltung::lv2
