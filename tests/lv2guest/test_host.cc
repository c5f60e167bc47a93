// A small LV2 host for tests.
#include "tests/lv2guest/test_host.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace faltung::guest {
namespace {

constexpr std::size_t kMostRequests = 64;
constexpr std::size_t kMostFrames = 65536;

int log_text(LV2_Log_Handle said, LV2_URID, const char* format, va_list arguments) {
  char text[4096];
  const int size = std::vsnprintf(text, sizeof text, format, arguments);
  *static_cast<std::string*>(said) += text;
  return size;
}

int log_line(LV2_Log_Handle said, LV2_URID type, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int size = log_text(said, type, format, arguments);
  va_end(arguments);
  return size;
}

LV2_Worker_Status no_response(LV2_Worker_Respond_Handle, std::uint32_t, const void*) {
  return LV2_WORKER_SUCCESS;
}

}  // namespace

TestHost::TestHost(const std::string& uri, const HostOptions& options)
    : world_(lilv_world_new()), requests_(kMostRequests) {
  lilv_world_load_all(world_);
  LilvNode* node = lilv_new_uri(world_, uri.c_str());
  plugin_ = lilv_plugins_get_by_uri(lilv_world_get_all_plugins(world_), node);
  lilv_node_free(node);
  if (!plugin_) throw std::runtime_error("no plugin " + uri);
  make_features(options);
  instance_ = lilv_plugin_instantiate(plugin_, options.rate_hz, feature_list_.data());
  if (!instance_) throw std::runtime_error("cannot instantiate " + uri);
  connect_ports();
  lv2_atom_forge_init(&forge_, &map_);
  empty_messages();
}

TestHost::~TestHost() {
  lilv_instance_free(instance_);
  lilv_world_free(world_);
}

void TestHost::make_features(const HostOptions& options) {
  map_ = {this, [](LV2_URID_Map_Handle self, const char* uri) {
            auto& me = *static_cast<TestHost*>(self);
            const std::lock_guard lock(me.mapping_);
            const auto [at, fresh] =
                me.urids_.try_emplace(uri, static_cast<LV2_URID>(me.urids_.size() + 1));
            if (fresh) me.uris_.push_back(uri);
            return at->second;
          }};
  unmap_ = {this, [](LV2_URID_Unmap_Handle self, LV2_URID id) -> const char* {
              auto& me = *static_cast<TestHost*>(self);
              const std::lock_guard lock(me.mapping_);
              const auto& uris = me.uris_;
              return id > 0 && id <= uris.size() ? uris[id - 1].c_str() : nullptr;
            }};
  log_ = {&said, log_line, log_text};
  schedule_ = {this, schedule};
  nominal_ = options.nominal_block;
  most_ = options.most_block;
  const auto add = [&](const char* key, const std::int32_t* value) {
    if (*value > 0) {
      options_.push_back({LV2_OPTIONS_INSTANCE, 0, urid(key), sizeof *value,
                          urid(LV2_ATOM__Int), value});
    }
  };
  add(LV2_BUF_SIZE__nominalBlockLength, &nominal_);
  add(LV2_BUF_SIZE__maxBlockLength, &most_);
  options_.push_back({LV2_OPTIONS_INSTANCE, 0, 0, 0, 0, nullptr});
  features_ = {{LV2_URID__map, &map_},
               {LV2_URID__unmap, &unmap_},
               {LV2_LOG__log, &log_},
               {LV2_OPTIONS__options, options_.data()},
               {LV2_BUF_SIZE__boundedBlockLength, nullptr},
               {LV2_STATE__threadSafeRestore, nullptr}};
  if (options.worker) features_.push_back({LV2_WORKER__schedule, &schedule_});
  for (const LV2_Feature& feature : features_) feature_list_.push_back(&feature);
  feature_list_.push_back(nullptr);
}

void TestHost::connect_ports() {
  const std::uint32_t count = lilv_plugin_get_num_ports(plugin_);
  values_.resize(count);
  audio_.resize(count);
  std::vector<float> defaults(count);
  lilv_plugin_get_port_ranges_float(plugin_, nullptr, nullptr, defaults.data());
  const auto is = [&](const LilvPort* one, const char* uri) {
    LilvNode* node = lilv_new_uri(world_, uri);
    const bool result = lilv_port_is_a(plugin_, one, node);
    lilv_node_free(node);
    return result;
  };
  for (std::uint32_t p = 0; p < count; ++p) {
    const LilvPort* one = lilv_plugin_get_port_by_index(plugin_, p);
    const bool in = is(one, LILV_URI_INPUT_PORT);
    if (is(one, LILV_URI_AUDIO_PORT)) {
      audio_[p].assign(kMostFrames, 0);
      (in ? inputs_ : outputs_).push_back(p);
      lilv_instance_connect_port(instance_, p, audio_[p].data());
    } else if (is(one, LILV_URI_CONTROL_PORT)) {
      values_[p] = in ? defaults[p] : -1;
      lilv_instance_connect_port(instance_, p, &values_[p]);
    } else {
      (in ? messages_port_ : answers_port_) = p;
      lilv_instance_connect_port(instance_, p, in ? messages_.data() : notify_.data());
    }
  }
}

