// How many positions a delay is: frames, time, or the way that sound takes.
#include "engine/stages/delay_positions.h"

#include <cstdio>

#include "engine/nd/error.h"

namespace faltung {

const char* name(DelayUnit unit) noexcept {
  switch (unit) {
    case DelayUnit::samples:
      return "samples";
    case DelayUnit::ms:
      return "ms";
    case DelayUnit::metres:
      break;
  }
  return "metres";
}

double delay_positions(double value, DelayUnit unit, double speed_of_sound, const Format& in) {
  double positions = value;
  if (unit != DelayUnit::samples && value != 0) {
    if (in.rate_hz <= 0) {
      throw Error(Code::configuration,
                  std::string("delay in ") + name(unit) +
                      " needs a signal with a rate; say it in samples, or give the rate");
    }
    positions = (unit == DelayUnit::ms ? value * 1e-3 : value / speed_of_sound) * in.rate_hz;
  }
  check_delay(positions);
  return positions;
}

void check_delay(double positions) {
  if (positions >= 0 && positions <= static_cast<double>(kLongestDelay)) return;
  throw Error(Code::configuration, "delay of " + exact_text(positions) +
                                       " positions; allowed: 0 to " +
                                       std::to_string(kLongestDelay));
}

std::string exact_text(double positions) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", positions);
  return text;
}

}  // namespace faltung
