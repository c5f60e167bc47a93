// What a host offers a plugin.
#include "plugins/lv2/host.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "engine/nd/error.h"

namespace faltung::lv2 {

void* find_feature(const LV2_Feature* const* features, const char* uri) {
  for (; features && *features; ++features) {
    if (std::strcmp((*features)->URI, uri) == 0) return (*features)->data;
  }
  return nullptr;
}

Host::Host(const LV2_Feature* const* features, const char* plugin_uri) : uri_(plugin_uri) {
  map_ = static_cast<LV2_URID_Map*>(find_feature(features, LV2_URID__map));
  log_ = static_cast<LV2_Log_Log*>(find_feature(features, LV2_LOG__log));
  schedule_ = static_cast<LV2_Worker_Schedule*>(find_feature(features, LV2_WORKER__schedule));
  if (!map_) throw Error(Code::configuration, "the host does not offer " LV2_URID__map);
  urids_ = {urid(LV2_ATOM__Int), urid(LV2_ATOM__Object), urid(LV2_ATOM__Path),
            urid(LV2_ATOM__Sequence), urid(LV2_ATOM__URID), urid(LV2_PATCH__Get),
            urid(LV2_PATCH__Set), urid(LV2_PATCH__Put), urid(LV2_PATCH__subject),
            urid(LV2_PATCH__property), urid(LV2_PATCH__value), urid(LV2_PATCH__body),
            urid(LV2_LOG__Error), urid(LV2_LOG__Note), urid(LV2_LOG__Warning),
            urid(LV2_BUF_SIZE__maxBlockLength), urid(LV2_BUF_SIZE__nominalBlockLength)};
  const void* options = find_feature(features, LV2_OPTIONS__options);
  read_options(static_cast<const LV2_Options_Option*>(options));
}

// Plans are made for the usual length where it is stated: the greatest may be far from it.
void Host::read_options(const LV2_Options_Option* options) {
  std::int32_t nominal = 0, most = 0;
  for (; options && options->key != 0; ++options) {
    if (options->type != urids_.atom_int || options->size != sizeof(std::int32_t)) continue;
    std::int32_t value = 0;
    std::memcpy(&value, options->value, sizeof value);
    if (options->key == urids_.nominal_block) nominal = value;
    if (options->key == urids_.max_block) most = value;
  }
  if (most > 0) block_ = most;
  if (nominal > 0) block_ = most > 0 ? std::min(nominal, most) : nominal;
  block_ = std::min(block_, kLongestBlock);
}

bool Host::schedule(const void* job, std::size_t size) const noexcept {
  return schedule_ && schedule_->schedule_work(schedule_->handle, static_cast<std::uint32_t>(size),
                                               job) == LV2_WORKER_SUCCESS;
}

void Host::log(LV2_URID type, const std::string& text) const {
  const std::string line = uri_ + ": " + text + "\n";
  if (log_) {
    log_->printf(log_->handle, type, "%s", line.c_str());
  } else {
    std::fputs(line.c_str(), stderr);
  }
}

}  // namespace faltung::lv2
