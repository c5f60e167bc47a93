// The picture of `bench live`: how often a call took how long.
#pragma once

#include <string>
#include <vector>

#include "apps/faltung/bench/call_times.h"
#include "apps/faltung/plots/canvas.h"

namespace faltung {

struct CallTimesPanel {
  struct Curve {
    std::string name;
    CallTimes times;
  };
  std::string title;
  std::vector<Curve> curves;  // of as many as there are colours
};

// One panel below the other over the same logarithmic time; shares of the calls are logarithmic,
// too, for one late call in ten thousand is what is heard. `deadline_s` is a block's time.
Canvas plot_call_times(const std::vector<CallTimesPanel>& panels, double deadline_s,
                       const std::string& title);

}  // namespace faltung
