// Shows how loud a series is, and passes it on bit for bit.
//
// Readings, for each of the first kMeteredChannels channels, in dB of full scale, −200 for silence:
//   peak.1       the largest sample, falling by 20 dB in 1.7 s, as digital meters do
//   rms.1        mean square with a time constant of 300 ms; a full-scale sine reads −3.0
//   true_peak.1  as peak, of the signal at four times the rate: what a converter makes of it. Reads
//                low by at most 0.7 dB at half the rate (ITU-R BS.1770-4, Annex 2), 0.2 at 12 kHz
// and for all of these channels together
//   momentary    loudness over 400 ms in LUFS, from 8 kHz (loudness.h)
// With more channels `peak.others` is the largest peak of the rest. A signal without a rate shows
// the peaks and means of its last slab. NaN and infinity count as nothing.
#pragma once

#include <string>

#include "engine/stages/stages.h"
#include "engine/stream/stage.h"

namespace faltung {

inline constexpr Index kMeteredChannels = 32;
inline constexpr double kSilenceDb = -200;

struct MeterOptions {
  std::string name;  // in front of the readings: "name.peak.1"; empty: nothing
};

// Errors (prepare): no series. The readings of channels are there from prepare on, for good.
StagePtr make_meter(const MeterOptions& options);

// {name}
StagePtr read_meter(const Node& settings, const StageContext& context);

}  // namespace faltung
