// Writes live sound to a file, or to standard output, while the audio thread never waits for it.
#include "engine/io/recorder.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "engine/io/file.h"

namespace faltung {
namespace {

constexpr Index kChunkSamples = 65536;  // written between two checkpoints
constexpr double kSync_s = 1;           // between two syncs to the disk
constexpr std::size_t kMostGaps =
    1024;  // that the writer has not heard of; then the last one grows
constexpr auto kWake = std::chrono::duration<double>(Recorder::kWake_s);

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string gaps_path(const std::string& path) { return path + ".gaps.txt"; }

Index ring_frames(const Format& format, const RecorderOptions& options) {
  if (format.rate_hz > 0 && format.max_slab > 0 && options.ring_s > 0) {
    return std::max(4 * format.max_slab,
                    static_cast<Index>(std::ceil(options.ring_s * format.rate_hz)));
  }
  throw Error(Code::configuration,
              "a recording needs a rate, a longest slab and a ring longer than 0 s; given: " +
                  format.text() + ", slabs of " + std::to_string(format.max_slab) + ", " +
                  std::to_string(options.ring_s) + " s");
}

Format endless(Format format) {
  format.extent.reset();
  return format;
}

}  // namespace

Recorder::Recorder(const std::string& path, const Format& format, const Encoding& like,
                   const RecorderOptions& options)
    : Recorder(create_sink(path, endless(format), like), path, format, options) {
  lists_gaps_ = path != "-";
}

Recorder::Recorder(std::unique_ptr<Sink> sink, const std::string& path, const Format& format,
                   const RecorderOptions& options)
    : path_(path),
      lists_gaps_(false),
      format_(endless(format)),
      sink_(std::move(sink)),
      ring_(format, ring_frames(format, options)),
      gaps_(kMostGaps),
      taken_(format, std::max<Index>(1, kChunkSamples / format.channels)) {
  writer_ = std::thread([this] { write_until_finished(); });
}

Recorder::~Recorder() {
  unwanted_ = offered_ == 0;
  try {
    finish();
  } catch (const Error&) {
  }
}

// A gap ends where a quarter of the ring is free again: one long gap rather than many short ones.
// Nothing follows it in the ring before the writer can know of it.
void Recorder::put(const Slab& slab) noexcept {
  if (failed_.load(std::memory_order_relaxed)) return;
  const Index room = ring_.room();
  if (gap_.frames > 0 && room >= std::max(slab.extent, ring_.capacity() / 4) && gaps_.put(gap_)) {
    gap_.frames = 0;
  }
  if (gap_.frames == 0 && room >= slab.extent) {
    ring_.put(slab);
  } else {
    if (gap_.frames == 0) gap_.first = offered_;
    gap_.frames += slab.extent;
    dropped_.fetch_add(slab.extent, std::memory_order_relaxed);
  }
  offered_ += slab.extent;
}

bool Recorder::wait_for_room(Index frames, double seconds) {
  const double until = now_s() + seconds;
  while (ring_.room() < std::min(frames, ring_.capacity()) && !failed_) {
    if (now_s() > until) return false;
    wake_.notify_one();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

std::optional<std::string> Recorder::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_.empty() ? std::nullopt : std::optional(failure_);
}

void Recorder::finish() {
  if (!writer_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  wake_.notify_one();
  writer_.join();
  if (const auto reason = failure()) throw Error(Code::output, *reason);
}

void Recorder::write_until_finished() noexcept {
  try {
    for (bool last = false; !last;) {
      {
        std::unique_lock lock(mutex_);
        if (!finishing_) wake_.wait_for(lock, kWake);
        last = finishing_;  // before draining: what was put before finish() is there
      }
      drain();
    }
    complete();
  } catch (const std::exception& error) {
    salvage(error.what());
  }
}

void Recorder::drain() {
  bool wrote = false;
  while (write_next()) {
    checkpoint();
    wrote = true;
  }
  if (!wrote || now_s() - synced_s_ < kSync_s) return;
  sink_->checkpoint(Sink::Reach::disk);
  synced_s_ = now_s();
}

void Recorder::checkpoint() {
  sink_->checkpoint(Sink::Reach::file);
  kept_.store(written_, std::memory_order_relaxed);
}

// Frames first, gaps second: a gap is announced before the frames that follow it.
bool Recorder::write_next() {
  Index count = std::min(ring_.filled(), taken_.slab().extent);
  if (next_gap_.frames == 0 && !gaps_.take(&next_gap_)) next_gap_.frames = 0;
  if (next_gap_.frames > 0) {
    count = std::min(count, next_gap_.first - written_);
    if (count == 0) {
      write_silence(next_gap_);
      next_gap_.frames = 0;
      return true;
    }
  }
  if (count == 0) return false;
  const Slab slab = taken_.slab().part(0, count);
  ring_.take(slab);
  sink_->write(slab);
  written_ += count;
  return true;
}

void Recorder::write_silence(const Gap& gap) {
  found_.push_back(gap);
  taken_.clear();
  for (Index left = gap.frames; left > 0;) {
    const Index count = std::min(left, taken_.slab().extent);
    sink_->write(taken_.slab().part(0, count));
    written_ += count;
    left -= count;
  }
}

void Recorder::complete() {
  if (unwanted_) return;
  if (gap_.frames > 0) write_silence(gap_);  // put has ended
  sink_->commit();
  kept_.store(written_, std::memory_order_relaxed);
  if (lists_gaps_) list_gaps();
}

void Recorder::salvage(const std::string& reason) noexcept {
  failed_ = true;
  std::string outcome;
  try {
    sink_->salvage();
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.3f", static_cast<double>(kept_) / format_.rate_hz);
    outcome = "; it holds the first " + std::string(seconds) + " s";
    if (lists_gaps_) list_gaps();
  } catch (const std::exception& error) {
    outcome += outcome.empty() ? std::string("; it is lost: ") + error.what()
                               : std::string("; ") + error.what();
  }
  const std::lock_guard lock(mutex_);
  failure_ = "the recording failed: " + reason + outcome;
}

// Labels as Audacity reads them. Those of a recording that is replaced go with it.
void Recorder::list_gaps() const {
  const std::string path = gaps_path(path_);
  if (found_.empty()) {
    std::remove(path.c_str());
    return;
  }
  StagedFile file(path);
  for (const Gap& gap : found_) {
    char line[160];
    const double first_s = static_cast<double>(gap.first) / format_.rate_hz;
    const double frames_s = static_cast<double>(gap.frames) / format_.rate_hz;
    const int length = std::snprintf(
        line, sizeof line, "%.6f\t%.6f\tgap: %lld frames from %lld\n", first_s, first_s + frames_s,
        static_cast<long long>(gap.frames), static_cast<long long>(gap.first));
    file.write(line, static_cast<std::size_t>(length));
  }
  file.commit();
}

}  // namespace faltung
