// faltung live: sound through a pipeline as it happens.
#include "apps/faltung/live.h"

#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <thread>

#include "apps/faltung/live_console.h"
#include "apps/faltung/live_control.h"
#include "apps/faltung/live_ends.h"
#include "apps/faltung/live_set_up.h"
#include "apps/faltung/live_signals.h"
#include "apps/faltung/machine.h"
#include "apps/faltung/outputs.h"

namespace faltung {
namespace {

constexpr std::chrono::milliseconds kRound{20};  // between two looks at the device
constexpr double kReport_s = 0.1;                // between two looks at the levels
constexpr double kStalled_s = 0.5;               // without a callback
constexpr double kFadeOut_s = 1;                 // at most; then it ends without
constexpr double kClose_s = 0.7;                 // the same
constexpr double kControl_s = 0.3;               // the same: it may be preparing a pipeline
constexpr Index kUsualRead = 1024;               // frames, of a file at a time
constexpr double kHeadStart_s = 0.2;             // that a file is read ahead of the first call
constexpr double kRing_s = 4;                    // between the audio thread and a disk

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

class LiveRun {
 public:
  explicit LiveRun(const LiveOptions& options)
      : options_(options),
        console_(options.general, options.status_json, options.output == kStandardStream),
        machine_(options.general),
        source_(options.pipeline, options.kernel) {}

  int run() {
    prepare();
    open();
    begin_s_ = now_s();
    const bool lost = watch();
    return end(lost);
  }

 private:
  using Say = std::function<void(const std::string&)>;
  Say say() {
    return [this](const std::string& text) { console_.say(text); };
  }

  void prepare() {
    name_client(options_.name);
    StagePtr stage = source_.load();
    ends_ = choose_ends(options_, source_.rate_hz());
    Format in;
    in.channels = ends_.channels;
    in.rate_hz = ends_.rate_hz;
    in.max_slab = ends_.block;
    Setting setting = machine_.setting(Clock::live, source_.name());
    setting.workers = nullptr;
    setting.tail_threads = options_.tail_threads;
    setting.note = [this](const std::string& text) { console_.say(source_.name() + ": " + text); };
    pipeline_ = std::make_unique<LivePipeline>(std::move(stage), in, setting);
    source_.accept();
    engine_ = std::make_unique<LiveEngine>(*pipeline_, EngineOptions{});
  }

  void open() {
    LiveWiring wiring;
    wiring.engine = engine_.get();
    if (ends_.source) {
      player_ = std::make_unique<Player>(
          std::move(ends_.source), PlayerOptions{ring_s(), std::min(ends_.block, kUsualRead)});
      wiring.player = player_.get();
    }
    if (!options_.record.empty()) {
      std::vector<std::string> files = source_.files();
      if (!options_.play.empty()) files.push_back(options_.play);
      refuse_overwriting(options_.record, files);
      recorder_ = recorder_for(options_.record);
      wiring.recorder = recorder_.get();
    }
    if (ends_.out.kind == LiveEnd::Kind::standard) {
      standard_output_ = recorder_for(kStandardStream);
      wiring.standard_output = standard_output_.get();
    }
    wiring.frames = std::llround(options_.seconds * ends_.rate_hz);
    if (options_.seconds > 0) wiring.frames = std::max<Index>(wiring.frames, 1);
    wiring.tail = pipeline_->latency() + pipeline_->explanation().timing.tail;
    if (ends_.capture_hz > 0) wiring.bridge = open_bridge();
    stream_ = std::make_unique<LiveStream>(wiring, pipeline_->input(), pipeline_->output());
    const std::string name = source_.name();  // from here on the control's, as all of the source
    control_ = std::make_unique<LiveControl>(
        LiveParts{&source_, pipeline_.get(), engine_.get(), stream_.get(), say(), LiveSignals::end},
        options_.control, options_.watch, options_.fade_ms);
    lock_memory(say());
    open_devices(name);
  }

  std::unique_ptr<Recorder> recorder_for(const std::string& path) {
    Encoding encoding;
    encoding.sample = path == kStandardStream ? options_.raw : Encoding::Sample::f32;
    Format format = pipeline_->output();
    format.max_slab = LiveStream::kMostFrames;
    return std::make_unique<Recorder>(path, format, encoding, RecorderOptions{ring_s()});
  }

  // A clock that waits for files waits until a whole block is there, or fits.
  double ring_s() const {
    const Index blocks = 2 * std::max(ends_.block, kUsualRead);
    return std::max(kRing_s, static_cast<double>(blocks) / ends_.rate_hz);
  }

