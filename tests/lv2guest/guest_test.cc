// The LV2 plugins as a host meets them.
#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <thread>

#include "tests/lv2guest/stream.h"

using namespace faltung;
using namespace faltung::guest;

namespace {

constexpr const char* kMono = "urn:faltung:convolver-mono";
constexpr const char* kStereo = "urn:faltung:convolver-stereo";
constexpr const char* kTrueStereo = "urn:faltung:convolver-true-stereo";

}  // namespace

TEST_CASE("guest: passes through bit for bit until a file is loaded, and says so") {
  for (const char* uri : {kMono, kStereo, kTrueStereo}) {
    TestHost host(uri);
    host.activate();
    Stream stream(host);
    for (const std::uint32_t frames : {64u, 1u, 17u, 0u, 8192u, 20000u}) stream.block(frames);
    CHECK(stream.out == stream.in);
    CHECK(host.control("latency") == 0);
    CHECK(host.said.find("passes through until a file is loaded") != std::string::npos);
  }
}

TEST_CASE("guest: a file that the host sets is loaded by the worker and faded to") {
  const Folder folder;
  const Kernel response = noise_response(2, 3000, 1);
  const std::string path = written(folder, "two.wav", response);
  TestHost host(kStereo);
  host.activate();
  Stream stream(host);
  stream.blocks(20);
  host.set_file(path);
  const std::size_t asked = stream.frames();
  stream.blocks(50);
  REQUIRE(host.answers.size() == 1);
  CHECK(host.answers[0].kind == "Set");
  CHECK(host.answers[0].path == path);
  CHECK(std::equal(stream.in[0].begin(), stream.in[0].begin() + static_cast<long>(asked),
                   stream.out[0].begin()));
  check_convolved(stream, asked + 64 + 960 + 64, response);  // a run, the fade, its last run
}

TEST_CASE("guest: a response of one channel is for both, one of another rate is resampled") {
  const Folder folder;
  const std::string path = written(folder, "one.wav", noise_response(1, 700, 2, 44100));
  TestHost host(kStereo);
  host.set_file(path);
  host.activate();
  host.turn(64);
  Stream stream(host);
  stream.blocks(40);
  CHECK(host.said.find("resampled from 44100 Hz") != std::string::npos);
  CHECK(stream.out[0] != stream.in[0]);
  CHECK(std::isfinite(stream.out[1].back()));
}

TEST_CASE("guest: a bad file keeps what is loaded, says why, and tells the host what remains") {
  const Folder folder;
  const Kernel response = noise_response(1, 100, 3);
  const std::string good = written(folder, "good.wav", response);
  const std::string four = written(folder, "four.wav", noise_response(4, 100, 3));
  std::ofstream(folder.file("bad.wav")) << "no sound";
  TestHost host(kMono);
  host.activate();
  Stream stream(host);
  host.set_file(good);
  stream.blocks(30);
  for (const std::string& bad : {folder.file("missing.wav"), folder.file("bad.wav"), four,
                                 std::string(5000, 'x')}) {
    host.answers.clear();
    host.said.clear();
    host.set_file(bad);
    stream.blocks(4);
    CAPTURE(bad.substr(0, 80));
    REQUIRE(host.answers.size() == 1);
    CHECK(host.answers[0].kind == "Put");
    CHECK(host.answers[0].path == good);
    if (bad.size() < 5000) CHECK(host.said.find("kept " + good) != std::string::npos);
  }
  check_convolved(stream, 20 * 64, response);
}

TEST_CASE("guest: tells the file when asked, and an empty path passes through again") {
  const Folder folder;
  const std::string path = written(folder, "one.wav", noise_response(1, 100, 3));
  TestHost host(kMono);
  host.activate();
  Stream stream(host);
  host.get_file();
  stream.blocks(2);
  REQUIRE(host.answers.size() == 1);
  CHECK(host.answers[0].path == "");
  host.set_file(path);
  stream.blocks(3);
  host.get_file();
  stream.blocks(2);
  REQUIRE(host.answers.size() == 3);
  CHECK(host.answers[2].kind == "Put");
  CHECK(host.answers[2].path == path);
  host.set_file("");
  stream.blocks(30);
  CHECK(std::equal(stream.in[0].end() - 64, stream.in[0].end(), stream.out[0].end() - 64));
}

TEST_CASE("guest: the state survives, and a fresh instance sounds from the first frame") {
  const Folder folder;
  const Kernel response = noise_response(2, 2000, 4);
  const std::string path = written(folder, "two.wav", response);
  {
    TestHost host(kStereo);
    host.activate();
    host.set_file(path);
    host.turn(64);
    host.save(folder.file("state"));
  }
  TestHost host(kStereo);
  REQUIRE(host.restore(folder.file("state")));
  host.activate();
  Stream stream(host);
  stream.blocks(40);
  check_convolved(stream, 0, response);
  REQUIRE(host.answers.size() == 1);
  CHECK(std::filesystem::canonical(host.answers[0].path) == std::filesystem::canonical(path));
}

