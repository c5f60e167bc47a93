// One instance of a plugin.
#include "plugins/lv2/plugin.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "engine/nd/error.h"
#include "engine/simd/denormals.h"

namespace faltung::lv2 {
namespace {

constexpr double kCollect_s = 0.25;  // between two looks for what was faded out

Format format_for(const Kind& kind, double rate_hz, const Host& host) {
  Format format;
  format.channels = kind.channels;
  format.rate_hz = rate_hz;
  format.max_slab = host.block();
  return format;
}

// A path that the host made, given back as it wishes.
struct MappedPath {
  MappedPath(char* path, const LV2_Feature* const* features)
      : text(path),
        owner(static_cast<LV2_State_Free_Path*>(find_feature(features, LV2_STATE__freePath))) {}
  ~MappedPath() { owner ? owner->free_path(owner->handle, text) : std::free(text); }
  MappedPath(const MappedPath&) = delete;
  MappedPath& operator=(const MappedPath&) = delete;

  char* const text;
  LV2_State_Free_Path* const owner;
};

}  // namespace

Plugin::Plugin(const Kind& kind, double rate_hz, const LV2_Feature* const* features)
    : kind_(kind),
      host_(features, kind.uri),
      format_(format_for(kind, rate_hz, host_)),
      processor_(format_, kind.make, [this](const std::string& text) { host_.note(text); }),
      ports_(static_cast<std::size_t>(kFirstAudio + 2 * kind.channels + (kind.arrangements > 0))),
      property_(host_, kind.uri, kind.property),
      guard_(format_, format_.type),
      in_(format_, format_.max_slab),
      out_(format_, format_.max_slab),
      blend_(format_) {
  if (!host_.has_worker()) host_.note("the host has no worker: files come with a state only");
  host_.note("passes through until a file is loaded");
}

void Plugin::connect(std::uint32_t port, void* data) noexcept {
  if (port < ports_.size()) ports_[port] = data;
}

// Hosts restore states and set ports before: no wrong arrangement is heard first.
void Plugin::activate() noexcept {
  const std::lock_guard lock(loading_);
  if (const auto wanted = wanted_arrangement()) arrange(*wanted);
  processor_.reset();
  blend_.reset();
  active_ = true;
}

void Plugin::deactivate() noexcept {
  const std::lock_guard lock(loading_);
  active_ = false;
}

float Plugin::value(std::uint32_t port) const noexcept {
  return ports_[port] ? *static_cast<const float*>(ports_[port]) : NAN;
}

// --- the audio thread ---------------------------------------------------------------------------

void Plugin::run(std::uint32_t frames) noexcept {
  const FlushDenormals flush;
  const auto count = static_cast<Index>(frames);
  hear_host();
  ask_worker(count);
  const Index latency = processor_.latency();
  blend_.aim({!(value(kEnabled) <= 0), value(kGain), value(kMix), value(kDelay)}, latency);
  for (Index first = 0; first < count; first += format_.max_slab) {
    process(first, std::min(format_.max_slab, count - first));
  }
  if (ports_[kLatency]) *static_cast<float*>(ports_[kLatency]) = static_cast<float>(latency);
}

void Plugin::hear_host() noexcept {
  const auto* messages = static_cast<const LV2_Atom_Sequence*>(ports_[kControl]);
  if (property_.read(messages, &wish_.path)) wished_ = host_.has_worker();
  if (!host_.has_worker() && !wish_.path.view().empty()) {
    wish_.path.assign("");
    property_.refuse();
  }
  if (const Told* told = told_.take()) property_.tell(told->path, told->news);
  property_.write(static_cast<LV2_Atom_Sequence*>(ports_[kNotify]));
}

bool Plugin::send(const Job& job) noexcept {
  const std::size_t rest = FilePath::kMost - job.path.view().size();
  return host_.schedule(&job, sizeof job - rest);
}

// None: there is nothing to choose, or it is chosen.
std::optional<int> Plugin::wanted_arrangement() const noexcept {
  if (kind_.arrangements == 0) return {};
  const float wanted = std::round(value(static_cast<std::uint32_t>(ports_.size()) - 1));
  if (!(wanted >= 0 && wanted < static_cast<float>(kind_.arrangements))) return {};
  const int arrangement = static_cast<int>(wanted);
  return arrangement == arrangement_ ? std::nullopt : std::optional(arrangement);
}

// What the host does not take now is asked again in the next run.
void Plugin::ask_worker(Index frames) noexcept {
  if (wished_ && send(wish_)) wished_ = false;
  if (const auto wanted = wanted_arrangement()) {
    job_.kind = Job::arrange;
    job_.arrangement = *wanted;
    if (send(job_)) arrangement_ = *wanted;
  }
  until_collect_ -= frames;
  if (!uncollected_ || until_collect_ > 0) return;
  job_.kind = Job::collect;
  if (send(job_)) until_collect_ = static_cast<Index>(kCollect_s * format_.rate_hz);
}

// Copies first: hosts may give one memory for inputs and outputs.
void Plugin::process(Index first, Index count) noexcept {
  const Slab in = in_.slab().part(0, count), wet = out_.slab().part(0, count);
  const auto channels = static_cast<std::size_t>(kind_.channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const auto* from = static_cast<const float*>(ports_[kFirstAudio + c]);
    std::copy_n(from + first, count, in.as<float>().channel(static_cast<Index>(c)));
  }
  const Slab dry = guard_.admit(in);
  processor_.process(dry, wet);
  blend_.blend(dry, wet);
  for (std::size_t c = 0; c < channels; ++c) {
    auto* to = static_cast<float*>(ports_[kFirstAudio + channels + c]);
    std::copy_n(wet.as<float>().channel(static_cast<Index>(c)), count, to + first);
  }
}

// --- the other threads --------------------------------------------------------------------------

void Plugin::tell(FileProperty::News news) {
  told_.draft().path.assign(path_);
  told_.draft().news = news;
  told_.publish();
}

// From here on `loading_` is held.
Processor::Change Plugin::change() const noexcept {
  return active_ ? Processor::Change::fade : Processor::Change::rebuild;
}

bool Plugin::load(const std::string& path) noexcept try {
  FilePath fits;
  if (!fits.assign(path)) throw Error(Code::input, "too long a path: " + path);
  processor_.load(path, change());
  uncollected_ = active_;
  path_ = path;
  host_.note(path.empty() ? "passes through" : "loaded " + path);
  tell(FileProperty::News::granted);
  return true;
} catch (const std::exception& error) {
  host_.error(std::string(error.what()) + (path_.empty() ? "" : "; kept " + path_));
  tell(FileProperty::News::refused);
  return false;
}

void Plugin::arrange(int arrangement) noexcept try {
  processor_.arrange(arrangement, change());
  uncollected_ = active_;
  if (!active_) arrangement_ = arrangement;
} catch (const std::exception& error) {
  host_.error(error.what());
}

LV2_Worker_Status Plugin::work(const void* data, std::uint32_t size) noexcept try {
  Job job;
  std::memcpy(&job, data, std::min<std::size_t>(size, sizeof job));
  const std::lock_guard lock(loading_);
  if (job.kind == Job::load) load(std::string(job.path.view()));
  if (job.kind == Job::collect) uncollected_ = !processor_.collect();
  if (job.kind == Job::arrange) arrange(job.arrangement);
  return LV2_WORKER_SUCCESS;
} catch (const std::exception& error) {
  host_.error(error.what());
  return LV2_WORKER_ERR_UNKNOWN;
}

LV2_State_Status Plugin::save(LV2_State_Store_Function store, LV2_State_Handle handle,
                              const LV2_Feature* const* features) noexcept try {
  const std::lock_guard lock(loading_);
  if (path_.empty()) return LV2_STATE_SUCCESS;
  const auto* map = static_cast<LV2_State_Map_Path*>(find_feature(features, LV2_STATE__mapPath));
  if (!map) return LV2_STATE_ERR_NO_FEATURE;
  const MappedPath path(map->abstract_path(map->handle, path_.c_str()), features);
  if (!path.text) return LV2_STATE_ERR_UNKNOWN;
  return store(handle, host_.urid(kind_.property), path.text, std::strlen(path.text) + 1,
               host_.urids().atom_path, LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE);
} catch (const std::exception& error) {
  host_.error(error.what());
  return LV2_STATE_ERR_UNKNOWN;
}

LV2_State_Status Plugin::restore(LV2_State_Retrieve_Function retrieve, LV2_State_Handle handle,
                                 const LV2_Feature* const* features) noexcept try {
  std::size_t size = 0;
  std::uint32_t type = 0, flags = 0;
  const void* value = retrieve(handle, host_.urid(kind_.property), &size, &type, &flags);
  if (!value) {  // saved before there was a file: the default, as LV2 asks for
    const std::lock_guard lock(loading_);
    return path_.empty() || load("") ? LV2_STATE_SUCCESS : LV2_STATE_ERR_UNKNOWN;
  }
  if (type != host_.urids().atom_path) return LV2_STATE_ERR_BAD_TYPE;
  const auto* map = static_cast<LV2_State_Map_Path*>(find_feature(features, LV2_STATE__mapPath));
  if (!map) return LV2_STATE_ERR_NO_FEATURE;
  const MappedPath path(map->absolute_path(map->handle, static_cast<const char*>(value)), features);
  if (!path.text) return LV2_STATE_ERR_UNKNOWN;
  const std::lock_guard lock(loading_);
  return load(path.text) ? LV2_STATE_SUCCESS : LV2_STATE_ERR_UNKNOWN;
} catch (const std::exception& error) {
  host_.error(error.what());
  return LV2_STATE_ERR_UNKNOWN;
}

}  // namespace faltung::lv2
