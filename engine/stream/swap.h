// A convolution whose response can be swapped while it runs.
//
// The new one is prepared by whoever offers it, warmed up with what the stream was, handed over
// without a lock, and cross-faded with equal gain: at frame k of a fade of F frames the new one
// weighs (k + 1) / (F + 1). Both hear the whole past, so that swapping a response for itself is
// inaudible. The old one is freed by the thread that collects the reports, never by the audio
// thread. Frames in reports count from prepare on, whatever is reset.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/convolve/streaming.h"
#include "engine/nd/array.h"
#include "engine/stream/format.h"
#include "engine/stream/handover.h"
#include "engine/stream/history.h"

namespace faltung {

struct SwapReport {
  std::uint64_t ticket = 0;  // what offer returned
  Index frame = 0;           // the first frame in which it was heard, from the stream's beginning
  bool superseded = false;   // it never was heard: a later offer came first
};

struct SwapFormat {
  SampleType type = SampleType::float32;
  Index inputs = 1, outputs = 1;
  Index in_inner = 1, out_inner = 1;  // samples of a position
  Index max_slab = 1;
  Index history = 0;  // positions of the past that a new response may hear
  Swaps policy = Swaps::queue;
};

// `process`, `finish` and `reset` belong to the audio thread; `offer` and `collect` to one other.
class SwappableConvolution final : public Streaming {
 public:
  static constexpr std::size_t kMostOffers = 16;  // that are on their way at once

  SwappableConvolution(std::unique_ptr<Streaming> first, const SwapFormat& format);
  ~SwappableConvolution() override;

  Index process(const Slab& in, const Slab& out) noexcept override;
  Index finish(const Slab& out) noexcept override;
  void reset() noexcept override;
  Index max_output() const noexcept override { return room_; }
  Index held_back() const noexcept override { return held_back_; }
  Index memory_bytes() const noexcept override { return memory_bytes_; }
  Index late_blocks() const noexcept override { return current_->late_blocks(); }

  // Warms `next` up (it must be as prepared, for the same format) with the last `remembers`
  // positions and hands it over: with all it has missed meanwhile, or, where the stream is the
  // faster of the two, with a rest that the audio thread lets it hear. Returns a ticket; 0, with
  // `next` untouched, while kMostOffers are on their way. Throws Error{configuration} where `next`
  // gives more at once than the first did.
  std::uint64_t offer(std::unique_ptr<Streaming>& next, Index remembers, Index fade);

  // What has happened since the last call; frees what is not needed any more.
  std::vector<SwapReport> collect();

 private:
  struct Offer {
    Streaming* streaming = nullptr;
    std::uint64_t ticket = 0;
    Index position = 0;  // of the stream, up to which it has heard everything
    Index origin = 0;    // where its past begins
    Index fade = 0;
  };
  struct News {
    SwapReport report;  // ticket 0: none
    Streaming* retired = nullptr;
  };

  Slab scratch(Index extent) noexcept;
  Slab past(Index extent) noexcept;
  void hear(Streaming& streaming, Index from, Index until, const Slab& in, const Slab& out) const;
  void take_offers() noexcept;
  bool catch_up(Index most) noexcept;
  void begin_fade() noexcept;
  Index mixed(const Slab& out, Index old_count, Index new_count) noexcept;

  SwapFormat format_;
  Index room_, held_back_, memory_bytes_;
  History history_;

  std::atomic<Index> origin_{0};  // position of the last reset: what was before is forgotten

  // The audio thread's.
  std::unique_ptr<Streaming> current_, next_;
  Offer waiting_;  // streaming null: none
  Index position_ = 0, fade_ = 0, faded_ = 0;
  Buffer<char> scratch_, past_;

  Handover<Offer> offers_;
  Handover<News> news_;

  // The other thread's.
  std::uint64_t tickets_ = 0;
  std::size_t on_their_way_ = 0;
};

}  // namespace faltung
