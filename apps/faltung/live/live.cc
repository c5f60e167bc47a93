// faltung live: sound through a pipeline as it happens.
#include "apps/faltung/live/live.h"

#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "apps/faltung/live/rig.h"
#include "apps/faltung/live/set_up.h"
#include "apps/faltung/live/signals.h"
#include "apps/faltung/outputs.h"

namespace faltung {
namespace {

constexpr std::chrono::milliseconds kRound{20};  // between two looks at the device
constexpr double kReport_s = 0.1;                // between two looks at the levels
constexpr double kStalled_s = 0.5;               // without a callback
constexpr double kFadeOut_s = 1;                 // at most; then it ends without
constexpr double kClose_s = 0.7;                 // the same
constexpr double kControl_s = 0.3;               // the same: it may be preparing a pipeline

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Watches the device, says how it goes, and ends it.
class LiveRun {
 public:
  explicit LiveRun(const LiveOptions& options)
      : console_(options.general, options.status_json, options.output == kStandardStream),
        rig_(options, console_) {}

  int run() {
    rig_.prepare();
    rig_.open();
    begin_s_ = now_s();
    const bool lost = watch();
    return end(lost);
  }

 private:
  // Returns whether the device was lost.
  bool watch() {
    double next_report = begin_s_, ending_since = 0;
    for (; true; std::this_thread::sleep_for(kRound)) {
      const double now = now_s();
      if (!priority_known_ && rig_.stream->counts().calls > 0) look_at_start();
      if (is_lost()) return true;
      look_for_stall(now);
      look_at_writers();
      if (LiveSignals::take_reload()) rig_.control->reload();
      if (now >= next_report) {
        report(now >= next_show_s_);
        next_report = now + kReport_s;
      }
      if (ending_since == 0 && wants_end()) {
        rig_.engine->fade_out();
        ending_since = now;
        stop_reason_ = why();
      }
      const bool faded = rig_.engine->is_silent() || state_ != LiveState::running || is_over_alone();
      if (ending_since > 0 && (faded || now - ending_since > kFadeOut_s)) return false;
    }
  }

  bool wants_end() {
    return LiveSignals::wants_end() || rig_.stream->is_over() ||
           (rig_.standard_output && rig_.standard_output->failure());
  }

  const char* why() {
    if (LiveSignals::wants_end()) return LiveSignals::signal() > 0 ? "interrupted" : "asked to";
    if (!rig_.stream->is_over()) return "nobody reads standard output";
    const Index asked = std::llround(rig_.options.seconds * rig_.ends.rate_hz);
    const bool timed = asked > 0 && rig_.stream->counts().frames >= asked;
    return timed ? "the time is over" : "the input has ended";
  }

  // The file has been played to its end, or nobody hears a fade.
  bool is_over_alone() {
    return rig_.stream->is_over() &&
           (rig_.ends.out.kind != LiveEnd::Kind::device || rig_.options.seconds == 0);
  }

  void look_at_start() {
    priority_known_ = true;
    check_priority(*rig_.device, rig_.say());
    const Index block = rig_.stream->counts().block;
    if (block != rig_.ends.block && rig_.ends.out.kind == LiveEnd::Kind::device) {
      console_.say("the device calls with " + std::to_string(block) + " frames; planned for " +
                   std::to_string(rig_.ends.block) + ": --block " + std::to_string(block) +
                   " makes it quicker");
    }
  }

  bool is_lost() {
    const bool lost = rig_.device->state() == Device::State::lost ||
                      (rig_.capture && rig_.capture->state() == Device::State::lost);
    if (lost) state_ = LiveState::lost;
    if (lost) stop_reason_ = "the device was lost";
    return lost;
  }

  void look_for_stall(double now) {
    const LiveCounts counts = rig_.stream->counts();
    const double last = std::max(begin_s_, counts.last_call_s);
    const bool waits = !rig_.ends.paced && rig_.ends.in.kind != LiveEnd::Kind::device;  // for a pipe
    const bool stalled = now - last > kStalled_s && !waits;
    if (stalled && state_ != LiveState::stalled) {
      console_.say("stalled: the device has not called for half a second");
    }
    if (!stalled && state_ == LiveState::stalled) console_.say("goes on");
    state_ = stalled                ? LiveState::stalled
             : rig_.stream->is_paused() ? LiveState::paused
                                    : LiveState::running;
  }

  // A disk that is full is said once; the sound goes on.
  void look_at_writers() {
    if (!rig_.recorder || recording_failed_ || !rig_.recorder->failure()) return;
    recording_failed_ = true;
    console_.say(*rig_.recorder->failure() + "; the sound goes on", true);
  }

