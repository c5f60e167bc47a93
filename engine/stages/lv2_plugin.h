// LV2 plugins of this machine: what is installed, what it says of itself, running copies of it.
//
// The only room that knows lilv. Everything here is for preparing threads, except Lv2Instance::run,
// activate and deactivate, which hand the call to the plugin. Errors are Error{configuration}; the
// plugins are those that LV2_PATH names, read when the first one is looked up.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/nd/shape.h"

namespace faltung {

struct Lv2Port {
  enum class Kind { audio, cv, control, atom, other };
  Kind kind = Kind::other;
  bool input = false;
  bool optional = false;    // may be left unconnected
  bool side_chain = false;  // steers the plugin, is not what it works on
  bool toggled = false;     // 0 or 1
  bool whole = false;       // integers and enumerations
  bool per_rate = false;    // low and high are multiples of the sample rate
  std::string symbol, name, unit;
  std::optional<double> low, high;
  double initial = 0;
  Index least_bytes = 0;  // of an atom port's buffer, where the plugin says so
};

struct Lv2Description {
  std::string uri, name;
  std::vector<Lv2Port> ports;  // in the plugin's order
  std::vector<std::string> required_features;
  bool loads_default_state = false;
  std::optional<std::size_t> latency;       // ports that have a meaning to the host
  std::optional<std::size_t> free_wheeling;
};

// What the host offers a plugin, as LV2 has it.
struct Lv2Feature {
  const char* uri;
  void* data;
};

struct Lv2State;  // a preset, or what a plugin once saved
using Lv2StatePtr = std::shared_ptr<const Lv2State>;

// The values of control ports that a state sets, by symbol.
std::map<std::string, double> port_values(const Lv2State& state);

// A running copy of a plugin; may outlive its Lv2Plugin. Freed on a preparing thread.
class Lv2Instance {
 public:
  struct Inside;
  explicit Lv2Instance(std::unique_ptr<Inside> inside);
  Lv2Instance(Lv2Instance&&) noexcept;
  ~Lv2Instance();

  void connect(std::size_t port, void* memory) noexcept;
  void activate() noexcept;
  void deactivate() noexcept;
  void run(Index frames) noexcept;
  void restore(const Lv2State& state, const std::vector<Lv2Feature>& features);
  void* handle() const noexcept;
  const void* extension(const char* uri) const noexcept;  // null: the plugin has none

 private:
  std::unique_ptr<Inside> inside_;
};

class Lv2Plugin {
 public:
  struct Inside;

  // The installed plugin of that URI.
  static std::shared_ptr<const Lv2Plugin> find(const std::string& uri);
  explicit Lv2Plugin(std::unique_ptr<Inside> inside);
  ~Lv2Plugin();

  const Lv2Description& description() const noexcept;
  Lv2StatePtr preset(const std::string& uri) const;
  Lv2StatePtr saved(const std::string& path) const;  // a folder as lilv saves it, or its .ttl
  Lv2StatePtr default_state() const;                 // null: there is none
  Lv2Instance instantiate(double rate_hz, const std::vector<Lv2Feature>& features) const;

 private:
  std::unique_ptr<Inside> inside_;
};

}  // namespace faltung
