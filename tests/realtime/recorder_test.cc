// Real-time safety of recording and playing, with a disk that keeps up, stands still or is full.
#include "engine/io/recorder.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>

#include "engine/io/player.h"
#include "tests/realtime/guard.h"

using namespace faltung;
using namespace faltung::realtime;

namespace {

constexpr Index kBlock = 64;

Format format(Index channels) {
  Format result;
  result.channels = channels;
  result.rate_hz = 48000;
  result.max_slab = kBlock;
  return result;
}

enum class Disk { good, still, full };

class Writing : public Sink {
 public:
  Writing(Disk disk, std::atomic<bool>& still) : disk_(disk), still_(still) {}
  void write(const Slab&) override {
    while (disk_ == Disk::still && still_)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (disk_ == Disk::full) throw Error(Code::output, "full");
  }
  void commit() override {}

 private:
  Disk disk_;
  std::atomic<bool>& still_;
};

class Silence : public Source {
 public:
  explicit Silence(Index frames) : left_(frames) { format_.rate_hz = 48000; }
  const Format& format() const override { return format_; }
  const Encoding& encoding() const override { return encoding_; }
  Index read(const Slab& out) override {
    const Index got = std::min(left_, out.extent);
    left_ -= got;
    return got;
  }

 private:
  Index left_;
  Format format_;
  Encoding encoding_;
};

}  // namespace

TEST_CASE("realtime: putting into a recording is safe, whatever its disk does") {
  for (const Disk disk : {Disk::good, Disk::still, Disk::full}) {
    CAPTURE(static_cast<int>(disk));
    for (const Index channels : {1, 64}) {
      std::atomic<bool> still{true};
      RecorderOptions options;
      options.ring_s = 0.5;
      Recorder recorder(std::make_unique<Writing>(disk, still), "test", format(channels), options);
      SlabMemory memory(format(channels), kBlock);
      Guard guard;
      for (int n = 0; n < 2000; ++n) {
        guard.watch([&] { recorder.put(memory.slab()); });
        if (n % 100 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      CHECK_MESSAGE(guard.violations().none(), guard.violations().text());
      if (disk == Disk::still) CHECK(recorder.dropped_frames() > 0);
      still = false;
      if (disk == Disk::full) {
        CHECK_THROWS_AS(recorder.finish(), Error);
      } else {
        recorder.finish();
      }
    }
  }
}

TEST_CASE("realtime: taking from a player is safe, also late, at and after the end") {
  Player player(std::make_unique<Silence>(100000));
  SlabMemory memory(format(1), kBlock);
  Guard guard;
  for (int n = 0; n < 3000; ++n) {
    guard.watch([&] {
      player.take(memory.slab());
      player.ended();
    });
    if (n % 10 == 0) std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  CHECK(player.wait_for(1, 5));
  while (!player.ended()) guard.watch([&] { player.take(memory.slab()); });
  guard.watch([&] { player.take(memory.slab()); });
  CHECK_MESSAGE(guard.violations().none(), guard.violations().text());
}
