// Peak, mean square and true peak of one channel.
#include "engine/stages/channel_meter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "engine/design/fractional_delay.h"
#include "engine/stages/meter.h"

namespace faltung {
namespace {

constexpr double kFallDbPerSecond = 20 / 1.7;
constexpr double kMeanSeconds = 0.3;

// Within 0.02 dB up to 0.83 of half the rate: 20 kHz at 48 kHz.
constexpr Index kReach = 12;
constexpr double kAttenuationDb = 65;

// The signal between its samples, at each quarter.
std::vector<std::vector<double>> quarters() {
  std::vector<std::vector<double>> responses;
  for (const double fraction : {0.25, 0.5, 0.75}) {
    responses.push_back(fractional_sinc(fraction, kReach, kAttenuationDb));
  }
  return responses;
}

template <class T>
Levels levels_of(const T* x, Index count) noexcept {
  constexpr Index kLanes = 8;  // independent sums, so that they run side by side
  std::array<T, kLanes> peak{};
  std::array<double, kLanes> squares{};
  const auto take = [&](Index n, std::size_t lane) {
    const T magnitude = std::abs(x[n]);
    const T finite = magnitude <= std::numeric_limits<T>::max() ? magnitude : T(0);
    peak[lane] = peak[lane] < finite ? finite : peak[lane];
    squares[lane] += static_cast<double>(magnitude) * static_cast<double>(magnitude);
  };
  Index n = 0;
  for (; n + kLanes <= count; n += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) take(n + static_cast<Index>(lane), lane);
  }
  for (; n < count; ++n) take(n, 0);
  Levels result;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    result.peak = std::max(result.peak, static_cast<double>(peak[lane]));
    if (std::isfinite(squares[lane])) result.squares += squares[lane];
  }
  return result;
}

}  // namespace

Ballistics ballistics(Index frames, double rate_hz) noexcept {
  if (rate_hz <= 0) return {0, 0};
  const double seconds = static_cast<double>(frames) / rate_hz;
  return {std::pow(10.0, -kFallDbPerSecond * seconds / 20), std::exp(-seconds / kMeanSeconds)};
}

double level_db(double magnitude) noexcept {
  return magnitude > 0 ? std::max(kSilenceDb, 20 * std::log10(magnitude)) : kSilenceDb;
}

Levels levels_of(const Slab& channel) noexcept {
  return with_sample_type(channel.type, [&]<class T>() {
    return levels_of(channel.as<const T>().data, channel.extent);
  });
}

ChannelMeter::ChannelMeter(const std::string& prefix, Index number)
    : peak_reading_(prefix + "peak." + std::to_string(number), "dB"),
      rms_reading_(prefix + "rms." + std::to_string(number), "dB"),
      true_peak_reading_(prefix + "true_peak." + std::to_string(number), "dB") {
  reset();
}

void ChannelMeter::prepare(const Format& in) {
  between_.clear();
  between_.emplace_back(in, quarters());
  reset();
}

void ChannelMeter::measure(const Slab& channel, const Slab& work, const Ballistics& b) noexcept {
  if (channel.extent == 0) return;
  const Levels levels = levels_of(channel);
  peak_ = std::max(peak_ * b.fall, levels.peak);
  const double mean = levels.squares / static_cast<double>(channel.extent);
  square_ = square_ * b.remain + mean * (1 - b.remain);
  true_peak_ = std::max(true_peak_ * b.fall, levels.peak);
  between_[0].take(channel);
  for (Index quarter = 0; quarter < 3; ++quarter) {
    between_[0].give(quarter, work);
    true_peak_ = std::max(true_peak_, levels_of(work).peak);
  }
  peak_reading_.publish(level_db(peak_));
  rms_reading_.publish(level_db(std::sqrt(square_)));
  true_peak_reading_.publish(level_db(true_peak_));
}

void ChannelMeter::reset() noexcept {
  peak_ = square_ = true_peak_ = 0;
  for (ShortFilter& filter : between_) filter.reset();
  for (Reading* reading : {&peak_reading_, &rms_reading_, &true_peak_reading_}) {
    reading->publish(kSilenceDb);
  }
}

}  // namespace faltung
