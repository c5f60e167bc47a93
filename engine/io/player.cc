// Reads a file, or standard input, ahead of the audio thread, which never waits for it.
#include "engine/io/player.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <mutex>

#include "engine/stream/sample_ring.h"

namespace faltung {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr Seconds kPause(0.002);   // between two looks at a ring that is full, or empty
constexpr Seconds kPatience(0.2);  // with a reader that is told to stop

const Format& checked(const Format& format, const PlayerOptions& options) {
  if (format.is_series() && format.rate_hz > 0 && options.block > 0 && options.ring_s > 0) {
    return format;
  }
  throw Error(Code::configuration,
              "playing takes a series with a rate, blocks of 1 frame or more and a ring longer "
              "than 0 s; given: " +
                  format.text() + ", blocks of " + std::to_string(options.block) + ", " +
                  std::to_string(options.ring_s) + " s");
}

Index ring_frames(const Format& format, const PlayerOptions& options) {
  return std::max(2 * options.block,
                  static_cast<Index>(std::ceil(options.ring_s * format.rate_hz)));
}

}  // namespace

struct Player::Shared {
  Shared(std::unique_ptr<Source> from, const PlayerOptions& options)
      : source(std::move(from)),
        format(checked(source->format(), options)),
        ring(format, ring_frames(format, options)),
        read(format, options.block) {
    format.max_slab = options.block;
  }

  // Returns false at the end.
  bool read_block() {
    const Index got = source->read(read.slab());
    ring.put(read.slab().part(0, got));
    return got == read.slab().extent;
  }

  void read_until_stopped() noexcept {
    try {
      while (!stop) {
        if (ring.room() < read.slab().extent) {
          std::this_thread::sleep_for(kPause);
        } else if (!read_block()) {
          break;
        }
      }
    } catch (const std::exception& error) {
      const std::lock_guard lock(mutex);
      failure = error.what();
    }
    exhausted.store(true, std::memory_order_release);  // after the last put
  }

  std::unique_ptr<Source> source;
  Format format;
  SampleRing ring;
  SlabMemory read;
  std::atomic<bool> stop{false}, exhausted{false};
  std::atomic<Index> underrun{0};
  std::mutex mutex;
  std::string failure;
};

Player::Player(std::unique_ptr<Source> source, const PlayerOptions& options)
    : shared_(std::make_shared<Shared>(std::move(source), options)),
      reader_([shared = shared_] { shared->read_until_stopped(); }) {}

Player::~Player() {
  shared_->stop = true;
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!shared_->exhausted && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(kPause);
  }
  shared_->exhausted ? reader_.join() : reader_.detach();
}

const Format& Player::format() const noexcept { return shared_->format; }

Index Player::take(const Slab& slab) noexcept {
  const bool exhausted = shared_->exhausted.load(std::memory_order_acquire);  // before looking
  const Index count = std::min(slab.extent, shared_->ring.filled());
  shared_->ring.take(slab.part(0, count));
  if (count == slab.extent) return count;
  if (!exhausted) shared_->underrun.fetch_add(slab.extent - count, std::memory_order_relaxed);
  with_sample_type(slab.type, [&]<class T>() {
    const auto rest = slab.part(count, slab.extent - count).as<T>();
    for (Index c = 0; c < rest.channels; ++c) {
      std::fill(rest.channel(c), rest.channel(c) + rest.extent, T(0));
    }
  });
  return count;
}

bool Player::ended() const noexcept {
  return shared_->exhausted.load(std::memory_order_acquire) && shared_->ring.filled() == 0;
}

bool Player::wait_for(Index frames, double seconds) const {
  const auto until = std::chrono::steady_clock::now() + Seconds(seconds);
  const Index most = shared_->ring.capacity() - shared_->read.slab().extent;
  for (;;) {
    if (shared_->exhausted || shared_->ring.filled() >= std::min(frames, most)) return true;
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(kPause);
  }
}

Index Player::underrun() const noexcept {
  return shared_->underrun.load(std::memory_order_relaxed);
}

std::optional<std::string> Player::failure() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->failure.empty() ? std::nullopt : std::optional(shared_->failure);
}

}  // namespace faltung
