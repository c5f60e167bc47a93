// A small LV2 host for tests: one instance through lilv, with a worker that works when it is told.
#pragma once

#include <lilv/lilv.h>
#include <lv2/atom/forge.h>
#include <lv2/atom/util.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/log/log.h>
#include <lv2/options/options.h>
#include <lv2/patch/patch.h>
#include <lv2/state/state.h>
#include <lv2/urid/urid.h>
#include <lv2/worker/worker.h>

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace faltung::guest {

struct HostOptions {
  double rate_hz = 48000;
  std::int32_t nominal_block = 64, most_block = 8192;  // 0: not stated
  bool worker = true;
};

// What the plugin said on its notify port.
struct Answer {
  std::string kind;  // "Set" or "Put"
  std::string path;
};

class TestHost {
 public:
  static constexpr const char* kResponse = "urn:faltung:response";
  static constexpr const char* kPipeline = "urn:faltung:pipeline";

  explicit TestHost(const std::string& uri, const HostOptions& options = {});
  ~TestHost();
  TestHost(const TestHost&) = delete;
  TestHost& operator=(const TestHost&) = delete;

  void activate() { lilv_instance_activate(instance_); }
  void deactivate() { lilv_instance_deactivate(instance_); }

  float& control(const std::string& symbol) { return values_.at(port(symbol)); }
  std::vector<float>& input(std::size_t c) { return audio_.at(inputs_.at(c)); }
  std::vector<float>& output(std::size_t c) { return audio_.at(outputs_.at(c)); }
  std::size_t channels() const { return inputs_.size(); }
  void in_place();  // outputs are written where the inputs are

  // Messages for the next run.
  void set_file(const std::string& path, const char* property = kResponse);
  void get_file();

  // The first allocates nothing beyond what the plugin does: it may stand in a guarded scope.
  void run(std::uint32_t frames) noexcept { lilv_instance_run(instance_, frames); }
  void after_run();   // collects answers and empties the ports for messages
  std::size_t work();  // does what was asked of the worker; how much it was
  void turn(std::uint32_t frames) {
    run(frames);
    after_run();
    work();
  }

  void save(const std::string& folder);
  bool restore(const std::string& folder);  // false: there is no such state

  std::vector<Answer> answers;
  std::string said;  // the log

 private:
  struct Request {
    std::array<char, 8192> data;
    std::uint32_t size = 0;
  };

  std::uint32_t port(const std::string& symbol) const;
  void make_features(const HostOptions& options);
  void connect_ports();
  void empty_messages();
  void read_answer(const LV2_Atom_Object* message);
  LV2_URID urid(const char* uri) { return map_.map(map_.handle, uri); }
  static LV2_Worker_Status schedule(LV2_Worker_Schedule_Handle self, std::uint32_t size,
                                    const void* data);

  LilvWorld* world_;
  const LilvPlugin* plugin_ = nullptr;
  LilvInstance* instance_ = nullptr;

  std::mutex mapping_;  // any thread may map
  std::map<std::string, LV2_URID> urids_;
  std::deque<std::string> uris_;  // their texts stay where they are
  LV2_URID_Map map_{};
  LV2_URID_Unmap unmap_{};
  LV2_Log_Log log_{};
  LV2_Worker_Schedule schedule_{};
  std::int32_t nominal_ = 0, most_ = 0;
  std::vector<LV2_Options_Option> options_;
  std::vector<LV2_Feature> features_;
  std::vector<const LV2_Feature*> feature_list_;

  std::vector<float> values_;
  std::vector<std::vector<float>> audio_;
  std::vector<std::uint32_t> inputs_, outputs_;
  std::uint32_t messages_port_ = 0, answers_port_ = 0;
  alignas(8) std::array<std::uint8_t, 8192> messages_{}, notify_{};
  LV2_Atom_Forge forge_{};
  LV2_Atom_Forge_Frame sequence_{};
  std::vector<Request> requests_;  // room for all, so that scheduling allocates nothing
  std::size_t requested_ = 0;
};

}  // namespace faltung::guest
