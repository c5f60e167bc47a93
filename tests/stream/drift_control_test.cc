// Two clocks kept together for hours, without their samples: bounded, and slow enough not to hear.
#include "engine/stream/drift_control.h"

#include <doctest/doctest.h>

#include <limits>

#include "tests/stream/two_devices.h"

using namespace faltung;
using namespace faltung::stream_test;

namespace {

constexpr double kMargin_s = 0.02;
constexpr double kSettled_s = 300;
constexpr double kAhead = 80;  // frames that a resampler sees beyond the one it reads

struct Course {  // of one simulation
  Index dry = 0, restarts = 0;
  double most_error = 0, most_error_settled = 0;  // frames
  double least_held = std::numeric_limits<double>::infinity(), most_held = 0;
  double most_off_ppm = 0, square_off_ppm = 0;  // of the ratio, once settled
  double most_step_ppm = 0;                     // from one block to the next, after 10 s
  Index blocks = 0, settled_blocks = 0;
};

class Simulation {
 public:
  Simulation(const Device::Options& capture, const Device::Options& playback)
      : capture_block_(capture.block),
        playback_block_(playback.block),
        truth_(playback.hz * (1 + playback.ppm * 1e-6) / (capture.hz * (1 + capture.ppm * 1e-6))),
        capture_(capture, 1),
        playback_(playback, 2),
        control_({capture.hz, playback.hz, target(capture, playback),
                  std::max(kMargin_s * capture.hz, static_cast<double>(capture.block))}) {}

  void run_until(double end_s) {
    stream_test::run_until(
        end_s, capture_, playback_,
        [&](double time_s) { control_.captured(put_ += capture_block_, 0, time_s); },
        [&](double time_s) { play(time_s); });
  }
  Device& capture() { return capture_; }
  Device& playback() { return playback_; }
  const DriftControl& control() const { return control_; }
  double off_ppm() const { return (control_.ratio() / truth_ - 1) * 1e6; }
  Course course() const {
    Course result = course_;
    result.restarts = control_.restarts();
    return result;
  }

 private:
  static double target(const Device::Options& c, const Device::Options& p) {
    return static_cast<double>(c.block) + static_cast<double>(p.block) * c.hz / p.hz + kAhead +
           kMargin_s * c.hz;
  }

  // The ring's accounts: what is put, and what the resampler has to have taken by now.
  void play(double time_s) {
    const auto step = control_.playing(playback_block_, time_s, taken_);
    taken_ += step.skip;
    if (!step.plays) return;
    taken_ = std::max(taken_, static_cast<Index>(std::ceil(control_.position() + kAhead)));
    if (taken_ > put_) {
      ++course_.dry;
      control_.ran_dry();
      taken_ = put_;
    }
    note(time_s);
  }

  void note(double time_s) {
    Course& c = course_;
    const double error = std::abs(control_.error()), held = static_cast<double>(put_ - taken_);
    c.most_error = std::max(c.most_error, error);
    c.least_held = std::min(c.least_held, held);
    c.most_held = std::max(c.most_held, held);
    if (time_s > 10) {
      c.most_step_ppm = std::max(c.most_step_ppm, std::abs(control_.ratio() / last_ - 1) * 1e6);
    }
    last_ = control_.ratio();
    ++c.blocks;
    if (time_s < kSettled_s) return;
    c.most_error_settled = std::max(c.most_error_settled, error);
    c.most_off_ppm = std::max(c.most_off_ppm, std::abs(off_ppm()));
    c.square_off_ppm += off_ppm() * off_ppm();
    ++c.settled_blocks;
  }

  Index capture_block_, playback_block_;
  double truth_;
  Device capture_, playback_;
  DriftControl control_;
  Index put_ = 0, taken_ = 0;
  double last_ = 1;
  Course course_;
};

void report(const Course& c) {
  MESSAGE("error at most " << c.most_error << " frames, once settled " << c.most_error_settled
                           << "; ring holds " << c.least_held << " to " << c.most_held
                           << "; ratio off by at most " << c.most_off_ppm << " ppm, rms "
                           << std::sqrt(c.square_off_ppm / static_cast<double>(c.settled_blocks))
                           << "; largest step " << c.most_step_ppm << " ppm; " << c.blocks
                           << " blocks");
}

void check_hours(double hours, const Device::Options& capture, const Device::Options& playback,
                 double most_error, double most_ppm) {
  Simulation run(capture, playback);
  run.run_until(hours * 3600);
  const Course c = run.course();
  report(c);
  CHECK(c.blocks > static_cast<Index>(hours * 3590 * playback.hz) / playback.block);
  CHECK(c.dry == 0);
  CHECK(c.restarts == 0);
  CHECK(c.least_held > 0);
  CHECK(c.most_error < kMargin_s * capture.hz / 10);
  CHECK(c.most_error_settled < most_error);
  CHECK(c.most_off_ppm < most_ppm);
  CHECK(c.most_step_ppm < 50);  // 0.1 cents
}

}  // namespace

TEST_CASE("drift_control: ten hours at 44.1 to 48 kHz, 400 ppm apart, blocks of 441 and 64") {
  check_hours(10, {44100, 200, 441}, {48000, -200, 64}, 5, 5);
}

TEST_CASE("drift_control: ten hours at one stated rate, 400 ppm apart the other way") {
  check_hours(10, {48000, -200, 64}, {48000, 200, 441}, 5, 5);
}

TEST_CASE("drift_control: an hour of large blocks whose callbacks come a millisecond late") {
  check_hours(1, {48000, 150, 1024, 1e-3}, {96000, -50, 1024, 1e-3}, 30, 20);
}

TEST_CASE("drift_control: a clock that warms up is followed") {
  Simulation run({48000, 0, 64}, {48000, 0, 64});
  run.run_until(400);
  for (int s = 0; s < 3600; ++s) {  // 0.02 ppm more each second, as much as 72 ppm
    run.capture().stall(-2e-8 * s);
    run.run_until(401 + s);
  }
  const Course c = run.course();
  MESSAGE("error at most " << c.most_error_settled << " frames");
  CHECK(c.dry == 0);
  CHECK(c.restarts == 0);
  CHECK(c.most_error_settled < 10);
  CHECK(run.off_ppm() == doctest::Approx(-72).epsilon(0.05));
}

TEST_CASE("drift_control: after a stall of either device the delay is the old one") {
  for (const double stall_s : {0.03, 0.1, 0.5, 3.0}) {
    CAPTURE(stall_s);
    for (const bool captures : {true, false}) {
      CAPTURE(captures);
      Simulation run({44100, 100, 441}, {48000, -100, 64});
      run.run_until(100);
      (captures ? run.capture() : run.playback()).stall(stall_s);
      run.run_until(400);
      const Course before = run.course();
      CHECK(before.restarts <= 2);
      CHECK(before.dry <= 2);
      if (stall_s > 0.06) CHECK(before.restarts >= 1);
      CHECK(std::abs(run.control().error()) < 10);
      CHECK(std::abs(run.off_ppm()) < 20);
      run.run_until(1000);
      CHECK(run.course().restarts == before.restarts);
    }
  }
}
