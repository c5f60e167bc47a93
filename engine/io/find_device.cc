// Which device a user means.
#include <algorithm>
#include <cctype>

#include "engine/io/device.h"
#include "engine/nd/error.h"

namespace faltung {
namespace {

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// How well a device answers: 0 not at all.
int match(const DeviceInfo& device, const std::string& wanted) {
  const std::string name = lower(device.name), api = lower(device.api), given = lower(wanted);
  if (given == std::to_string(device.index)) return 4;
  if (given == api + ":" + name || given == name) return 3;
  const std::size_t colon = given.find(':');
  if (colon != std::string::npos && api.find(given.substr(0, colon)) != std::string::npos &&
      name.find(given.substr(colon + 1)) != std::string::npos) {
    return 2;
  }
  return name.find(given) != std::string::npos ? 1 : 0;
}

[[noreturn]] void refuse(const std::string& why, const std::vector<DeviceInfo>& devices) {
  std::string text = why;
  for (const DeviceInfo& device : devices) {
    text += "\n  " + std::to_string(device.index) + "  " + device.api + ":" + device.name;
  }
  text += "\n  null  a clock without a sound card";
  throw Error(Code::configuration, text);
}

}  // namespace

DeviceInfo find_device(const std::string& wanted, bool input) {
  std::vector<DeviceInfo> devices = list_devices();
  std::erase_if(devices, [&](const DeviceInfo& d) { return (input ? d.inputs : d.outputs) == 0; });
  const std::string kind = input ? "input" : "output";
  if (devices.empty() && wanted.empty()) refuse("there is no " + kind + " device; allowed:", devices);
  int best = 0;
  std::vector<DeviceInfo> found;
  for (const DeviceInfo& device : devices) {
    const bool is_default = input ? device.is_default_input : device.is_default_output;
    const int value = wanted.empty() ? (is_default ? 1 : 0) : match(device, wanted);
    if (value > best) found.clear();
    best = std::max(best, value);
    if (value > 0 && value == best) found.push_back(device);
  }
  if (found.empty() && wanted.empty()) return devices.front();
  if (found.empty()) refuse("no " + kind + " device '" + wanted + "'; allowed:", devices);
  if (found.size() > 1) refuse("'" + wanted + "' are several " + kind + " devices:", found);
  return found.front();
}

}  // namespace faltung
