// Sound devices: who calls a live stream, when, and with what.
//
// A device calls its client with samples that came in and room for samples that go out, as many
// frames as it likes. The real ones are PortAudio's; `null` is a clock without a sound card.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/nd/shape.h"

namespace faltung {

struct DeviceInfo {
  int index = 0;
  std::string name;  // "system"
  std::string api;   // "JACK Audio Connection Kit", "ALSA", …
  Index inputs = 0, outputs = 0;  // channels, at most
  double rate_hz = 0;             // its own
  double input_latency_s = 0, output_latency_s = 0;
  bool is_default_input = false, is_default_output = false;
};

// What JACK calls us; to be said before anything else here.
void name_client(const std::string& name);

// Everything PortAudio sees. Throws Error{failure} where it cannot be started.
std::vector<DeviceInfo> list_devices();

// By index, "API:name", name, or a part of a name that only one device has, in any case of letters;
// "" is the default:
// JACK's where a server runs. `channels` > 0 in the direction that is asked for.
// Throws Error{configuration} listing the devices.
DeviceInfo find_device(const std::string& wanted, bool input);

struct DeviceCall {
  const float* const* in = nullptr;  // one array for each input channel; null: none
  float* const* out = nullptr;       // the same for output
  Index frames = 0;
  bool input_lost = false;   // frames were lost before these (overflow, xrun)
  bool output_lost = false;  // a gap was heard before these (underflow, xrun)
};

// The audio thread's. Must not allocate, lock, call the system, throw or wait.
class DeviceClient {
 public:
  virtual ~DeviceClient() = default;
  virtual void call(const DeviceCall& call) noexcept = 0;

  // Asked by a clock without a card that runs as fast as it can, which may wait.
  virtual bool is_ready(Index frames) noexcept {
    (void)frames;
    return true;
  }
};

enum class Priority { unknown, normal, real_time };

class Device {
 public:
  enum class State { running, stopped, lost };

  // Stops, except where that might hang: a server that is gone is left alone.
  virtual ~Device() = default;

  virtual void start() = 0;  // throws Error{device_lost}
  // Returns when no call is under way and none will come.
  virtual void stop() noexcept = 0;
  virtual State state() noexcept = 0;

  virtual double rate_hz() const noexcept = 0;
  virtual double input_latency_s() const noexcept = 0;   // as the device tells; 0: it does not
  virtual double output_latency_s() const noexcept = 0;
  virtual Priority priority() const noexcept = 0;        // of the calling thread, once it called
  // Whether closing after a loss could hang, so that the process had better end without it.
  virtual bool must_be_abandoned() const noexcept { return false; }
};

struct DeviceRequest {
  std::string input, output;          // as find_device takes them
  Index inputs = 0, outputs = 0;      // channels; 0: not this direction
  double rate_hz = 0;                 // 0: the device's own
  Index block = 0;                    // frames; 0: the device's own
};

// One stream in both directions, or in one. Throws Error{configuration} for what the device cannot
// do, naming what it can; Error{device_lost} where it cannot be opened.
std::unique_ptr<Device> open_device(const DeviceRequest& request, DeviceClient& client);

struct NullRequest {
  Index inputs = 0, outputs = 0;
  double rate_hz = 48000;
  Index block = 256;
  bool paced = true;  // in real time; else as fast as the client is ready
};

// Calls with silence, drops what comes out. A paced one that is called too late by more than a
// block skips the time and says that input and output were lost.
std::unique_ptr<Device> open_null_device(const NullRequest& request, DeviceClient& client);

}  // namespace faltung
