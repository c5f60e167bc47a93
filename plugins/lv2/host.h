// What a host offers a plugin: numbers for URIs, a log, a worker, the length of its blocks.
#pragma once

#include <string>

#include "engine/nd/shape.h"
#include "plugins/lv2/lv2_api.h"

namespace faltung::lv2 {

struct Urids {
  LV2_URID atom_int, atom_object, atom_path, atom_sequence, atom_urid;
  LV2_URID patch_get, patch_set, patch_put, patch_subject, patch_property, patch_value, patch_body;
  LV2_URID log_error, log_note, log_warning;
  LV2_URID max_block, nominal_block;
};

class Host {
 public:
  static constexpr Index kAssumedBlock = 512;  // of a host that does not say: common ones ask less
  static constexpr Index kLongestBlock = 8192;  // longer runs are split

  // `features` end with null. Throws Error{configuration} without urid:map.
  Host(const LV2_Feature* const* features, const char* plugin_uri);

  const Urids& urids() const noexcept { return urids_; }
  LV2_URID_Map* map() const noexcept { return map_; }
  LV2_URID urid(const char* uri) const { return map_->map(map_->handle, uri); }

  // The number of frames that runs usually have; others are possible.
  Index block() const noexcept { return block_; }

  // From the audio thread: false where the host takes no more, or has no worker.
  bool schedule(const void* job, std::size_t size) const noexcept;
  bool has_worker() const noexcept { return schedule_ != nullptr; }

  // Never from the audio thread.
  void note(const std::string& text) const { log(urids_.log_note, text); }
  void error(const std::string& text) const { log(urids_.log_error, text); }

 private:
  void log(LV2_URID type, const std::string& text) const;
  void read_options(const LV2_Options_Option* options);

  std::string uri_;
  LV2_URID_Map* map_ = nullptr;
  LV2_Log_Log* log_ = nullptr;
  LV2_Worker_Schedule* schedule_ = nullptr;
  Urids urids_{};
  Index block_ = kAssumedBlock;
};

// The data of a feature, null where it is not there.
void* find_feature(const LV2_Feature* const* features, const char* uri);

}  // namespace faltung::lv2
