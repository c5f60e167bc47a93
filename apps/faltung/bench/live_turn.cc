// One turn of a contender of `bench live`.
#include "apps/faltung/bench/live_turn.h"

#include <time.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <thread>

#include "apps/faltung/bench/live_feed.h"
#include "apps/faltung/bench/record.h"
#include "apps/faltung/bench/rounds.h"
#include "apps/faltung/machine.h"

namespace faltung {
namespace {

constexpr double kRateHz = 48000;
constexpr Index kPacedFrames = 480000;  // 10 s: it takes as long as it sounds
constexpr Index kPacedWarmUp = 48000;
// A worker of zita-convolver that starts after the first call gives a wrong output for good.
constexpr std::chrono::milliseconds kStart{50};
constexpr int kClockReads = 100000;     // to know what one costs

double now_s(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// What user and system time of all threads are made of, in nanoseconds instead of ticks.
double process_cpu_s() { return now_s(CLOCK_PROCESS_CPUTIME_ID); }

// In MB; "VmRSS:" is what is resident, "VmHWM:" the most that ever was.
double memory_mb(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kilobytes = 0;
    if (word == key && status >> kilobytes) return kilobytes * 1024 / 1e6;
  }
  return kNotMeasured;
}

void forget_peak_memory() { std::ofstream("/proc/self/clear_refs") << "5"; }

Index measured_frames(const LiveCase& live, LiveMode mode) {
  return mode == LiveMode::paced ? std::min(live.frames, kPacedFrames / live.block * live.block)
                                 : live.frames;
}
Index warm_up_frames(const LiveCase& live, LiveMode mode) {
  return mode == LiveMode::paced ? std::min(live.warm_up(), kPacedWarmUp / live.block * live.block)
                                 : live.warm_up();
}

// The costs and the wisdom of this machine are read as any live stage's are, and measured where
// there are none: part of setting up.
LiveContenderPtr make_faltung(const LiveCase& live, const Array<float>& responses, Pace) {
  GeneralOptions general;
  general.threads = 1;
  Machine machine(general);
  return make_live_faltung(live, responses, *machine.setting(Clock::live, "").costs);
}

template <ZitaSetup setup>
LiveContenderPtr make_zita(const LiveCase& live, const Array<float>& responses, Pace pace) {
  return make_live_zita(live, responses, setup, pace);
}

// The time of every call.
class CallClock {
 public:
  CallClock(const LiveCase& live, Index frames)
      : block_s_(static_cast<double>(live.block) / kRateHz),
        seconds_(static_cast<std::size_t>(frames / live.block)) {}

  void run(LiveFeed& feed, Pace pace) {
    const double start = now_s(CLOCK_MONOTONIC);
    for (std::size_t i = 0; i < seconds_.size(); ++i) {
      if (pace == Pace::device) wait_until(start + static_cast<double>(i) * block_s_);
      const double begin = now_s(CLOCK_MONOTONIC);
      feed.call();
      seconds_[i] = now_s(CLOCK_MONOTONIC) - begin;
      feed.advance();
    }
  }

  CallTimes times() const { return call_times(seconds_); }

 private:
  static void wait_until(double due) {
    const auto whole = static_cast<time_t>(due);
    const timespec time{whole, static_cast<long>((due - static_cast<double>(whole)) * 1e9)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr) == EINTR) {
    }
  }

  const double block_s_;
  std::vector<double> seconds_;
};

// Back to back, CPU time has a pass without clocks: a clock takes as long as some calls. At a
// device's pace waking up is part of the price.
void measure_single(const LiveCase& live, LiveMode mode, LiveFeed& feed, CallClock* clock,
                    LiveResult* result) {
  double start = 0;
  if (mode == LiveMode::paced) {
    CallClock(live, warm_up_frames(live, mode)).run(feed, Pace::device);
    start = process_cpu_s();
    clock->run(feed, Pace::device);
  } else {
    feed.run(live.warm_up());
    start = process_cpu_s();
    feed.run(live.frames);
  }
  result->cpu_s =
      (process_cpu_s() - start) / static_cast<double>(measured_frames(live, mode));
  if (mode == LiveMode::alone) clock->run(feed, Pace::back_to_back);
}

double thread_clock_read_s() {
  const double start = now_s(CLOCK_MONOTONIC);
  for (int i = 0; i < kClockReads; ++i) now_s(CLOCK_THREAD_CPUTIME_ID);
  return (now_s(CLOCK_MONOTONIC) - start) / kClockReads;
}

// A call of Faltung, a call of the other. Faltung computes on this thread alone: its share is this
// thread's time in its calls, everything else the process used is the other's. Reading the clock
// takes as long as a small call and is taken out of both.
void measure_interleaved(const LiveCase& live, LiveFeed& faltung, LiveFeed& other,
                         LiveResult* result) {
  faltung.run(live.warm_up());
  other.run(live.warm_up());
  const double clock_s = thread_clock_read_s();
  const double start = process_cpu_s();
  double mine = 0;
  for (Index n = 0; n < live.frames; n += live.block) {
    const double begin = now_s(CLOCK_THREAD_CPUTIME_ID);
    faltung.call();
    mine += now_s(CLOCK_THREAD_CPUTIME_ID) - begin - clock_s;
    faltung.advance();
    other.call();
    other.advance();
  }
  const auto frames = static_cast<double>(live.frames);
  const double clocks = 2 * clock_s * frames / static_cast<double>(live.block);
  result->faltung_cpu_s = mine / frames;
  result->cpu_s = (process_cpu_s() - start - mine - clocks) / frames;
}

}  // namespace

const std::vector<LiveContenderKind>& live_contender_kinds() {
  static const std::vector<LiveContenderKind> kinds{
      {"faltung", "Faltung", make_faltung, [] { return true; }},
      {"zita", "zita-convolver", make_zita<ZitaSetup::usual>, has_zita},
      {"zita-best", "zita-convolver, best options", make_zita<ZitaSetup::best>, has_zita}};
  return kinds;
}

LiveResult measure_live_turn(const LiveTurn& turn, const LiveCase& live) {
  const LiveContenderKind& kind = live_contender_kinds().at(turn.kind);
  const Pace pace = turn.mode == LiveMode::paced ? Pace::device : Pace::back_to_back;
  const Array<float> responses = live_responses(live);
  const LiveSignal signal(live);
  CallClock clock(live, measured_frames(live, turn.mode));
  LiveResult result;
  forget_peak_memory();
  const double before_mb = memory_mb("VmRSS:");
  LiveContenderPtr contender;
  result.setup_s = seconds_taken([&] { contender = kind.make(live, responses, pace); });
  std::this_thread::sleep_for(kStart);
  result.plan = contender->plan();
  result.predicted_s = contender->predicted_s();
  LiveFeed feed(live, signal, *contender);
  if (turn.mode == LiveMode::interleaved) {
    const auto faltung = live_contender_kinds()[0].make(live, responses, pace);
    LiveFeed mine(live, signal, *faltung);
    measure_interleaved(live, mine, feed, &result);
    result.faltung_samples = std::move(mine).samples();
  } else {
    measure_single(live, turn.mode, feed, &clock, &result);
  }
  result.memory_mb = memory_mb("VmHWM:") - before_mb;
  result.calls = clock.times();
  result.samples = std::move(feed).samples();
  return result;
}

}  // namespace faltung
