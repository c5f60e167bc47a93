// Where a live run's sound comes from and goes to.
#include "apps/faltung/live/ends.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "apps/faltung/outputs.h"

namespace faltung {
namespace {

constexpr double kUsualRate = 48000;
constexpr Index kUsualBlock = 256;
constexpr Index kUsualChannels = 2;
constexpr double kMostSeconds = 1e9, kMostRate = 1e9, kMostFade_ms = 60000;
constexpr Index kLeastHint = 16, kMostHint = 8192;  // frames: what a device's latency may tell

[[noreturn]] void refuse(const std::string& why) { throw Error(Code::configuration, why); }

bool is_null(const std::string& wanted) { return wanted == "null" || wanted == "null:fast"; }

LiveEnd end_for(const std::string& wanted, bool input) {
  LiveEnd end;
  if (is_null(wanted)) {
    end.kind = LiveEnd::Kind::null;
  } else if (wanted == kStandardStream) {
    end.kind = LiveEnd::Kind::standard;
  } else {
    end.device = find_device(wanted, input);
  }
  return end;
}

bool is_jack(const LiveEnd& end) { return end.device.api.find("JACK") != std::string::npos; }

// One callback serves both: the same device, or one server's.
bool same_clock(const LiveEnd& in, const LiveEnd& out) {
  return in.device.index == out.device.index || (is_jack(in) && is_jack(out));
}

// What the command line lets through: it takes NaN for a number.
void check_numbers(const LiveOptions& options) {
  const auto check = [](const char* option, double value, double most) {
    if (value >= 0 && value <= most) return;
    std::ostringstream text;
    text << option << " of " << value << "; allowed: up to " << most;
    refuse(text.str());
  };
  check("--seconds", options.seconds, kMostSeconds);
  check("--rate", options.rate_hz, kMostRate);
  check("--fade-ms", options.fade_ms, kMostFade_ms);
}

std::string hertz(double rate) { return std::to_string(std::llround(rate)) + " Hz"; }

double choose_rate(const LiveOptions& options, const LiveEnds& ends, double pipeline_hz) {
  const double stated = ends.source ? ends.source->format().rate_hz : 0;
  const bool in = ends.in.kind == LiveEnd::Kind::device;
  const bool out = ends.out.kind == LiveEnd::Kind::device;
  const double device = out ? ends.out.device.rate_hz : in ? ends.in.device.rate_hz : 0;
  double rate = options.rate_hz;
  for (const double next : {stated, pipeline_hz, device, kUsualRate}) {
    if (rate == 0) rate = next;
  }
  if (stated > 0 && stated != rate) {
    refuse(options.play + " is at " + hertz(stated) + "; the run is at " + hertz(rate));
  }
  if (pipeline_hz > 0 && pipeline_hz != rate) {
    refuse("the pipeline's rate is " + hertz(pipeline_hz) + "; the run is at " + hertz(rate));
  }
  return rate;
}

Index choose_channels(const LiveOptions& options, const LiveEnds& ends) {
  if (ends.source) {
    const Index has = ends.source->format().channels;
    if (options.channels == 0 || options.channels == has) return has;
    refuse(ends.in.text() + " has " + std::to_string(has) +
           (has == 1 ? " channel" : " channels") + "; --channels asks for " +
           std::to_string(options.channels));
  }
  if (options.channels > 0) return options.channels;
  if (ends.in.kind == LiveEnd::Kind::null) return kUsualChannels;
  return std::min(kUsualChannels, ends.in.device.inputs);
}

// JACK's latencies tell the period.
Index choose_block(const LiveOptions& options, const LiveEnds& ends) {
  if (options.block > 0) return options.block;
  for (const LiveEnd* end : {&ends.in, &ends.out}) {
    if (end->kind != LiveEnd::Kind::device || !is_jack(*end)) continue;
    const Index hint = std::llround(end->device.input_latency_s * end->device.rate_hz);
    if (hint >= kLeastHint && hint <= kMostHint) return hint;
  }
  return kUsualBlock;
}

// `rate_hz` is for what states none.
std::unique_ptr<Source> open_end(const LiveOptions& options, double rate_hz) {
  SourceOptions source;
  source.rate_hz = rate_hz;
  source.channels = options.channels > 0 ? options.channels : kUsualChannels;
  source.raw_sample = options.raw;
  const std::string path = options.play.empty() ? kStandardStream : options.play;
  auto opened = open_source(path, source);
  if (!opened->format().is_series()) {
    refuse(path + ": " + opened->format().text() + "; a live run needs sound");
  }
  return opened;
}

}  // namespace

std::string LiveEnd::text() const {
  switch (kind) {
    case Kind::null: return "null";
    case Kind::standard: return "standard stream";
    case Kind::file: return path;
    case Kind::device: break;
  }
  return device.api + ":" + device.name;
}

LiveEnds choose_ends(const LiveOptions& options, double pipeline_hz) {
  check_numbers(options);
  if (!options.play.empty() && !options.input.empty()) refuse("--play and --in: only one");
  LiveEnds ends;
  if (options.play.empty()) {
    ends.in = end_for(options.input, true);
  } else {
    ends.in.kind = LiveEnd::Kind::file;
    ends.in.path = options.play;
  }
  ends.out = end_for(options.output, false);
  if (ends.in.kind == LiveEnd::Kind::file || ends.in.kind == LiveEnd::Kind::standard) {
    ends.source = open_end(options, choose_rate(options, ends, pipeline_hz));
  }
  ends.rate_hz = choose_rate(options, ends, pipeline_hz);
  ends.channels = choose_channels(options, ends);
  ends.block = choose_block(options, ends);
  ends.paced = options.input != "null:fast" && options.output != "null:fast" &&
               ends.in.kind != LiveEnd::Kind::standard && ends.out.kind != LiveEnd::Kind::standard;
  const bool both = ends.in.kind == LiveEnd::Kind::device && ends.out.kind == LiveEnd::Kind::device;
  if (both && !same_clock(ends.in, ends.out)) {
    ends.capture_hz = options.rate_hz > 0 ? options.rate_hz : ends.in.device.rate_hz;
  }
  return ends;
}

}  // namespace faltung
