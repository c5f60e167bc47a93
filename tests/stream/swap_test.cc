// Swapping what runs, where the stream does not keep time.
#include "engine/stream/swap.h"

#include <doctest/doctest.h>

#include <functional>

#include "engine/stream/slab_memory.h"

using namespace faltung;

namespace {

constexpr Index kBlock = 64;
constexpr Index kHistory = 100 * kBlock;

// Gives what it takes; tells somebody before.
class Copy final : public Streaming {
 public:
  explicit Copy(std::function<void()> before = [] {}) : before_(std::move(before)) {}

  Index process(const Slab& in, const Slab& out) noexcept override {
    before_();
    copy_slab(in, out.part(0, in.extent));
    return in.extent;
  }
  Index finish(const Slab&) noexcept override { return 0; }
  void reset() noexcept override {}
  Index max_output() const noexcept override { return kBlock; }
  Index held_back() const noexcept override { return 0; }
  Index memory_bytes() const noexcept override { return 0; }

 private:
  std::function<void()> before_;
};

// The audio thread, block by block.
class Stream {
 public:
  Stream()
      : format_(format()),
        in_(format_, kBlock),
        out_(format_, kBlock),
        swappable_(std::make_unique<Copy>(), swap_format()) {}

  void block() { swappable_.process(in_.slab(), out_.slab()); }
  SwappableConvolution& swappable() { return swappable_; }

 private:
  static Format format() {
    Format result;
    result.channels = 1;
    result.max_slab = kBlock;
    return result;
  }
  static SwapFormat swap_format() {
    SwapFormat result;
    result.max_slab = kBlock;
    result.history = kHistory;
    return result;
  }

  Format format_;
  SlabMemory in_, out_;
  SwappableConvolution swappable_;
};

}  // namespace

TEST_CASE("swap: a stream that runs faster than an offer can hear its past gets it all the same") {
  constexpr int kPatience = 20000;  // slabs
  for (const int pace : {1, 2, 30}) {
    CAPTURE(pace);
    Stream stream;
    for (int n = 0; n < 200; ++n) stream.block();
    int heard = 0;
    bool offering = true;
    std::unique_ptr<Streaming> next = std::make_unique<Copy>([&] {
      for (int n = 0; offering && heard < kPatience && n < pace; ++n) stream.block();
      ++heard;
    });
    CHECK(stream.swappable().offer(next, kHistory, 0) > 0);
    offering = false;
    CHECK(heard < kPatience);
    std::vector<SwapReport> reports;
    for (int n = 0; n < 200 && reports.empty(); ++n) {
      stream.block();
      reports = stream.swappable().collect();
    }
    CHECK(reports.size() == 1);
  }
}
