// What the host offers an LV2 plugin: numbers for URIs, options, a log, paths for state.
//
// Numbers of URIs are the same for all plugins of the process, as long as it lives.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/stages/lv2_plugin.h"

namespace faltung {

// Any thread but the audio thread; plugins are told to ask while they start.
std::uint32_t lv2_uri(const char* uri);
void* lv2_uri_map();  // LV2_URID_Map

// The number that a float32 was written as: 0.1, not 0.100000001, which may be out of a range.
double as_written(float value);

// An atom's body as a number, if it is one.
std::optional<double> lv2_number(const void* body, std::uint32_t size, std::uint32_t type);

// How long the runs of a plugin are.
struct Lv2Blocks {
  Index least = 1;
  Index most = 1;
  bool fixed() const noexcept { return least == most; }
};

// Whether a plugin that requires this feature can be hosted.
bool lv2_offers(const std::string& feature);

// The features of one running copy; their data lives as long as this does.
class Lv2Features {
 public:
  using Note = std::function<void(const std::string&)>;

  // `note` hears what the plugin logs as a warning or an error until quieten() is called: later
  // nobody may be there to hear it.
  Lv2Features(double rate_hz, const Lv2Blocks& blocks, Note note);
  Lv2Features(const Lv2Features&) = delete;
  Lv2Features& operator=(const Lv2Features&) = delete;
  ~Lv2Features();

  std::vector<Lv2Feature> list() const;
  void quieten();

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace faltung