TEST_CASE("guest: a state is restored while it runs, one without a file unloads it") {
  const Folder folder;
  const Kernel response = noise_response(1, 500, 5);
  TestHost host(kMono);
  host.activate();
  host.save(folder.file("empty"));
  host.set_file(written(folder, "one.wav", response));
  host.turn(64);
  host.save(folder.file("one"));
  TestHost other(kMono);
  other.activate();
  Stream stream(other);
  stream.blocks(10);
  REQUIRE(other.restore(folder.file("one")));
  stream.blocks(30);
  check_convolved(stream, 10 * 64 + 960 + 64, response);
  REQUIRE(other.restore(folder.file("empty")));
  CHECK(other.said.ends_with("passes through\n"));
  stream.blocks(30);
  CHECK(stream.out[0].back() == stream.in[0].back());
  const std::size_t before = other.said.size();
  REQUIRE(other.restore(folder.file("empty")));  // nothing to be done
  CHECK(other.said.size() == before);
}

TEST_CASE("guest: true stereo takes the three channel orders, also while it runs") {
  const Folder folder;
  const Kernel response = noise_response(4, 300, 6);
  TestHost host(kTrueStereo);
  host.activate();
  Stream stream(host);
  host.set_file(written(folder, "four.wav", response));
  // Channel of the file from input i to output o: [i][o].
  const Index channel[3][2][2] = {{{0, 1}, {2, 3}}, {{0, 2}, {3, 1}}, {{0, 2}, {1, 3}}};
  for (int order = 0; order < 3; ++order) {
    host.control("order") = static_cast<float>(order);
    stream.blocks(20);
    const std::size_t heard = stream.frames();
    stream.blocks(20);
    CAPTURE(order);
    check_near(stream, heard, [&](std::size_t c, std::vector<double>& y) {
      add_convolved(stream.in[0], response, channel[order][0][c], y);
      add_convolved(stream.in[1], response, channel[order][1][c], y);
    });
  }
}

TEST_CASE("guest: a channel order set before the sound begins is heard from the first frame") {
  const Folder folder;
  const Kernel response = noise_response(4, 300, 6);
  {
    TestHost host(kTrueStereo);
    host.activate();
    host.set_file(written(folder, "four.wav", response));
    host.turn(64);
    host.save(folder.file("state"));
  }
  TestHost host(kTrueStereo);
  REQUIRE(host.restore(folder.file("state")));
  host.control("order") = 2;
  host.activate();
  Stream stream(host);
  stream.blocks(10);
  check_near(stream, 0, [&](std::size_t c, std::vector<double>& y) {
    add_convolved(stream.in[0], response, c == 0 ? 0 : 2, y);
    add_convolved(stream.in[1], response, c == 0 ? 1 : 3, y);
  });
}

TEST_CASE("guest: another thread restores while it runs") {
  const Folder folder;
  const Kernel response = noise_response(1, 2000, 12);
  TestHost host(kStereo);
  host.activate();
  host.set_file(written(folder, "one.wav", response));
  host.turn(64);
  host.save(folder.file("state"));
  std::thread other([&] {
    for (int n = 0; n < 20; ++n) host.restore(folder.file("state"));
  });
  bool finite = true;
  for (int n = 0; n < 4000; ++n) {
    host.run(64);
    host.after_run();
    finite = finite && std::isfinite(host.output(1)[63]);
  }
  other.join();
  CHECK(finite);
  for (int n = 0; n < 100; ++n) host.turn(64);
  Stream stream(host);
  stream.blocks(20);
  check_convolved(stream, 0, response);
}

TEST_CASE("guest: gain, mix, delay and enabled do what they say") {
  const Folder folder;
  const Kernel response = noise_response(1, 300, 7);
  TestHost host(kMono);
  host.activate();
  Stream stream(host);
  host.set_file(written(folder, "one.wav", response));
  host.control("gain") = -6;
  host.control("mix") = 0.25f;
  host.control("delay") = 10;  // 480 frames
  stream.blocks(40);
  const std::size_t heard = stream.frames();
  stream.blocks(20);
  check_near(stream, heard, [&](std::size_t, std::vector<double>& y) {
    std::vector<float> late(480, 0.0f);
    late.insert(late.end(), stream.in[0].begin(), stream.in[0].end());
    add_convolved(late, response, 0, y);
    for (std::size_t n = 0; n < y.size(); ++n) {
      y[n] = 0.25 * std::pow(10, -0.3) * y[n] + 0.75 * static_cast<double>(stream.in[0][n]);
    }
  });
  host.control("enabled") = 0;
  stream.blocks(20);
  CHECK(std::equal(stream.in[0].end() - 64, stream.in[0].end(), stream.out[0].end() - 64));
}