void TestHost::in_place() {
  for (std::size_t c = 0; c < channels(); ++c) {
    lilv_instance_connect_port(instance_, outputs_[c], input(channels() - 1 - c).data());
  }
}

std::uint32_t TestHost::port(const std::string& symbol) const {
  LilvNode* node = lilv_new_string(world_, symbol.c_str());
  const LilvPort* one = lilv_plugin_get_port_by_symbol(plugin_, node);
  lilv_node_free(node);
  if (!one) throw std::runtime_error("no port " + symbol);
  return lilv_port_get_index(plugin_, one);
}

void TestHost::empty_messages() {
  lv2_atom_forge_set_buffer(&forge_, messages_.data(), messages_.size());
  lv2_atom_forge_sequence_head(&forge_, &sequence_, 0);
  auto* notify = reinterpret_cast<LV2_Atom*>(notify_.data());
  *notify = {static_cast<std::uint32_t>(notify_.size() - sizeof(LV2_Atom)), urid(LV2_ATOM__Chunk)};
}

void TestHost::set_file(const std::string& path, const char* property) {
  LV2_Atom_Forge_Frame message;
  lv2_atom_forge_frame_time(&forge_, 0);
  lv2_atom_forge_object(&forge_, &message, 0, urid(LV2_PATCH__Set));
  lv2_atom_forge_key(&forge_, urid(LV2_PATCH__property));
  lv2_atom_forge_urid(&forge_, urid(property));
  lv2_atom_forge_key(&forge_, urid(LV2_PATCH__value));
  lv2_atom_forge_path(&forge_, path.c_str(), static_cast<std::uint32_t>(path.size()));
  lv2_atom_forge_pop(&forge_, &message);
}

void TestHost::get_file() {
  LV2_Atom_Forge_Frame message;
  lv2_atom_forge_frame_time(&forge_, 0);
  lv2_atom_forge_object(&forge_, &message, 0, urid(LV2_PATCH__Get));
  lv2_atom_forge_pop(&forge_, &message);
}

void TestHost::after_run() {
  const auto* sequence = reinterpret_cast<const LV2_Atom_Sequence*>(notify_.data());
  if (sequence->atom.type != urid(LV2_ATOM__Sequence)) throw std::runtime_error("no sequence");
  LV2_ATOM_SEQUENCE_FOREACH(sequence, event) {
    read_answer(reinterpret_cast<const LV2_Atom_Object*>(&event->body));
  }
  empty_messages();
}

void TestHost::read_answer(const LV2_Atom_Object* message) {
  const LV2_Atom *property = nullptr, *value = nullptr, *body = nullptr;
  lv2_atom_object_get(message, urid(LV2_PATCH__property), &property, urid(LV2_PATCH__value), &value,
                      urid(LV2_PATCH__body), &body, 0);
  const bool put = message->body.otype == urid(LV2_PATCH__Put);
  if (put && body) {
    const auto* properties = reinterpret_cast<const LV2_Atom_Object*>(body);
    LV2_ATOM_OBJECT_FOREACH(properties, one) { value = &one->value; }
  }
  if (!value || value->type != urid(LV2_ATOM__Path)) throw std::runtime_error("no path in an answer");
  answers.push_back({put ? "Put" : "Set", static_cast<const char*>(LV2_ATOM_BODY_CONST(value))});
}

LV2_Worker_Status TestHost::schedule(LV2_Worker_Schedule_Handle self, std::uint32_t size,
                                     const void* data) {
  auto& me = *static_cast<TestHost*>(self);
  if (me.requested_ == kMostRequests) return LV2_WORKER_ERR_NO_SPACE;
  Request& request = me.requests_[me.requested_++];
  std::memcpy(request.data.data(), data, size);
  request.size = size;
  return LV2_WORKER_SUCCESS;
}

std::size_t TestHost::work() {
  const auto* worker = static_cast<const LV2_Worker_Interface*>(
      lilv_instance_get_extension_data(instance_, LV2_WORKER__interface));
  const std::size_t count = requested_;
  for (std::size_t r = 0; r < count; ++r) {
    worker->work(lilv_instance_get_handle(instance_), no_response, nullptr, requests_[r].size,
                 requests_[r].data.data());
  }
  requested_ = 0;
  return count;
}

void TestHost::save(const std::string& folder) {
  const auto no_value = [](const char*, void*, std::uint32_t* size,
                           std::uint32_t* type) -> const void* {
    *size = *type = 0;
    return nullptr;
  };
  LilvState* state = lilv_state_new_from_instance(
      plugin_, instance_, &map_, nullptr, folder.c_str(), folder.c_str(), folder.c_str(), no_value,
      nullptr, LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE, feature_list_.data());
  lilv_state_set_label(state, "test");
  lilv_state_save(world_, &map_, &unmap_, state, nullptr, folder.c_str(), "state.ttl");
  lilv_state_free(state);
}

bool TestHost::restore(const std::string& folder) {
  LilvState* state =
      lilv_state_new_from_file(world_, &map_, nullptr, (folder + "/state.ttl").c_str());
  if (!state) return false;
  lilv_state_restore(state, instance_, nullptr, nullptr, 0, feature_list_.data());
  lilv_state_free(state);
  return true;
}

}  // namespace faltung::guest
