// One filter of a CamillaDSP configuration -> what it does to a channel.
//
// README of CamillaDSP 4.1, and the names of versions 0 to 3. Second-order sections that our own
// biquad has under the same formula keep their name (RBJ cookbook; shelves' slope in dB per octave
// is S = slope / 12); the others become coefficients at the configuration's rate.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "apps/faltung/import/channel_steps.h"
#include "apps/faltung/import/response.h"
#include "engine/stages/settings.h"

namespace faltung {

// What a filter's parameters are read with.
struct CamillaContext {
  const Located& at;
  double rate_hz;
  std::string channels;  // as text, for $channels$
  std::string folder;    // of the configuration
  ResponseFiles& files;
};

// A key's value; null where it is absent or null, which are the same to CamillaDSP.
const Node* camilla_value(const Node& node, const std::string& key);
// $samplerate$ and $channels$ filled in.
std::string camilla_text(std::string text, const CamillaContext& context);

// The steps of one filter, in order; none where it changes nothing. Throws Error{configuration} for
// filters that a pipeline cannot express, named.
std::vector<ChannelStep> camilla_steps(const std::string& name, const Node& filter,
                                       const CamillaContext& context);

// Gain of a filter or of a mixer's source: decibels or a factor, inverted, muted.
double camilla_gain(const Node& node, const Located& at);

// The parts for the types Conv, Biquad and BiquadCombo. `parameters` is a map.
ImportedKernel camilla_kernel(const Node& parameters, const CamillaContext& context);
std::string camilla_biquad(const Node& parameters, const CamillaContext& context);
std::vector<std::string> camilla_biquads(const Node& parameters, const CamillaContext& context);
// Frames, then for `subsample` an all-pass (Thiran) as coefficients, or empty.
std::pair<double, std::string> camilla_delay(const Node& parameters, const CamillaContext& context);

std::string biquad_coefficients(const std::vector<double>& b, const std::vector<double>& a);

}  // namespace faltung
