// Moving a signal from source through stage to sink, on three threads.
#include "apps/faltung/transfer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace faltung {
namespace {

// Gives 0, 1, 2, … in uneven portions; fails at `fails_at`.
class Counter : public Source {
 public:
  explicit Counter(Index extent, Index fails_at = -1) : extent_(extent), fails_at_(fails_at) {
    format_.rate_hz = 48000;
  }
  const Format& format() const override { return format_; }
  const Encoding& encoding() const override { return encoding_; }
  Index read(const Slab& out) override {
    if (fails_at_ >= 0 && next_ >= fails_at_) throw Error(Code::input, "torn");
    const Index portion = 1 + next_ % 1000;
    const Index count = std::min({out.extent, portion, extent_ - next_});
    for (Index n = 0; n < count; ++n) out.as<float>().data[n] = static_cast<float>(next_ + n);
    next_ += count;
    buffers.insert(out.data);
    return count;
  }
  std::set<const void*> buffers;

 private:
  Format format_;
  Encoding encoding_;
  Index extent_;
  Index fails_at_;
  Index next_ = 0;
};

// Holds `lag` positions back and gives them in finish; remembers the largest slab it saw.
class Lagging : public Stage {
 public:
  explicit Lagging(Index lag) : lag_(lag) {}
  Format prepare(const Format& in, const Setting&) override {
    max_slab_ = in.max_slab;
    return in;
  }
  Index process(const Slab& in, const Slab& out) noexcept override {
    largest = std::max(largest, in.extent);
    const auto* first = static_cast<const float*>(in.data);
    held_.insert(held_.end(), first, first + in.extent);
    return give(out, static_cast<Index>(held_.size()) - taken_ - lag_);
  }
  Index finish(const Slab& out) noexcept override {
    return give(out, static_cast<Index>(held_.size()) - taken_);
  }
  void reset() noexcept override {}
  Timing timing() const override { return {}; }
  Explanation explain() const override { return {}; }
  Index largest = 0;

 private:
  Index give(const Slab& out, Index count) noexcept {
    count = std::clamp<Index>(count, 0, max_slab_);
    REQUIRE(out.extent >= count);
    for (Index n = 0; n < count; ++n) {
      out.as<float>().data[n] = held_[static_cast<std::size_t>(taken_ + n)];
    }
    taken_ += count;
    return count;
  }
  Index lag_;
  Index max_slab_ = 0;
  Index taken_ = 0;
  std::vector<float> held_;
};

class Collector : public Sink {
 public:
  explicit Collector(Index fails_at = -1) : fails_at_(fails_at) {}
  void write(const Slab& slab) override {
    if (fails_at_ >= 0 && static_cast<Index>(values.size()) + slab.extent > fails_at_) {
      throw Error(Code::output, "full");
    }
    const auto* first = static_cast<const float*>(slab.data);
    values.insert(values.end(), first, first + slab.extent);
  }
  void commit() override {}
  std::vector<float> values;

