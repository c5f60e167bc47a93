// What another thread may set and read of a running stage: parameters in, readings out.
//
// Both are single numbers that are handed over without a lock; the latest wins. A stage looks at a
// parameter once a slab and ramps to it, so that nothing clicks.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "engine/nd/error.h"

namespace faltung {

class Parameter {
 public:
  // Errors: `value` not within [low, high].
  Parameter(std::string name, std::string unit, double low, double high, double value);

  const std::string& name() const noexcept { return name_; }  // "db"
  const std::string& unit() const noexcept { return unit_; }  // "dB", "Hz", "" where there is none
  double low() const noexcept { return low_; }
  double high() const noexcept { return high_; }

  // While preparing: bounds that are only known then. Throws as `set` does.
  void allow(double low, double high);

  // Any thread but the audio thread. Throws Error{configuration} outside [low, high].
  void set(double value);
  double value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::string name_, unit_;
  double low_, high_;
  std::atomic<double> value_;
  static_assert(std::atomic<double>::is_always_lock_free);
};

// Told by the stage, read by anybody.
class Reading {
 public:
  Reading(std::string name, std::string unit) : name_(std::move(name)), unit_(std::move(unit)) {}

  const std::string& name() const noexcept { return name_; }  // "peak.1"
  const std::string& unit() const noexcept { return unit_; }
  void publish(double value) noexcept { value_.store(value, std::memory_order_relaxed); }
  double value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::string name_, unit_;
  std::atomic<double> value_{0};
};

// One of the two, and where it is: "gain.db". They live as long as their stage.
struct Control {
  std::string path;
  Parameter* parameter = nullptr;
  const Reading* reading = nullptr;
};

inline Control control_of(Parameter& parameter) { return {parameter.name(), &parameter, nullptr}; }
inline Control control_of(const Reading& reading) { return {reading.name(), nullptr, &reading}; }

// Makes paths unique: the second stage `gain` becomes `gain#2`.
std::vector<Control> distinct(std::vector<Control> controls);

}  // namespace faltung
