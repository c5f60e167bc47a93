// Writes live sound to a file, or to standard output, while the audio thread never waits for it.
//
//   audio thread ──put──▶ ring ──▶ writer thread ──▶ sink: WAV, RF64, W64, FLAC, AIFF, raw, …
//
// The file grows under ".name.<pid>-<n>.part" beside its target and is readable there: after every
// wake-up of the writer (kWake_s) its header says how long it is, and once a second it reaches the
// disk. A process that is killed leaves it there. WAV becomes RF64 beyond 4 GB.
//
// Where the disk is too slow and the ring full, whole slabs are dropped, counted, and written as
// silence, so that the recording stays in sync; the gaps are listed in "FILE.gaps.txt" as labels
// that sound editors read (begin and end in seconds, text). Where the disk is full, what fitted is
// completed under its name, and finish() says so.
#pragma once

#include <atomic>
#include <condition_variable>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/io/sink.h"
#include "engine/stream/sample_ring.h"

namespace faltung {

struct RecorderOptions {
  double ring_s = 5;  // how long a disk may not answer; memory for as much sound
};

class Recorder {
 public:
  static constexpr double kWake_s = 0.05;

  struct Gap {
    Index first = 0;  // frame of the recording
    Index frames = 0;
  };

  // A format of a series with its max_slab; an existing file is replaced when the recording ends.
  // Throws Error{output}, Error{configuration} where the container cannot hold the format.
  Recorder(const std::string& path, const Format& format, const Encoding& like,
           const RecorderOptions& options = {});
  // Into any sink, without a list of gaps. `path` is for messages.
  Recorder(std::unique_ptr<Sink> sink, const std::string& path, const Format& format,
           const RecorderOptions& options = {});
  ~Recorder();  // finishes, or leaves no file where nothing was put; failures nobody learns
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // The audio thread's: wait-free. Slabs are of the format, at most max_slab long.
  void put(const Slab& slab) noexcept;

  // For a program that is its own clock and may wait instead of dropping; on put's thread. Returns
  // whether so many frames fit, or the recording has failed, after `seconds` at most.
  bool wait_for_room(Index frames, double seconds = std::numeric_limits<double>::infinity());

  // Any thread. Recorded are frames that a kill or a full disk leave in the file; of a compressed
  // container up to a block of its own fewer.
  Index dropped_frames() const noexcept { return dropped_.load(std::memory_order_relaxed); }
  Index recorded_frames() const noexcept { return kept_.load(std::memory_order_relaxed); }
  std::optional<std::string> failure() const;  // not on the audio thread

  // After the last put, not on the audio thread: writes what is queued, completes and renames.
  // Throws Error{output} if that or anything before has failed. Again does nothing.
  void finish();
  const std::vector<Gap>& gaps() const noexcept { return found_; }  // after finish

 private:
  void write_until_finished() noexcept;
  void drain();
  bool write_next();
  void write_silence(const Gap& gap);
  void checkpoint();
  void complete();
  void salvage(const std::string& reason) noexcept;
  void list_gaps() const;

  std::string path_;
  bool lists_gaps_;
  Format format_;
  std::unique_ptr<Sink> sink_;
  SampleRing ring_;
  Handover<Gap> gaps_;
  std::atomic<bool> failed_{false}, finishing_{false}, unwanted_{false};
  std::atomic<Index> dropped_{0}, kept_{0};

  // put's.
  Index offered_ = 0;
  Gap gap_;  // that has not ended

  // The writer's.
  SlabMemory taken_;
  Index written_ = 0;
  Gap next_gap_;
  std::vector<Gap> found_;
  double synced_s_ = 0;

  mutable std::mutex mutex_;  // of the two below; never put's
  std::condition_variable wake_;
  std::string failure_;
  std::thread writer_;  // last: runs when all else is there
};

}  // namespace faltung