  // Levels are those since the last time, or since the last that was shown.
  void report(bool show) {
    const LiveReport now = look();
    rig_.control->tell(now);
    shown_ = joined(shown_, now, ++looks_);
    if (!show) return;
    console_.show(shown_);
    shown_ = LiveReport{};
    looks_ = 0;
    next_show_s_ = now_s() + console_.interval_s();
  }

  LiveReport look() {
    LiveReport report;
    const LiveCounts counts = rig_.stream->counts();
    report.state = state_;
    report.time_s = now_s() - begin_s_;
    report.rate_hz = rig_.ends.rate_hz;
    report.block = counts.block;
    report.frames = counts.frames;
    report.xruns = counts.xruns + (rig_.capture_client ? rig_.capture_client->xruns() : 0);
    report.starved = counts.starved;
    report.latency = rig_.pipeline->latency();
    report.device_latency_s = rig_.device->input_latency_s() + rig_.device->output_latency_s();
    report.recording = rig_.recorder != nullptr;
    if (rig_.recorder) {
      report.recorded = rig_.recorder->recorded_frames();
      report.not_recorded = rig_.recorder->dropped_frames();
    }
    if (rig_.bridge) {
      report.two_clocks = true;
      report.drift_errors = rig_.bridge->overrun() + rig_.bridge->underrun();
      report.drift_ppm = (rig_.bridge->ratio() * rig_.ends.capture_hz / rig_.ends.rate_hz - 1) * 1e6;
    }
    report.muted = rig_.engine->mute().value() > 0.5;
    report.bypassed = rig_.engine->bypass().value() > 0.5;
    report.reloads = rig_.control->reloads();
    report.stop_reason = stop_reason_;
    report.engine = rig_.engine->status();
    if (report.engine.latched && !latched_) {
      console_.say("muted: the output blew up; 'unlatch' on the control socket, or a restart", true);
    }
    latched_ = report.engine.latched;
    return report;
  }

  int end(bool lost) {
    report(true);
    const bool idle = done_within(kControl_s, [this] { rig_.control.reset(); });
    if (!idle && !rig_.options.control.empty()) unlink(rig_.options.control.c_str());
    bool closed = close_devices() && idle;
    int status = 0;
    console_.say(std::string("ended: ") + stop_reason_, lost);
    if (lost) status = static_cast<int>(Code::device_lost);
    if (rig_.player && rig_.player->failure()) {
      console_.say(*rig_.player->failure(), true);
      if (status == 0) status = static_cast<int>(Code::input);
    }
    for (const auto& recorder : {rig_.recorder.get(), rig_.standard_output.get()}) {
      if (recorder == nullptr) continue;
      try {
        if (finish(*recorder)) continue;
        closed = false;
        throw Error(Code::output, "standard output was not read; what waited for it is lost");
      } catch (const Error& error) {
        if (!recording_failed_) console_.say(error.what(), true);
        if (status == 0) status = static_cast<int>(error.code());
      }
    }
    if (closed) return status;
    // PortAudio would wait for minutes for a server that is gone.
    std::fflush(nullptr);
    std::_Exit(status);
  }

  // Both, also where one is lost: whoever still calls must not put into a recording that ends.
  // False: one of them hangs.
  bool close_devices() {
    if (state_ == LiveState::stalled) return false;
    const bool capture = !rig_.capture || close_within(rig_.capture, kClose_s);
    return close_within(rig_.device, kClose_s) && capture;
  }

  // A recording is completed, however long the disk takes; so is standard output, unless somebody
  // wants an end and its reader takes nothing. False: it is left.
  bool finish(Recorder& recorder) {
    if (&recorder == rig_.recorder.get()) return recorder.finish(), true;
    double since = 0;
    const auto patient = [&since] {
      if (since == 0 && LiveSignals::wants_end()) since = now_s();
      return since == 0 || now_s() - since < kClose_s;
    };
    return done_while(patient, [&recorder] { recorder.finish(); });
  }

  const LiveSignals signals_;
  LiveConsole console_;
  LiveRig rig_;
  LiveState state_ = LiveState::running;
  const char* stop_reason_ = "";
  double begin_s_ = 0, next_show_s_ = 0;
  LiveReport shown_;  // what has been seen since the last line
  Index looks_ = 0;
  bool priority_known_ = false, recording_failed_ = false, latched_ = false;
};

}  // namespace

int run_live(const LiveOptions& options) { return LiveRun(options).run(); }

}  // namespace faltung
