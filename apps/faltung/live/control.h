// Changes a live run from outside: reloads files that have changed and obeys the control socket.
//
// A thread of its own prepares what is new, so that neither the audio thread nor the one that
// watches the device ever waits for it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "apps/faltung/live/control_socket.h"
#include "apps/faltung/live/report.h"
#include "apps/faltung/live/source.h"
#include "apps/faltung/live/stream.h"

namespace faltung {

// What the control thread works on; everything outlives it.
struct LiveParts {
  LiveSource* source = nullptr;
  LivePipeline* pipeline = nullptr;
  LiveEngine* engine = nullptr;
  LiveStream* stream = nullptr;
  std::function<void(const std::string&)> say;  // to the user; any thread
  std::function<void()> quit;                   // any thread
};

class LiveControl {
 public:
  // `socket` may be "": none. Throws what ControlSocket throws.
  LiveControl(const LiveParts& parts, const std::string& socket, bool watch, double fade_ms);
  ~LiveControl();

  void reload() noexcept { reload_ = true; }  // as soon as possible, if anything has changed
  Index reloads() const noexcept { return reloads_; }
  void tell(const LiveReport& report);        // what `status` and `meters` answer

 private:
  void run();
  void look_at_files();
  void replace(double fade_ms);  // throws Error, with everything as before
  void collect();
  std::string answer(const std::string& line) noexcept;
  std::string obey(const std::vector<std::string>& words);
  std::string swap(const std::vector<std::string>& words);
  std::string open_pipeline(const std::string& file);
  std::string toggle(const std::vector<std::string>& words);
  std::string list() const;
  const Control& find(const std::string& path) const;
  std::string set(const std::string& path, const std::string& value);

  LiveParts parts_;
  bool watch_;
  double fade_ms_;
  std::optional<ControlSocket> socket_;
  std::uint64_t ticket_ = 0;      // of the last replacement
  std::uint64_t unlatching_ = 0;  // unmutes once this one is heard; 0: none
  // Parameters that were set: kept when a pipeline is replaced, unless its file says something new.
  struct Override {
    double value, in_file;
  };
  std::map<std::string, Override> values_;
  std::mutex mutex_;
  LiveReport report_;
  std::atomic<bool> running_{true}, reload_{false};
  std::atomic<Index> reloads_{0};
  std::thread thread_;
};

}  // namespace faltung
