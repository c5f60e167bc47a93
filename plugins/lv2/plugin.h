// One instance of a plugin: its ports, its run, and what it does beside the audio thread.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/stream/input_guard.h"
#include "engine/stream/latest.h"
#include "plugins/lv2/blend.h"
#include "plugins/lv2/file_property.h"
#include "plugins/lv2/processor.h"

namespace faltung::lv2 {

// One row for each plugin of the bundle.
struct Kind {
  const char* uri;
  const char* property;  // the file's URI
  Index channels;        // in, and out
  StageMaker make;
  int arrangements;  // of its last control port; 0: it has none
};

// Ports are numbered as in faltung.ttl: these, the inputs, the outputs, the arrangement.
enum Port : std::uint32_t {
  kControl, kNotify, kLatency, kEnabled, kGain, kMix, kDelay, kFirstAudio
};

class Plugin {
 public:
  // Throws Error.
  Plugin(const Kind& kind, double rate_hz, const LV2_Feature* const* features);

  // --- instantiation: nothing else is called at the same time ---
  void connect(std::uint32_t port, void* data) noexcept;
  void activate() noexcept;
  void deactivate() noexcept;

  // --- the audio thread's ---
  void run(std::uint32_t frames) noexcept;

  // --- any other threads': they exclude each other, and never wait for the audio thread ---
  LV2_Worker_Status work(const void* job, std::uint32_t size) noexcept;
  LV2_State_Status save(LV2_State_Store_Function store, LV2_State_Handle handle,
                        const LV2_Feature* const* features) noexcept;
  LV2_State_Status restore(LV2_State_Retrieve_Function retrieve, LV2_State_Handle handle,
                           const LV2_Feature* const* features) noexcept;

 private:
  struct Job {
    enum Kind : std::int32_t { load, arrange, collect } kind = load;
    std::int32_t arrangement = 0;
    FilePath path;  // only as much of it as there is travels
  };
  struct Told {
    FilePath path;
    FileProperty::News news = FileProperty::News::granted;
  };

  float value(std::uint32_t port) const noexcept;
  void hear_host() noexcept;
  std::optional<int> wanted_arrangement() const noexcept;
  void ask_worker(Index frames) noexcept;
  bool send(const Job& job) noexcept;
  void process(Index first, Index count) noexcept;
  Processor::Change change() const noexcept;
  bool load(const std::string& path) noexcept;
  void arrange(int arrangement) noexcept;
  void tell(FileProperty::News news);

  const Kind kind_;
  Host host_;
  Format format_;
  Processor processor_;

  // The audio thread's.
  std::vector<void*> ports_;
  FileProperty property_;
  InputGuard guard_;
  SlabMemory in_, out_;
  Blend blend_;
  Job wish_;  // a file to be loaded, while the host takes no messages
  Job job_;   // the others
  bool wished_ = false;
  int arrangement_ = 0;
  Index until_collect_ = 0;

  // The other threads'.
  std::mutex loading_;
  std::string path_;
  bool active_ = false;  // the audio thread may run

  // Between them.
  Latest<Told> told_;
  std::atomic<bool> uncollected_{false};
};

}  // namespace faltung::lv2
