// The table of plugins, and the one function that the library exports.
#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>

#include "engine/io/trial.h"
#include "plugins/lv2/plugin.h"

namespace faltung::lv2 {
namespace {

constexpr const char* kResponse = "urn:faltung:response";
constexpr const char* kPipeline = "urn:faltung:pipeline";

const Kind kKinds[] = {
    {"urn:faltung:convolver-mono", kResponse, 1, convolver_stage, 0},
    {"urn:faltung:convolver-stereo", kResponse, 2, convolver_stage, 0},
    {"urn:faltung:convolver-true-stereo", kResponse, 2, true_stereo_stage, 3},
    {"urn:faltung:pipeline-mono", kPipeline, 1, pipeline_stage, 0},
    {"urn:faltung:pipeline-stereo", kPipeline, 2, pipeline_stage, 0},
};
constexpr std::uint32_t kCount = std::size(kKinds);

Plugin& plugin(LV2_Handle handle) { return *static_cast<Plugin*>(handle); }

// Null where it cannot be, as hosts expect.
LV2_Handle instantiate(const LV2_Descriptor* descriptor, double rate_hz, const char*,
                       const LV2_Feature* const* features) {
  forgo_trials();  // the host has audio threads
  for (const Kind& kind : kKinds) {
    if (kind.uri != descriptor->URI) continue;
    try {
      return std::make_unique<Plugin>(kind, rate_hz, features).release();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s: %s\n", kind.uri, error.what());
    }
  }
  return nullptr;
}

LV2_Worker_Status work(LV2_Handle handle, LV2_Worker_Respond_Function, LV2_Worker_Respond_Handle,
                       std::uint32_t size, const void* data) {
  return plugin(handle).work(data, size);
}

// Nothing is answered this way: restoring, which may come from elsewhere, has the same news.
LV2_Worker_Status work_response(LV2_Handle, std::uint32_t, const void*) {
  return LV2_WORKER_SUCCESS;
}

LV2_State_Status save(LV2_Handle handle, LV2_State_Store_Function store, LV2_State_Handle state,
                      std::uint32_t, const LV2_Feature* const* features) {
  return plugin(handle).save(store, state, features);
}

LV2_State_Status restore(LV2_Handle handle, LV2_State_Retrieve_Function retrieve,
                         LV2_State_Handle state, std::uint32_t,
                         const LV2_Feature* const* features) {
  return plugin(handle).restore(retrieve, state, features);
}

const void* extension_data(const char* uri) {
  static const LV2_Worker_Interface kWorker{work, work_response, nullptr};
  static const LV2_State_Interface kState{save, restore};
  if (std::string(uri) == LV2_WORKER__interface) return &kWorker;
  if (std::string(uri) == LV2_STATE__interface) return &kState;
  return nullptr;
}

LV2_Descriptor descriptor_of(const Kind& kind) {
  return {kind.uri,
          instantiate,
          [](LV2_Handle h, std::uint32_t port, void* data) { plugin(h).connect(port, data); },
          [](LV2_Handle h) { plugin(h).activate(); },
          [](LV2_Handle h, std::uint32_t frames) { plugin(h).run(frames); },
          [](LV2_Handle h) { plugin(h).deactivate(); },
          [](LV2_Handle h) { delete &plugin(h); },
          extension_data};
}

}  // namespace
}  // namespace faltung::lv2

LV2_SYMBOL_EXPORT const LV2_Descriptor* lv2_descriptor(std::uint32_t index) {
  using namespace faltung::lv2;
  static const auto descriptors = [] {
    std::array<LV2_Descriptor, kCount> all;
    std::transform(std::begin(kKinds), std::end(kKinds), all.begin(), descriptor_of);
    return all;
  }();
  return index < kCount ? &descriptors[index] : nullptr;
}
