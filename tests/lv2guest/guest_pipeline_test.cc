// The pipeline plugins as a host meets them.
#include <doctest/doctest.h>

#include <fstream>

#include "tests/lv2guest/stream.h"

using namespace faltung;
using namespace faltung::guest;

namespace {

constexpr const char* kMono = "urn:faltung:pipeline-mono";
constexpr const char* kStereo = "urn:faltung:pipeline-stereo";

std::string yaml(const Folder& folder, const std::string& name, const std::string& text) {
  std::ofstream(folder.file(name)) << text;
  return folder.file(name);
}

void set_pipeline(TestHost& host, const std::string& path) {
  host.set_file(path, TestHost::kPipeline);
}

}  // namespace

TEST_CASE("guest pipeline: passes through without a file, then fades to what the file says") {
  const Folder folder;
  const Kernel response = noise_response(2, 800, 1);
  written(folder, "two.wav", response);
  TestHost host(kStereo);
  host.activate();
  Stream stream(host);
  stream.blocks(10);
  CHECK(stream.out == stream.in);
  set_pipeline(host, yaml(folder, "p.yaml",
                          "stages: [{gain: {factor: 0.5}}, {convolve: {kernel: two.wav}}]"));
  stream.blocks(40);
  CHECK(host.control("latency") == 0);
  check_near(stream, 11 * 64 + 960 + 64, [&](std::size_t c, std::vector<double>& y) {
    add_convolved(stream.in[c], response, static_cast<Index>(c), y);
    for (double& sample : y) sample *= 0.5;
  });
}

TEST_CASE("guest pipeline: what looks ahead is a latency, told and kept by the input's share") {
  const Folder folder;
  TestHost host(kMono);
  set_pipeline(host, yaml(folder, "p.yaml",
                          "stages: [{convolve: {kernel: [0, 0, 0.5, 0, 0], mode: same}}]"));
  host.activate();
  host.turn(64);
  for (int n = 0; n < 40; ++n) host.turn(64);
  const auto latency = static_cast<std::size_t>(host.control("latency"));
  CHECK(latency >= 2);
  for (const float mix : {1.0f, 0.0f, 0.5f}) {
    host.control("mix") = mix;
    for (int n = 0; n < 20; ++n) host.turn(64);
    Stream stream(host);
    stream.blocks(10);
    for (std::size_t n = latency; n < stream.frames(); ++n) {
      REQUIRE(stream.out[0][n] ==
              doctest::Approx(static_cast<double>((1 - 0.5f * mix) * stream.in[0][n - latency])));
    }
  }
}

TEST_CASE("guest pipeline: a file with a mistake, or of other channels, changes nothing") {
  const Folder folder;
  const std::string good = yaml(folder, "good.yaml", "stages: [{gain: {factor: 0.5}}]");
  const std::string wrong = yaml(folder, "wrong.yaml", "stages:\n  - gian: {db: 1}\n");
  const std::string one = yaml(folder, "one.yaml", "stages: [{mix: {matrix: [[1, 1]]}}]");
  TestHost host(kStereo);
  host.activate();
  set_pipeline(host, good);
  host.turn(64);
  for (const std::string& bad : {wrong, one}) {
    host.answers.clear();
    set_pipeline(host, bad);
    host.turn(64);
    host.turn(64);
    REQUIRE(host.answers.size() >= 1);
    CHECK(host.answers.back().kind == "Put");
    CHECK(host.answers.back().path == good);
  }
  CHECK(host.said.find("wrong.yaml:2:5: unknown stage 'gian'; did you mean 'gain'?") !=
        std::string::npos);
  for (int n = 0; n < 30; ++n) host.turn(64);
  Stream stream(host);
  stream.block(64);
  CHECK(stream.out[1][63] == 0.5f * stream.in[1][63]);
}

TEST_CASE("guest pipeline: a state whose file went bad leaves a fresh instance passing through") {
  const Folder folder;
  const std::string path = yaml(folder, "p.yaml", "stages: [{gain: {factor: 0.5}}]");
  TestHost before(kStereo);
  before.activate();
  set_pipeline(before, path);
  before.turn(64);
  before.save(folder.file("state"));
  for (const char* text : {"stages: [{mix: {matrix: [[1, 1]]}}]", "stages: [", ""}) {
    yaml(folder, "p.yaml", text);
    TestHost host(kStereo);
    REQUIRE(host.restore(folder.file("state")));
    CHECK(host.said.find("p.yaml") != std::string::npos);
    host.activate();
    Stream stream(host);
    stream.blocks(3);
    CHECK(stream.out == stream.in);
  }
}

TEST_CASE("guest pipeline: the state survives, kernels beside the file are found through it") {
  const Folder folder;
  const Kernel response = noise_response(1, 400, 2);
  written(folder, "one.wav", response);
  const std::string path = yaml(folder, "p.yaml", "stages: [{convolve: {kernel: one.wav}}]");
  {
    TestHost host(kMono);
    host.activate();
    set_pipeline(host, path);
    host.turn(64);
    host.save(folder.file("state"));
  }
  TestHost host(kMono);
  REQUIRE(host.restore(folder.file("state")));
  host.activate();
  Stream stream(host);
  stream.blocks(20);
  check_convolved(stream, 0, response);
  host.deactivate();
  host.activate();  // silence was before
  Stream again(host);
  again.blocks(20);
  check_convolved(again, 0, response);
}