 private:
  Index fails_at_;
};

Transferred move(Counter& source, Lagging& stage, Collector& sink, const Cutting& cutting) {
  Format in = source.format();
  in.max_slab = cutting.block;
  const Format out = stage.prepare(in, Setting{});
  return transfer(source, stage, sink, in, out, cutting, whole_items(1), [](Index) {});
}

bool counts_up(const std::vector<float>& values, Index extent) {
  if (static_cast<Index>(values.size()) != extent) return false;
  for (std::size_t n = 0; n < values.size(); ++n) {
    if (values[n] != static_cast<float>(n)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("transfer: gives every position once and in order, however it is cut") {
  for (const Cutting cutting : {Cutting{1, 1}, {64, 64}, {640, 64}, {65536, 65536}, {999, 3}}) {
    for (const Index extent : {0, 1, 2, 63, 64, 65, 10000}) {
      Counter source(extent);
      Lagging stage(100);
      Collector sink;
      const Transferred moved = move(source, stage, sink, cutting);
      CAPTURE(cutting.slab);
      CAPTURE(extent);
      CHECK(counts_up(sink.values, extent));
      CHECK(moved.taken == extent);
      CHECK(moved.given == extent);
      CHECK(stage.largest <= cutting.block);
    }
  }
}

TEST_CASE("transfer: blocks are full except the last") {
  Counter source(1000);
  Lagging stage(0);
  Collector sink;
  move(source, stage, sink, {128, 64});
  CHECK(stage.largest == 64);
}

TEST_CASE("transfer: recycles its slabs") {
  Counter source(100000);
  Lagging stage(0);
  Collector sink;
  move(source, stage, sink, {1, 1});
  CHECK(source.buffers.size() <= 3);
}

// Gives nothing until it has a tile, as overlap-save does; its max_slab is the tile's length.
class Tiled : public Stage {
 public:
  Format prepare(const Format& in, const Setting&) override {
    Format out = in;
    out.max_slab = kTile;
    return out;
  }
  Index process(const Slab& in, const Slab& out) noexcept override {
    const auto* first = static_cast<const float*>(in.data);
    held_.insert(held_.end(), first, first + in.extent);
    return static_cast<Index>(held_.size()) < kTile ? 0 : finish(out);
  }
  Index finish(const Slab& out) noexcept override {
    const auto count = std::min(static_cast<Index>(held_.size()), kTile);
    std::copy_n(held_.begin(), count, static_cast<float*>(out.data));
    held_.erase(held_.begin(), held_.begin() + count);
    largest_room = std::max(largest_room, out.channel_stride);
    return count;
  }
  void reset() noexcept override { held_.clear(); }
  Timing timing() const override { return {}; }
  Explanation explain() const override { return {}; }
  Index largest_room = 0;

 private:
  static constexpr Index kTile = 100000;
  std::vector<float> held_;
};

TEST_CASE("transfer: small blocks into a stage of large tiles need memory for one tile only") {
  Counter source(250001);
  Tiled stage;
  Collector sink;
  Format in = source.format();
  in.max_slab = 1;
  const Format out = stage.prepare(in, Setting{});
  transfer(source, stage, sink, in, out, {65536, 1}, whole_items(1), [](Index) {});
  CHECK(counts_up(sink.values, 250001));
  CHECK(stage.largest_room == 100000);
}

TEST_CASE("transfer: carries the reader's error to the caller") {
  for (const Index at : {0, 1, 5000}) {
    Counter source(100000, at);
    Lagging stage(10);
    Collector sink;
    CHECK_THROWS_WITH_AS(move(source, stage, sink, {64, 64}), "torn", Error);
    CHECK(static_cast<Index>(sink.values.size()) <= 2 * at);
  }
}

TEST_CASE("transfer: carries the writer's error to the caller, also from the last slab") {
  for (const Index at : {0, 1, 5000, 99999}) {
    Counter source(100000);
    Lagging stage(64);
    Collector sink(at);
    CHECK_THROWS_WITH_AS(move(source, stage, sink, {64, 64}), "full", Error);
  }
}

TEST_CASE("transfer: an exception of the watcher ends both helpers") {
  Counter source(100000);
  Lagging stage(0);
  Collector sink;
  Format in = source.format();
  in.max_slab = 16;
  const Format out = stage.prepare(in, Setting{});
  CHECK_THROWS_AS(transfer(source, stage, sink, in, out, {16, 16}, whole_items(1),
                           [](Index taken) {
                             if (taken > 500) throw Error(Code::failure, "enough");
                           }),
                  Error);
}

TEST_CASE("transfer: chooses slabs that fit the signal") {
  Format sound;
  sound.channels = 2;
  sound.rate_hz = 48000;
  CHECK(choose_cutting(sound, 0).slab == 65536);
  CHECK(choose_cutting(sound, 0).block == 65536);
  CHECK(choose_cutting(sound, 100).slab == 65500);
  CHECK(choose_cutting(sound, 100).block == 100);
  sound.extent = 1000;
  CHECK(choose_cutting(sound, 0).slab == 1000);
  Format image;
  image.channels = 4;
  image.inner = {1024};
  CHECK(choose_cutting(image, 0).slab == 256);
  image.inner = {Index{1} << 40};
  CHECK(choose_cutting(image, 0).slab == 1);
}

}  // namespace faltung
