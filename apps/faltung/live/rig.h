// The parts of a live run, put together as the command line says.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "apps/faltung/live/console.h"
#include "apps/faltung/live/control.h"
#include "apps/faltung/live/ends.h"
#include "apps/faltung/machine.h"

namespace faltung {

// Members are in the order of their making; each is used by those after it.
class LiveRig {
 public:
  LiveRig(const LiveOptions& options, LiveConsole& console);

  void prepare();  // loads and plans the pipeline, decides about the ends; throws Error
  void open();     // opens files and devices and starts: from here on there is sound; throws Error
  std::function<void(const std::string&)> say();

  const LiveOptions options;
  LiveConsole& console;
  Machine machine;
  LiveSource source;
  LiveEnds ends;
  std::unique_ptr<LivePipeline> pipeline;
  std::unique_ptr<LiveEngine> engine;
  std::unique_ptr<Player> player;                       // null: no file or standard input
  std::unique_ptr<Recorder> recorder, standard_output;  // null: not asked for
  std::unique_ptr<TwoClocks> bridge;                    // null: one clock
  std::unique_ptr<CaptureClient> capture_client;
  std::unique_ptr<LiveStream> stream;
  std::unique_ptr<Device> device, capture;  // capture: only where there is a bridge
  std::unique_ptr<LiveControl> control;

 private:
  std::unique_ptr<Recorder> recorder_for(const std::string& path) const;
  double ring_s() const;
  Index most_frames(double latency_s, double rate_hz) const;
  TwoClocks* open_bridge();
  void open_devices(const std::string& name);
  void open_capture(DeviceRequest request);
};

}  // namespace faltung