TEST_CASE("guest: no change of a control makes a step") {
  TestHost host(kMono);
  host.activate();
  std::fill(host.input(0).begin(), host.input(0).end(), 0.5f);
  float last = 0.5f, largest = 0;
  const auto listen = [&](int runs) {
    while (runs-- > 0) {
      host.turn(64);
      for (int n = 0; n < 64; ++n) {
        largest = std::max(largest, std::abs(host.output(0)[static_cast<std::size_t>(n)] - last));
        last = host.output(0)[static_cast<std::size_t>(n)];
      }
    }
  };
  host.turn(64);
  listen(5);
  host.control("gain") = -20;
  listen(5);
  host.control("enabled") = 0;
  host.control("delay") = 100;
  listen(20);
  host.control("enabled") = 1;
  host.control("mix") = 0;
  host.control("gain") = NAN;
  listen(20);
  CHECK(last == 0.5f);
  CHECK(largest > 0);
  CHECK(largest <= 2.1f * 0.5f / 960);  // 20 ms each, two at a time
}

TEST_CASE("guest: any block length, stated or not, and outputs over inputs give the same") {
  const Folder folder;
  const Kernel response = noise_response(2, 900, 8);
  const std::string path = written(folder, "two.wav", response);
  for (const std::int32_t nominal : {0, 1, 100, 8192}) {
    for (const std::int32_t most : {0, 8192}) {
      HostOptions options;
      options.nominal_block = nominal;
      options.most_block = most;
      TestHost host(kStereo, options);
      host.activate();
      host.set_file(path);
      host.turn(64);
      for (int n = 0; n < 100; ++n) host.turn(64);  // the fade has ended, the past is silence
      Stream stream(host);
      host.in_place();
      stream.in_place = true;
      for (const std::uint32_t frames : {1u, 64u, 100u, 3u, 2000u, 0u, 9000u}) stream.block(frames);
      check_convolved(stream, 0, response);
    }
  }
}

TEST_CASE("guest: NaN and infinity are muted, and nothing of them remains") {
  const Folder folder;
  TestHost host(kMono);
  host.activate();
  host.set_file(written(folder, "one.wav", noise_response(1, 900, 9)));
  host.control("mix") = 0.5f;
  for (int n = 0; n < 40; ++n) host.turn(64);
  for (const float bad : {NAN, INFINITY}) {
    std::fill(host.input(0).begin(), host.input(0).end(), 0.25f);
    host.input(0)[7] = bad;
    for (int n = 0; n < 3; ++n) {
      host.turn(64);
      for (std::size_t k = 0; k < 64; ++k) REQUIRE(std::isfinite(host.output(0)[k]));
      host.input(0)[7] = 0.25f;
    }
  }
}

TEST_CASE("guest: several instances load at the same time") {
  const Folder folder;
  const std::string path = written(folder, "one.wav", noise_response(1, 5000, 10, 44100));
  std::vector<std::unique_ptr<TestHost>> hosts;
  double sample = 0;
  for (int h = 0; h < 4; ++h) {
    hosts.push_back(std::make_unique<TestHost>(kStereo));
    hosts.back()->activate();
    hosts.back()->set_file(path);
  }
  std::vector<std::thread> threads;
  for (const auto& host : hosts) {
    threads.emplace_back([&host] {
      for (int n = 0; n < 40; ++n) host->turn(64);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& host : hosts) {
    CHECK(host->said.find("loaded " + path) != std::string::npos);
    CHECK(host->answers.size() == 1);
    Stream stream(*host);
    stream.blocks(40);
    const double first = static_cast<double>(stream.out[0].back());
    if (host == hosts[0]) sample = first;
    CHECK(first == sample);
  }
}

TEST_CASE("guest: without a worker files come with the state only") {
  const Folder folder;
  const Kernel response = noise_response(1, 100, 11);
  const std::string path = written(folder, "one.wav", response);
  {
    TestHost host(kMono);
    host.activate();
    host.set_file(path);
    host.turn(64);
    host.save(folder.file("state"));
  }
  HostOptions options;
  options.worker = false;
  TestHost host(kMono, options);
  CHECK(host.said.find("no worker") != std::string::npos);
  host.activate();
  host.set_file(path);
  host.turn(64);
  host.deactivate();
  REQUIRE(host.answers.size() == 1);
  CHECK(host.answers[0].kind == "Put");
  CHECK(host.answers[0].path == "");
  REQUIRE(host.restore(folder.file("state")));
  host.activate();
  Stream stream(host);
  stream.blocks(10);
  check_convolved(stream, 0, response);
}
