// Responses made ready: minimum phase, reversed, trimmed, faded, normalised, moved in time.
//
// A response is the kernel of a series, [taps] or [channel, taps]. Everything is done to all its
// channels alike, so that they keep their balance and stay aligned (minimum phase alone treats
// each by itself, for it is about the time that each takes). The order is fixed:
//
//   resample (design/resample.h) → minimum phase → reverse → offset → length → trim → fade
//   → normalise → gain (of the stage) → delay
//
// Minimum phase comes before reverse, which it would undo. What is cut off comes before what is
// measured, so that a fade ends where the response ends and a normalised response measures 1. The
// delay comes last: neither trim nor fade nor offset may take it away.
#pragma once

#include <optional>

#include "engine/convolve/kernel.h"

namespace faltung {

// A time either in taps or in milliseconds; milliseconds need a rate and are rounded to taps.
struct Duration {
  Index taps = 0;
  double milliseconds = 0;
};

// What becomes 1. In responses of several channels it is that of the channel where it is largest:
// no channel gets louder than 1, and their balance stays.
enum class Normalise {
  none,
  peak,     // the largest |tap|
  energy,   // Σ tap²: the gain for white noise
  loudest,  // the largest gain for a sine of any frequency; found on a grid of 16 points for each
            // tap, which misses at most 1 − cos(π/32), so that up to 0.05 dB above 1 are left
};

struct ResponsePreparation {
  bool minimum_phase = false;  // same magnitude, as early as possible: minimum_phase.h
  bool reverse = false;        // last tap first
  Duration offset = {};        // so much of the beginning is left out
  Duration length = {};        // so much is kept of what is left; 0: all
  // Below 0, relative to the peak: what comes before the first tap of any channel that is not
  // below the level is cut off.
  std::optional<double> trim_start_db = {};
  std::optional<double> trim_db = {};  // the same at the end
  Duration fade = {};                  // of the end, half a period of a raised cosine
  Normalise normalise = Normalise::none;
  Duration delay = {};  // silence put before
};

// `rate_hz` is that of the taps, 0 where there is none. The kernel's remark says what was done,
// "hall.wav: trimmed to 61200 of 112561 taps below -90 dB, error at most 2.3e-05, for noise -98.1
// dB", where the error is Σ |removed taps| of a channel as normalised, the largest over the
// channels: no output sample changes by more for an input within ±1, before the stage's gain. White
// noise makes an error of the last number, relative to its output's level.
//
// Throws Error{configuration}: more axes than channel and taps, milliseconds without a rate, levels
// not below 0, times below 0 or beyond the response, silence that is to be trimmed or normalised,
// and what minimum_phase refuses.
Kernel prepare_response(const Kernel& response, const ResponsePreparation& preparation,
                        double rate_hz);

}  // namespace faltung
