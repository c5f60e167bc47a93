// What another thread may set and read of a running stage.
#include "engine/stream/control.h"

#include <map>

namespace faltung {
namespace {

std::string number_text(double value) {
  std::string text = std::to_string(value);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

Parameter::Parameter(std::string name, std::string unit, double low, double high, double value)
    : name_(std::move(name)), unit_(std::move(unit)), low_(low), high_(high), value_(low) {
  set(value);
}

void Parameter::allow(double low, double high) {
  low_ = low;
  high_ = high;
  set(value());
}

void Parameter::set(double value) {
  if (!(value >= low_ && value <= high_)) {
    const std::string unit = unit_.empty() ? "" : " " + unit_;
    throw Error(Code::configuration, name_ + " of " + number_text(value) + unit + "; allowed: " +
                                         number_text(low_) + " to " + number_text(high_) + unit);
  }
  value_.store(value, std::memory_order_relaxed);
}

std::vector<Control> distinct(std::vector<Control> controls) {
  std::map<std::string, int> seen;
  for (Control& control : controls) {
    const int times = ++seen[control.path];
    if (times == 1) continue;
    const std::size_t dot = control.path.find('.');
    const std::string number = "#" + std::to_string(times);
    control.path.insert(dot == std::string::npos ? control.path.size() : dot, number);
  }
  return controls;
}

}  // namespace faltung
