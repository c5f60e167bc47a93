// The undeniable proof: a minute of audio on a thread that is killed if it calls the system.
#include "tests/realtime/confinement.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstring>

#include "engine/nd/array.h"
#include "tests/realtime/live_stage.h"

using namespace faltung;
using namespace faltung::realtime;

namespace {

constexpr Index kBlock = 64;
constexpr Index kFrames = 60 * 48000;
constexpr const char* kChain =  // 5 s of response between other stages
    "stages: [{mix: {matrix: [[1, 0.25], [0.25, 1]]}}, "
    "{parallel: {merge: sum, branches: [[{convolve: {kernel: 2x240000.wav, method: partitioned}}], "
    "[{delay: {ms: 12}}, {gain: {db: -6}}]]}}, "
    "{convolve: {kernel: {lowpass: {cutoff_hz: 9000, taps: 127}}}}, "
    "{activation: tanh}]";

// A minute of noise through the chain, block by block; every output into `to`, channel by channel.
class Minute {
 public:
  Minute()
      : stage_(kChain, live_format(2, {}, SampleType::float32, kBlock)), samples_(2 * kFrames) {}

  void run() noexcept {
    for (Index n = 0; n < kFrames; n += kBlock) {
      stage_.fill_input();
      given_ += stage_.process(kBlock);
      for (Index c = 0; c < 2; ++c) {
        std::memcpy(samples_.data() + c * kFrames + n, stage_.out().as<float>().channel(c),
                    kBlock * sizeof(float));
      }
    }
  }

  Index given() const noexcept { return given_; }
  const Buffer<float>& samples() const noexcept { return samples_; }

 private:
  LiveStage stage_;
  Buffer<float> samples_;
  Index given_ = 0;
};

// How a child process ends that runs body confined: wait(2)'s status; −1 where it cannot be
// confined.
int end_of_confined_child(const std::function<void()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    const rlimit no_core{};
    setrlimit(RLIMIT_CORE, &no_core);
    _exit(run_confined(body).empty() ? 0 : 77);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 77 ? -1 : status;
}

}  // namespace

TEST_CASE("realtime: a system call on a confined thread is its process's death") {
  const int quiet = end_of_confined_child([] {});
  if (quiet == -1) {
    MESSAGE("SKIPPED: " << run_confined([] {}));
    return;
  }
  CHECK((WIFEXITED(quiet) && WEXITSTATUS(quiet) == 0));
  const int calling = end_of_confined_child([] { getpid(); });
  CHECK((WIFSIGNALED(calling) && WTERMSIG(calling) == SIGSYS));
  const int allocating = end_of_confined_child([] {
    void* volatile memory = ::operator new(64 << 20);
    ::operator delete(memory);
  });
  CHECK((WIFSIGNALED(allocating) && WTERMSIG(allocating) == SIGSYS));
}

TEST_CASE("realtime: a confined thread convolves a minute of stereo with 5 s and lives") {
  Minute confined;
  const std::string refusal = run_confined([&] { confined.run(); });
  if (!refusal.empty()) {
    MESSAGE("SKIPPED: " << refusal);
    return;
  }
  Minute free;
  free.run();
  CHECK(confined.given() == kFrames);
  CHECK(free.given() == kFrames);
  float peak = 0;
  for (float x : free.samples()) peak = std::max(peak, std::abs(x));
  CHECK(peak > 0.1f);
  CHECK_MESSAGE(std::memcmp(confined.samples().data(), free.samples().data(),
                            sizeof(float) * 2 * kFrames) == 0,
                "bit for bit");
}