  // Of a call: a device has its own mind about blocks, but calls with no more than it buffers.
  Index most_frames(double latency_s, double rate_hz) const {
    const Index buffered = options_.block > 0 ? 0 : std::llround(latency_s * rate_hz);
    return std::clamp(buffered, ends_.block, std::max(ends_.block, LiveStream::kMostFrames));
  }

  TwoClocks* open_bridge() {
    TwoClocksOptions options;
    options.channels = ends_.channels;
    options.capture_hz = ends_.capture_hz;
    options.playback_hz = ends_.rate_hz;
    options.capture_block = most_frames(ends_.in.device.input_latency_s, ends_.capture_hz);
    options.playback_block = most_frames(ends_.out.device.output_latency_s, ends_.rate_hz);
    bridge_ = std::make_unique<TwoClocks>(options);
    capture_client_ = std::make_unique<CaptureClient>(*bridge_, pipeline_->input());
    return bridge_.get();
  }

  void open_devices(const std::string& name) {
    const bool in = ends_.in.kind == LiveEnd::Kind::device;
    const bool out = ends_.out.kind == LiveEnd::Kind::device;
    if (in || out) {
      DeviceRequest request;
      request.rate_hz = ends_.rate_hz;
      request.block = options_.block;
      if (in && !bridge_) request.input = std::to_string(ends_.in.device.index);
      if (in && !bridge_) request.inputs = ends_.channels;
      if (out) request.output = std::to_string(ends_.out.device.index);
      if (out) request.outputs = pipeline_->output().channels;
      device_ = open_device(request, *stream_);
      if (bridge_) open_capture(request);
    } else {
      device_ = open_null_device({0, 0, ends_.rate_hz, ends_.block, ends_.paced}, *stream_);
    }
    if (player_) player_->wait_for(std::llround(kHeadStart_s * ends_.rate_hz), 1);
    device_->start();
    if (capture_) capture_->start();
    console_.say(ends_.in.text() + " -> " + name + " -> " + ends_.out.text() + ": " +
                 pipeline_->input().text() + ", blocks of " + std::to_string(ends_.block));
  }

  void open_capture(DeviceRequest request) {
    request.rate_hz = ends_.capture_hz;
    request.input = std::to_string(ends_.in.device.index);
    request.inputs = ends_.channels;
    request.output.clear();
    request.outputs = 0;
    capture_ = open_device(request, *capture_client_);
  }

  // Returns whether the device was lost.
  bool watch() {
    double next_report = begin_s_, ending_since = 0;
    for (; true; std::this_thread::sleep_for(kRound)) {
      const double now = now_s();
      if (!priority_known_ && stream_->counts().calls > 0) look_at_start();
      if (is_lost()) return true;
      look_for_stall(now);
      look_at_writers();
      if (LiveSignals::take_reload()) control_->reload();
      if (now >= next_report) {
        report(now >= next_show_s_);
        next_report = now + kReport_s;
      }
      if (ending_since == 0 && wants_end()) {
        engine_->fade_out();
        ending_since = now;
      }
      const bool faded = engine_->is_silent() || state_ != LiveState::running || is_over_alone();
      if (ending_since > 0 && (faded || now - ending_since > kFadeOut_s)) return false;
    }
  }

  bool wants_end() {
    return LiveSignals::wants_end() || stream_->is_over() ||
           (standard_output_ && standard_output_->failure());
  }

  // The file has been played to its end, or nobody hears a fade.
  bool is_over_alone() {
    return stream_->is_over() &&
           (ends_.out.kind != LiveEnd::Kind::device || options_.seconds == 0);
  }

  void look_at_start() {
    priority_known_ = true;
    check_priority(*device_, say());
    const Index block = stream_->counts().block;
    if (block != ends_.block && ends_.out.kind == LiveEnd::Kind::device) {
      console_.say("the device calls with " + std::to_string(block) + " frames; planned for " +
                   std::to_string(ends_.block) + ": --block " + std::to_string(block) +
                   " makes it quicker");
    }
  }

  bool is_lost() {
    const bool lost = device_->state() == Device::State::lost ||
                      (capture_ && capture_->state() == Device::State::lost);
    if (lost) state_ = LiveState::lost;
    return lost;
  }

  void look_for_stall(double now) {
    const LiveCounts counts = stream_->counts();
    const double last = std::max(begin_s_, counts.last_call_s);
    const bool waits = !ends_.paced && ends_.in.kind != LiveEnd::Kind::device;  // for a pipe
    const bool stalled = now - last > kStalled_s && !waits;
    if (stalled && state_ != LiveState::stalled) {
      console_.say("stalled: the device has not called for half a second");
    }
    if (!stalled && state_ == LiveState::stalled) console_.say("goes on");
    state_ = stalled                ? LiveState::stalled
             : stream_->is_paused() ? LiveState::paused
                                    : LiveState::running;
  }

