// Real-time safety of a plugin's run: nothing is allocated, locked or called, whatever comes.
#include <doctest/doctest.h>

#include <cmath>
#include <fstream>

#include "tests/lv2guest/response_file.h"
#include "tests/lv2guest/test_host.h"
#include "tests/realtime/guard.h"

using namespace faltung;
using namespace faltung::guest;

namespace {

void fill(TestHost& host) {
  for (std::size_t c = 0; c < host.channels(); ++c) {
    for (std::size_t n = 0; n < host.input(c).size(); ++n) {
      host.input(c)[n] = std::sin(static_cast<float>(n * (c + 2)));
    }
  }
}

// Another instance brings the plugin's code into memory, nothing of what an instance needs.
void warm_up(const std::string& uri) {
  const Folder folder;
  const Index channels = uri.ends_with("true-stereo") ? 4 : 1;
  const std::string response = written(folder, "h.wav", noise_response(channels, 3000, 9));
  std::ofstream(folder.file("h.yaml")) << "stages: [{convolve: {kernel: h.wav}}, {delay: {ms: 1}}]";
  TestHost other(uri);
  other.activate();
  for (const std::string& path : {response, folder.file("none.wav"), folder.file("h.yaml")}) {
    other.set_file(path);
    other.set_file(path, TestHost::kPipeline);
    other.control("mix") = 0.5f;
    other.control("delay") = 3;
    other.input(0)[0] = NAN;
    for (int n = 0; n < 40; ++n) other.turn(64);
  }
}

class Watched {
 public:
  explicit Watched(const std::string& uri) : host(uri) {
    warm_up(uri);
    fill(host);
    host.activate();
    turns(8, 64);
  }
  void turns(int count, std::uint32_t frames) {
    while (count-- > 0) {
      guard_.watch([&] { host.run(frames); });
      host.after_run();
      host.work();
    }
  }
  void check() const {
    const realtime::Violations found = guard_.violations();
    CHECK_MESSAGE(found.none(), found.text());
  }

  TestHost host;

 private:
  realtime::Guard guard_;
};

}  // namespace

TEST_CASE("guest realtime: run is safe while responses are loaded, swapped and refused") {
  const Folder folder;
  const std::string one = written(folder, "short.wav", noise_response(1, 100, 1));
  const std::string two = written(folder, "long.wav", noise_response(2, 100000, 2));
  Watched run("urn:faltung:convolver-stereo");
  for (int round = 0; round < 3; ++round) {
    for (const std::string& path : {two, one, folder.file("none.wav"), std::string()}) {
      run.host.set_file(path);
      run.turns(30, 64);
      run.host.get_file();
      run.turns(5, 64);
    }
  }
  CHECK(run.host.answers.size() == 24);
  run.check();
}

TEST_CASE("guest realtime: run is safe in blocks from 1 to 8192") {
  const Folder folder;
  Watched run("urn:faltung:convolver-true-stereo");
  run.host.set_file(written(folder, "four.wav", noise_response(4, 3000, 3)));
  for (const std::uint32_t frames : {1u, 2u, 63u, 64u, 65u, 480u, 1024u, 8192u}) {
    run.host.control("order") = static_cast<float>(frames % 3);
    run.turns(6, frames);
  }
  run.check();
}

TEST_CASE("guest realtime: run is safe while controls move and NaN comes in") {
  const Folder folder;
  Watched run("urn:faltung:convolver-mono");
  run.host.set_file(written(folder, "one.wav", noise_response(1, 5000, 4)));
  for (int n = 0; n < 60; ++n) {
    run.host.control("gain") = static_cast<float>(n % 7) - 3;
    run.host.control("mix") = static_cast<float>(n % 5) / 4;
    run.host.control("delay") = static_cast<float>(n * 16);
    run.host.control("enabled") = n % 3 ? 1.0f : 0.0f;
    run.host.input(0)[static_cast<std::size_t>(n)] = n % 2 ? NAN : 1e-40f;
    run.turns(3, 64);
  }
  run.check();
}

TEST_CASE("guest realtime: run is safe while pipelines are loaded, replaced and refused") {
  const Folder folder;
  written(folder, "two.wav", noise_response(2, 20000, 5));
  const std::string yaml[] = {
      "stages: [{convolve: {kernel: two.wav}}, {gain: {db: -3}}]",
      "stages: [{convolve: {kernel: {lowpass: {taps: 101, cutoff: 2000}}, mode: same}}]",
      "stages: [{nonsense: 1}]", "stages: [{delay: {samples: 100}}]"};
  Watched run("urn:faltung:pipeline-stereo");
  for (int round = 0; round < 2; ++round) {
    for (const std::string& text : yaml) {
      std::ofstream(folder.file("p.yaml")) << text;
      run.host.set_file(folder.file("p.yaml"), TestHost::kPipeline);
      run.turns(40, 64);
    }
  }
  CHECK(run.host.answers.size() == 8);
  run.check();
}
