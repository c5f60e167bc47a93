// Filters of single channels -> stages of all channels.
//
// Between two mixers channels are independent of each other. So what every channel passes through
// is collected, and then written with as few stages as it takes: gains of all channels are one
// stage, and so are delays; responses are one matrix.
#pragma once

#include <string>
#include <vector>

#include "apps/faltung/import/model.h"

namespace faltung {

// Kinds are ordered as they are preferably written: responses last, so that they meet.
struct ChannelStep {
  enum class Kind { gain, delay, biquad, kernel };
  Kind kind = Kind::gain;
  double value = 1;       // gain: factor; delay: frames
  std::string settings;   // biquad: "type: peaking, frequency_hz: 100, q: 1, gain_db: 3"
  ImportedKernel kernel;  // kernel
  std::string origin;     // "line 12: 'bass', Biquad"
};

class ChannelSteps {
 public:
  explicit ChannelSteps(std::size_t channels) : steps_(channels), next_(channels, 0) {}

  // Channels count from 0.
  void add(std::size_t channel, const std::vector<ChannelStep>& steps);
  // Writes everything added since the last time.
  void write(std::vector<ImportedStage>* stages);

 private:
  const ChannelStep* head(std::size_t channel) const;
  const ChannelStep* preferred() const;
  ImportedStage take(const ChannelStep& first);

  std::vector<std::vector<ChannelStep>> steps_;
  std::vector<std::size_t> next_;  // of each channel, the first step not written yet
};

}  // namespace faltung