  // A disk that is full is said once; the sound goes on.
  void look_at_writers() {
    if (!recorder_ || recording_failed_ || !recorder_->failure()) return;
    recording_failed_ = true;
    console_.say(*recorder_->failure() + "; the sound goes on", true);
  }

  // Levels are those since the last time, or since the last that was shown.
  void report(bool show) {
    const LiveReport now = look();
    control_->tell(now);
    shown_ = joined(shown_, now, ++looks_);
    if (!show) return;
    console_.show(shown_);
    shown_ = LiveReport{};
    looks_ = 0;
    next_show_s_ = now_s() + console_.interval_s();
  }

  LiveReport look() {
    LiveReport report;
    const LiveCounts counts = stream_->counts();
    report.state = state_;
    report.time_s = now_s() - begin_s_;
    report.rate_hz = ends_.rate_hz;
    report.block = counts.block;
    report.frames = counts.frames;
    report.xruns = counts.xruns + (capture_client_ ? capture_client_->xruns() : 0);
    report.starved = counts.starved;
    report.latency = pipeline_->latency();
    report.device_latency_s = device_->input_latency_s() + device_->output_latency_s();
    report.recording = recorder_ != nullptr;
    if (recorder_) {
      report.recorded = recorder_->recorded_frames();
      report.not_recorded = recorder_->dropped_frames();
    }
    if (bridge_) {
      report.two_clocks = true;
      report.drift_errors = bridge_->overrun() + bridge_->underrun();
      report.drift_ppm = (bridge_->ratio() * ends_.capture_hz / ends_.rate_hz - 1) * 1e6;
    }
    report.muted = engine_->mute().value() > 0.5;
    report.bypassed = engine_->bypass().value() > 0.5;
    report.reloads = control_->reloads();
    report.engine = engine_->status();
    if (report.engine.latched && !latched_) {
      console_.say("muted: the output blew up; 'unlatch' on the control socket, or a restart", true);
    }
    latched_ = report.engine.latched;
    return report;
  }

  int end(bool lost) {
    report(true);
    const bool idle = done_within(kControl_s, [this] { control_.reset(); });
    if (!idle && !options_.control.empty()) unlink(options_.control.c_str());
    bool closed = state_ != LiveState::stalled && !lost;
    if (closed && capture_) closed = close_within(capture_, kClose_s);
    if (closed) closed = close_within(device_, kClose_s);
    closed = closed && idle;
    int status = 0;
    if (lost) {
      console_.say("the device was lost", true);
      status = static_cast<int>(Code::device_lost);
    }
    if (player_ && player_->failure()) {
      console_.say(*player_->failure(), true);
      if (status == 0) status = static_cast<int>(Code::input);
    }
    for (const auto& recorder : {recorder_.get(), standard_output_.get()}) {
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

  // A recording is completed, however long the disk takes; so is standard output, unless somebody
  // wants an end and its reader takes nothing. False: it is left.
  bool finish(Recorder& recorder) {
    if (&recorder == recorder_.get()) return recorder.finish(), true;
    double since = 0;
    const auto patient = [&since] {
      if (since == 0 && LiveSignals::wants_end()) since = now_s();
      return since == 0 || now_s() - since < kClose_s;
    };
    return done_while(patient, [&recorder] { recorder.finish(); });
  }

  LiveOptions options_;
  LiveConsole console_;
  Machine machine_;
  LiveSource source_;
  LiveEnds ends_;
  const LiveSignals signals_;
  std::unique_ptr<LivePipeline> pipeline_;
  std::unique_ptr<LiveEngine> engine_;
  std::unique_ptr<Player> player_;
  std::unique_ptr<Recorder> recorder_, standard_output_;
  std::unique_ptr<TwoClocks> bridge_;
  std::unique_ptr<CaptureClient> capture_client_;
  std::unique_ptr<LiveStream> stream_;
  std::unique_ptr<Device> device_, capture_;
  std::unique_ptr<LiveControl> control_;
  LiveState state_ = LiveState::running;
  double begin_s_ = 0, next_show_s_ = 0;
  LiveReport shown_;  // what has been seen since the last line
  Index looks_ = 0;
  bool priority_known_ = false, recording_failed_ = false, latched_ = false;
};

}  // namespace

int run_live(const LiveOptions& options) { return LiveRun(options).run(); }

}  // namespace faltung
