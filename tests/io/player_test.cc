// Playing files and standard input ahead of an audio thread.
#include "engine/io/player.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>

#include "tests/io/live_signal.h"

using namespace faltung;
using namespace faltung::io_test;

namespace {

void save_live(const std::string& path, Index channels, Index frames) {
  Signal signal;
  signal.format = live_format(channels);
  signal.format.extent = frames;
  fill(signal, [](Index c, Index n) { return live_value(n, c); });
  save(signal, path, {}, 1000);
}

// Takes all there is, as an audio thread does that may wait a little; the samples of each channel.
Signal play(Player& player, Index block) {
  Signal signal;
  signal.format = player.format();
  SlabMemory memory(signal.format, block);
  std::vector<std::vector<double>> heard(static_cast<std::size_t>(signal.format.channels));
  while (!player.ended()) {
    REQUIRE(player.wait_for(block, 10));
    const Index got = player.take(memory.slab());
    const auto x = memory.slab().as<float>();
    for (std::size_t c = 0; c < heard.size(); ++c) {
      const float* samples = x.channel(static_cast<Index>(c));
      heard[c].insert(heard[c].end(), samples, samples + got);
      CHECK(std::all_of(samples + got, samples + block, [](float y) { return y == 0; }));
    }
  }
  signal.format.extent = static_cast<Index>(heard[0].size());
  for (const auto& channel : heard) {
    signal.samples.insert(signal.samples.end(), channel.begin(), channel.end());
  }
  return signal;
}

}  // namespace

TEST_CASE("player: every frame of a file arrives in order, whatever the blocks") {
  const Folder folder;
  for (const Index channels : {1, 2, 64}) {
    save_live(folder / "a.wav", channels, 30001);
    for (const Index block : {64, 441, 5000}) {
      CAPTURE(channels);
      CAPTURE(block);
      PlayerOptions options;
      options.ring_s = 0.2;
      options.block = 300;
      Player player(open_source(folder / "a.wav", {}), options);
      CHECK(player.format().max_slab == 300);
      const Signal signal = play(player, block);
      CHECK(signal.extent() == 30001);
      CHECK(wrong_frames(signal, 0, signal.extent()) == 0);
      CHECK(player.underrun() == 0);
      CHECK(!player.failure());
    }
  }
}

TEST_CASE("player: a source that is late is silence and an underrun, one that breaks off an end") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const int standard_input = ::dup(STDIN_FILENO);
  ::dup2(ends[0], STDIN_FILENO);
  SourceOptions raw;
  raw.rate_hz = kLiveRate_hz;
  PlayerOptions options;
  options.block = 4;
  Player player(open_source("-", raw), options);
  SlabMemory memory(live_format(1), 6);
  const float* heard = memory.slab().as<float>().data;
  CHECK(player.take(memory.slab()) == 0);
  CHECK(player.underrun() == 6);
  const float sent[] = {1, 2, 3, 4};
  REQUIRE(::write(ends[1], sent, sizeof sent) == sizeof sent);
  CHECK(player.wait_for(4, 10));
  CHECK(player.take(memory.slab()) == 4);
  CHECK(std::equal(sent, sent + 4, heard));
  CHECK(heard[5] == 0);
  CHECK(player.underrun() == 8);
  CHECK(!player.ended());
  REQUIRE(::write(ends[1], sent, 6) == 6);  // a frame and a half
  ::close(ends[1]);
  CHECK(player.wait_for(100, 10));
  CHECK(player.take(memory.slab()) == 0);
  CHECK(player.underrun() == 8);
  CHECK(player.ended());
  REQUIRE(player.failure());
  CHECK(player.failure()->find("truncated") != std::string::npos);
  ::dup2(standard_input, STDIN_FILENO);
  ::close(standard_input);
  ::close(ends[0]);
}

TEST_CASE("player: leaves at once though its source gives nothing") {
  struct Reading {
    std::atomic<bool> released{false}, ended{false};
  };
  struct Silent : Source {
    explicit Silent(Reading& reading) : reading_(reading) { format_.rate_hz = kLiveRate_hz; }
    ~Silent() override { reading_.ended = true; }
    const Format& format() const override { return format_; }
    const Encoding& encoding() const override { return encoding_; }
    Index read(const Slab&) override {
      while (!reading_.released) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return 0;
    }
    Reading& reading_;
    Format format_;
    Encoding encoding_;
  };
  std::chrono::duration<double> least(1e9);  // of a few: a busy machine may have no core for it
  for (int n = 0; n < 20 && least.count() >= 1; ++n) {
    Reading reading;
    const auto start = std::chrono::steady_clock::now();
    {
      Player player(std::make_unique<Silent>(reading));
      CHECK(!player.wait_for(1, 0.05));
    }
    least = std::min(least, {std::chrono::steady_clock::now() - start});
    CHECK(!reading.ended);
    reading.released = true;
    while (!reading.ended) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  CHECK(least.count() < 1);
}

TEST_CASE("player: refuses what is no series with a rate") {
  const Folder folder;
  write_bytes(folder / "a.f32", std::string(64, '\0'));
  CHECK_THROWS_AS(Player(open_source(folder / "a.f32", {})), Error);
  PlayerOptions options;
  options.block = 0;
  save_live(folder / "a.wav", 1, 10);
  CHECK_THROWS_AS(Player(open_source(folder / "a.wav", {}), options), Error);
}
