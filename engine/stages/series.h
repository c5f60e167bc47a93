// What stages of live audio ask of their signal: a series, a rate, channels that are there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/stages/settings.h"
#include "engine/stream/format.h"

namespace faltung {

// Errors: an image or a volume. `stage` is named in messages.
void check_series(const Format& in, const std::string& stage);

// Errors: no series, or no rate.
void check_rate(const Format& in, const std::string& stage);

// One flag for each channel of `in`: all where `channels` (from 1) is empty. Errors: one that is
// not there, or is named twice.
std::vector<bool> selected_channels(const std::vector<Index>& channels, const Format& in,
                                    const std::string& stage);

// Whole frames of a time at the signal's rate, or the default where nothing was said and there is
// no rate either. Errors: a time was said, and the signal has no rate.
Index frames_of_ms(const std::optional<double>& ms, double default_ms, const Format& in,
                   const std::string& stage);

// Settings: a list of channels, or one; a number within bounds; the time of a ramp.
std::vector<Index> read_channels(const Node& node, const Located& at);
double read_within(const Node& node, const Located& at, double low, double high);
double read_ramp_ms(const Node& node, const Located& at);

}  // namespace faltung
