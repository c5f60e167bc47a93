// Responses made ready: minimum phase, reversed, trimmed, faded, normalised, moved in time.
#include "engine/design/prepare_response.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <numeric>
#include <vector>

#include "engine/design/minimum_phase.h"
#include "engine/design/number_text.h"
#include "engine/fft/ordered.h"

namespace faltung {
namespace {

constexpr Index kMostDelay = Index{1} << 28;     // what a stage's history may hold
constexpr Index kMostMeasured = Index{1} << 22;  // taps whose loudest frequency is looked for
constexpr std::size_t kGridPerTap = 16;          // of that search: see Normalise::loudest

using Channel = std::vector<double>;

double decibels(double factor) { return 20 * std::log10(factor); }

std::string formatted(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string counted(Index taps) { return std::to_string(taps) + (taps == 1 ? " tap" : " taps"); }

// The response at work, and what is said of it.
class Preparation {
 public:
  Preparation(const Kernel& response, double rate_hz) : name_(response.name), rate_hz_(rate_hz) {
    const Shape& extents = response.values.extents();
    if (extents.rank() < 1 || extents.rank() > 2 || response.values.size() == 0) {
      refuse("only responses [taps] or [channel, taps] can be prepared, this one is " +
             extents.text());
    }
    const Index taps = extents.back();
    for (Index at = 0; at < response.values.size(); at += taps) {
      channels_.emplace_back(response.values.data() + at, response.values.data() + at + taps);
    }
  }

  void minimum_phase() {
    double error = 0;
    for (Channel& channel : channels_) {
      MinimumPhase made;
      try {
        made = faltung::minimum_phase(channel);
      } catch (const Error& problem) {
        refuse(problem.what());
      }
      channel = std::move(made.taps);
      error = std::max(error, made.error);
    }
    said_.push_back("minimum phase, magnitude kept within " + formatted("%.1e", error) +
                    " of the loudest");
  }

  void reverse() {
    for (Channel& channel : channels_) std::reverse(channel.begin(), channel.end());
    said_.push_back("reversed");
  }

  void offset(const Duration& duration) {
    const Index skipped = taps_of(duration, "offset");
    if (skipped == 0) return;
    if (skipped >= taps()) {
      refuse("offset of " + counted(skipped) + "; allowed: less than the response's " +
             std::to_string(taps()));
    }
    keep(skipped, taps());
    said_.push_back("the first " + counted(skipped) + " left out");
  }

  void length(const Duration& duration) {
    const Index kept = taps_of(duration, "length");
    if (kept == 0) return;
    if (kept > taps()) {
      refuse("length of " + counted(kept) + "; allowed: at most the " + std::to_string(taps()) +
             " that are left");
    }
    keep(0, kept);
    said_.push_back("cut to the first " + counted(kept));
  }

  void trim(std::optional<double> start_db, std::optional<double> end_db) {
    const Index before = taps();
    const Index end = end_db ? before - silent_taps(*end_db, Side::end) : before;
    const Index begin = start_db ? silent_taps(*start_db, Side::start) : 0;
    for (const Channel& channel : channels_) {
      double removed = 0, removed_energy = 0, energy = 0;
      for (Index n = 0; n < before; ++n) {
        const double tap = std::abs(channel[static_cast<std::size_t>(n)]);
        energy += tap * tap;
        if (n >= begin && n < end) continue;
        removed += tap;
        removed_energy += tap * tap;
      }
      trim_error_ = std::max(trim_error_, removed);
      if (removed > 0) trim_noise_ = std::max(trim_noise_, std::sqrt(removed_energy / energy));
    }
    keep(begin, end);
    trimmed_at_ = said_.size();
    std::string below;
    if (start_db) below = number_text(*start_db) + " dB at the start";
    if (end_db) below += (start_db ? " and " : "") + number_text(*end_db) + " dB";
    said_.push_back("trimmed to " + std::to_string(taps()) + " of " + std::to_string(before) +
                    " taps below " + below);
  }

  void fade(const Duration& duration) {
    const Index count = taps_of(duration, "fade");
    if (count == 0) return;
    if (count > taps()) {
      refuse("fade over " + counted(count) + "; allowed: at most the " + std::to_string(taps()) +
             " that are left");
    }
    for (Channel& channel : channels_) {
      for (Index i = 0; i < count; ++i) {
        const double at = static_cast<double>(i + 1) / static_cast<double>(count + 1);
        channel[static_cast<std::size_t>(taps() - count + i)] *=
            0.5 + 0.5 * std::cos(std::numbers::pi * at);
      }
    }
    said_.push_back("faded over " + counted(count));
  }

  void normalise(Normalise what) {
    double measure = 0;
    for (const Channel& channel : channels_) measure = std::max(measure, measured(channel, what));
    if (measure == 0) refuse("silence cannot be normalised");
    for (Channel& channel : channels_) {
      for (double& tap : channel) tap /= measure;
    }
    trim_error_ /= measure;
    const char* name = what == Normalise::peak     ? "peak"
                       : what == Normalise::energy ? "energy"
                                                   : "loudest frequency";
    said_.push_back(std::string(name) + " made 1 by " + formatted("%+.2f dB", -decibels(measure)));
  }

  void delay(const Duration& duration) {
    const Index count = taps_of(duration, "delay");
    if (count == 0) return;
    if (count > kMostDelay) {
      refuse("delay of " + counted(count) + "; allowed: at most " + std::to_string(kMostDelay));
    }
    for (Channel& channel : channels_) {
      channel.insert(channel.begin(), static_cast<std::size_t>(count), 0.0);
    }
    said_.push_back("delayed by " + counted(count));
  }

  Kernel result(const Kernel& response) && {
    Kernel kernel;
    kernel.values = response.values.rank() == 1
                        ? Array<double>({taps()})
                        : Array<double>({static_cast<Index>(channels_.size()), taps()});
    double* next = kernel.values.data();
    for (const Channel& channel : channels_) next = std::copy(channel.begin(), channel.end(), next);
    kernel.rate_hz = response.rate_hz;
    kernel.name = name_;
    kernel.remark = response.remark;
    if (trimmed_at_) {
      said_[*trimmed_at_] += ", error at most " + formatted("%.1e", trim_error_);
      if (trim_noise_ > 0) {
        said_[*trimmed_at_] += ", for noise " + formatted("%.1f dB", decibels(trim_noise_));
      }
    }
    for (const std::string& one : said_) {
      kernel.remark += (kernel.remark.empty() ? name_ + ": " : "; ") + one;
    }
    return kernel;
  }

 private:
  enum class Side { start, end };

  [[noreturn]] void refuse(const std::string& message) const {
    throw Error(Code::configuration, name_ + ": " + message);
  }

  Index taps() const { return static_cast<Index>(channels_[0].size()); }

  Index taps_of(const Duration& duration, const char* what) const {
    if (duration.taps < 0 || !(duration.milliseconds >= 0)) {
      refuse(std::string(what) + " below 0");
    }
    if (duration.milliseconds == 0) return duration.taps;
    if (!(rate_hz_ > 0)) {
      refuse(std::string(what) + " in milliseconds needs a response or a signal with a rate");
    }
    const double count = duration.milliseconds / 1000 * rate_hz_;
    if (count > static_cast<double>(kMostDelay)) {
      refuse(std::string(what) + " of " + number_text(duration.milliseconds) +
             " ms; allowed: at most " + std::to_string(kMostDelay) + " taps");
    }
    return std::llround(count);
  }

  void keep(Index begin, Index end) {
    for (Channel& channel : channels_) {
      channel = Channel(channel.begin() + begin, channel.begin() + end);
    }
  }

  // Taps on one side, of all channels, before the first that is not below the level.
  Index silent_taps(double db, Side side) const {
    if (!(db < 0)) refuse("trimmed at " + number_text(db) + " dB; allowed: levels below 0");
    double peak = 0;
    for (const Channel& channel : channels_) {
      peak = std::max(peak, measured(channel, Normalise::peak));
    }
    if (peak == 0) refuse("silence cannot be trimmed");
    const double level = peak * std::pow(10.0, db / 20);
    const auto heard = [level](double tap) { return std::abs(tap) >= level; };
    Index least = taps();
    for (const Channel& c : channels_) {
      least = std::min(least, side == Side::start
                                  ? std::find_if(c.begin(), c.end(), heard) - c.begin()
                                  : std::find_if(c.rbegin(), c.rend(), heard) - c.rbegin());
    }
    return least;
  }

  double measured(const Channel& channel, Normalise what) const {
    double result = 0;
    if (what == Normalise::peak) {
      for (const double tap : channel) result = std::max(result, std::abs(tap));
      return result;
    }
    if (what == Normalise::energy) {
      return std::sqrt(std::inner_product(channel.begin(), channel.end(), channel.begin(), 0.0));
    }
    if (taps() > kMostMeasured) {
      refuse("the loudest frequency of " + std::to_string(taps()) + " taps; allowed: at most " +
             std::to_string(kMostMeasured));
    }
    const std::size_t grid = std::bit_ceil(kGridPerTap * channel.size());
    for (const auto& bin : ordered_spectrum(channel, static_cast<Index>(grid))) {
      result = std::max(result, std::abs(bin));
    }
    return result;
  }

  std::string name_;
  double rate_hz_;
  std::vector<Channel> channels_;
  std::vector<std::string> said_;
  std::optional<std::size_t> trimmed_at_;  // in said_: its error is known after normalising
  double trim_error_ = 0;                  // Σ |removed taps|
  double trim_noise_ = 0;                  // √ of the energy removed, relative to all
};

}  // namespace

Kernel prepare_response(const Kernel& response, const ResponsePreparation& p, double rate_hz) {
  Preparation work(response, rate_hz);
  if (p.minimum_phase) work.minimum_phase();
  if (p.reverse) work.reverse();
  work.offset(p.offset);
  work.length(p.length);
  if (p.trim_start_db || p.trim_db) work.trim(p.trim_start_db, p.trim_db);
  work.fade(p.fade);
  if (p.normalise != Normalise::none) work.normalise(p.normalise);
  work.delay(p.delay);
  return std::move(work).result(response);
}

}  // namespace faltung
