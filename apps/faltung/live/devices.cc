// faltung devices: what PortAudio sees.
#include "apps/faltung/live/devices.h"

#include <cmath>
#include <cstdio>

#include "apps/faltung/text_table.h"
#include "engine/io/device.h"

namespace faltung {
namespace {

std::string milliseconds(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f ms", seconds * 1e3);
  return text;
}

}  // namespace

int run_devices(const DevicesOptions& options) {
  using Align = TextTable::Align;
  TextTable table({Align::right, Align::left, Align::left, Align::right, Align::right,
                   Align::right, Align::right, Align::left});
  table.add({"", "api", "name", "in", "out", "rate", "latency", ""});
  const std::vector<DeviceInfo> devices = list_devices();
  for (const DeviceInfo& d : devices) {
    const std::string role = d.is_default_input && d.is_default_output ? "default"
                             : d.is_default_input                      ? "default input"
                             : d.is_default_output                     ? "default output"
                                                                       : "";
    table.add({std::to_string(d.index), d.api, d.name, std::to_string(d.inputs),
               std::to_string(d.outputs), std::to_string(std::llround(d.rate_hz)) + " Hz",
               milliseconds(std::max(d.input_latency_s, d.output_latency_s)), role});
  }
  table.add({"null", "Faltung", "a clock without a sound card; null:fast does not wait", "any",
             "any", "any", "", ""});
  std::fputs(table.text("").c_str(), stdout);
  if (devices.empty()) {
    Console(options.general).note("no sound devices; a JACK server must run before it is listed");
  }
  return 0;
}

}  // namespace faltung
