// A convolution whose response can be swapped while it runs.
#include "engine/stream/swap.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/nd/error.h"
#include "engine/stream/crossfade.h"

namespace faltung {
namespace {

constexpr Index kCatchUp = 4;  // slabs of the past that the audio thread may hear in a call
constexpr Index kNear = 2;     // slabs: nearer than this the other thread hands over
constexpr int kMostRounds = 64;  // of catching up before that: at 0.9 of the stream's pace enough

Slab slab_in(Buffer<char>& memory, SampleType type, Index channels, Index inner, Index extent) {
  Slab slab;
  slab.type = type;
  slab.data = memory.data();
  slab.channels = channels;
  slab.extent = extent;
  slab.inner = inner;
  slab.channel_stride = memory.size() / size_of(type) / std::max<Index>(1, channels);
  return slab;
}

}  // namespace

SwappableConvolution::SwappableConvolution(std::unique_ptr<Streaming> first,
                                           const SwapFormat& format)
    : format_(format),
      room_(std::max(first->max_output(), format.max_slab)),
      held_back_(first->held_back()),
      memory_bytes_(first->memory_bytes()),
      history_(format.type, format.inputs, format.in_inner, format.history, format.max_slab),
      current_(std::move(first)),
      scratch_(checked_product({format.outputs, room_, format.out_inner, size_of(format.type)})),
      past_(checked_product({format.inputs, format.max_slab, format.in_inner,
                             size_of(format.type)})),
      offers_(kMostOffers),
      news_(4 * kMostOffers) {
  memory_bytes_ += history_.memory_bytes() + scratch_.size() + past_.size();
}

SwappableConvolution::~SwappableConvolution() {
  collect();
  delete waiting_.streaming;
  for (Offer offer; offers_.take(&offer);) delete offer.streaming;
}

Slab SwappableConvolution::scratch(Index extent) noexcept {
  return slab_in(scratch_, format_.type, format_.outputs, format_.out_inner, extent);
}

Slab SwappableConvolution::past(Index extent) noexcept {
  return slab_in(past_, format_.type, format_.inputs, format_.in_inner, extent);
}

// Lets it hear positions [from, until) of the past; what it says is dropped. What is gone from the
// history is silence.
void SwappableConvolution::hear(Streaming& streaming, Index from, Index until, const Slab& in,
                                const Slab& out) const {
  while (from < until) {
    const Slab slab = in.part(0, std::min(in.extent, until - from));
    if (!history_.read(from, slab)) silence(slab, 0, slab.extent);
    streaming.process(slab, out);
    from += slab.extent;
  }
}

std::uint64_t SwappableConvolution::offer(std::unique_ptr<Streaming>& next, Index remembers,
                                          Index fade) {
  if (next->max_output() > room_) {
    throw Error(Code::configuration, "a swapped response may give at most " +
                                         std::to_string(room_) + " positions at once, this one " +
                                         std::to_string(next->max_output()));
  }
  if (on_their_way_ == kMostOffers) return 0;
  Buffer<char> in(past_.size()), out(scratch_.size());
  const Slab in_slab = slab_in(in, format_.type, format_.inputs, format_.in_inner, format_.max_slab);
  const Slab out_slab = slab_in(out, format_.type, format_.outputs, format_.out_inner, room_);
  const Index origin = origin_.load();
  Index until = history_.position();
  Index from = std::max(origin, until - std::min(remembers, history_.capacity()));
  // A stream without a clock may run faster than this thread hears: then each round leaves more, or
  // as much, and the audio thread, which takes kCatchUp slabs in a call, does the rest.
  Index missed = history_.capacity();
  for (int round = 0; round < kMostRounds; ++round) {
    for (Index end; from < until; from = end) {
      end = std::min(until, from + format_.max_slab);
      hear(*next, from, end, in_slab, out_slab);
      next->settle();
    }
    until = history_.position();
    const Index before = std::exchange(missed, until - from);
    if (missed <= kNear * format_.max_slab || missed >= before) break;
  }
  ++on_their_way_;
  offers_.put({next.release(), ++tickets_, from, origin, std::max<Index>(fade, 0)});
  return tickets_;
}

std::vector<SwapReport> SwappableConvolution::collect() {
  std::vector<SwapReport> reports;
  for (News news; news_.take(&news);) {
    if (news.report.ticket > 0) reports.push_back(news.report);
    if (news.retired) --on_their_way_;
    delete news.retired;
  }
  return reports;
}

// The queue of news cannot be full: it has room for four of every offer.
void SwappableConvolution::take_offers() noexcept {
  for (Offer offer; !waiting_.streaming || format_.policy == Swaps::coalesce;) {
    if (!offers_.take(&offer)) return;
    if (waiting_.streaming) news_.put({{waiting_.ticket, 0, true}, waiting_.streaming});
    waiting_ = offer;
    if (offer.origin == origin_.load()) continue;
    waiting_.streaming->reset();
    waiting_.position = waiting_.origin = origin_.load();
  }
}

// What the offered one has missed on its way. False: not all of it yet.
bool SwappableConvolution::catch_up(Index most) noexcept {
  waiting_.position = std::max(waiting_.position, position_ - history_.capacity());
  const Index until = std::min(position_, waiting_.position + most);
  hear(*waiting_.streaming, waiting_.position, until, past(format_.max_slab), scratch(room_));
  waiting_.position = until;
  return until == position_;
}

void SwappableConvolution::begin_fade() noexcept {
  news_.put({{waiting_.ticket, position_, false}, nullptr});
  next_.reset(waiting_.streaming);
  fade_ = waiting_.fade;
  faded_ = 0;
  waiting_ = Offer{};
}

Index SwappableConvolution::process(const Slab& in, const Slab& out) noexcept {
  take_offers();
  if (waiting_.streaming && catch_up(kCatchUp * std::max(in.extent, Index{1})) && !next_) {
    begin_fade();
  }
  history_.write(in);
  position_ += in.extent;
  const Index count = current_->process(in, out);
  return next_ ? mixed(out, count, next_->process(in, scratch(room_))) : count;
}

Index SwappableConvolution::finish(const Slab& out) noexcept {
  const Index count = current_->finish(out);
  return next_ ? mixed(out, count, next_->finish(scratch(std::min(room_, out.extent)))) : count;
}

// The new one's part is in the scratch memory. The one that gives less has ended: it is silent.
Index SwappableConvolution::mixed(const Slab& out, Index old_count, Index new_count) noexcept {
  const Index count = std::max(old_count, new_count);
  silence(out, old_count, count);
  silence(scratch(room_), new_count, count);
  crossfade(out.part(0, count), scratch(room_), faded_, fade_);
  faded_ += count;
  if (faded_ >= fade_) {
    news_.put({{}, current_.release()});
    current_ = std::move(next_);
  }
  return count;
}

void SwappableConvolution::reset() noexcept {
  if (next_) {
    news_.put({{}, current_.release()});
    current_ = std::move(next_);
  }
  current_->reset();
  origin_.store(position_);
  // What waits has heard a past that is gone.
  if (waiting_.streaming) waiting_.streaming->reset();
  waiting_.position = waiting_.origin = position_;
}

}  // namespace faltung
