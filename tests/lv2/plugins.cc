// Test plugins: each needs or does one thing that a host must get right (bundle/plugins.ttl).
#include <lv2/atom/atom.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/core/lv2.h>
#include <lv2/log/log.h>
#include <lv2/options/options.h>
#include <lv2/state/state.h>
#include <lv2/urid/urid.h>
#include <lv2/worker/worker.h>

#include <pthread.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <limits>
#include <string>

namespace {

template <class T>
T* feature(const LV2_Feature* const* features, const char* uri) {
  for (; *features; ++features) {
    if (std::strcmp((*features)->URI, uri) == 0) return static_cast<T*>((*features)->data);
  }
  return nullptr;
}

bool has(const LV2_Feature* const* features, const char* uri) {
  for (; *features; ++features) {
    if (std::strcmp((*features)->URI, uri) == 0) return true;
  }
  return false;
}

// What every plugin is; a plugin of its own adds run and what else it needs.
struct Plugin {
  std::array<void*, 10> ports{};
  float* audio(std::size_t port) const { return static_cast<float*>(ports[port]); }
  float& control(std::size_t port) const { return *static_cast<float*>(ports[port]); }

  bool start(const LV2_Feature* const*) { return true; }
  void activate() {}
  static const void* extension(const char*) { return nullptr; }
};

// out[n] = gain · in[n − frames], and says so; tells the log about every run, as LV2 allows.
struct Delay : Plugin {
  std::array<float, 2048> past{};
  std::size_t at = 0;
  LV2_Log_Log* log = nullptr;
  LV2_URID trace = 0;

  bool start(const LV2_Feature* const* features) {
    auto* map = feature<LV2_URID_Map>(features, LV2_URID__map);
    log = feature<LV2_Log_Log>(features, LV2_LOG__log);
    trace = map->map(map->handle, LV2_LOG__Trace);
    return true;
  }

  void activate() {
    past.fill(0);
    at = 0;
  }
  void run(std::uint32_t count) {
    const auto frames = static_cast<std::size_t>(control(2));
    if (log) log->printf(log->handle, trace, "%u frames\n", count);
    for (std::uint32_t n = 0; n < count; ++n) {
      past[at % past.size()] = audio(0)[n];
      audio(1)[n] = control(3) * past[(at + past.size() - frames) % past.size()];
      ++at;
    }
    control(4) = control(2);
    control(6) = control(5);
  }
};

// Counts runs that are not what was promised.
struct Fixed : Plugin {
  std::uint32_t least = 0, most = 0, faults = 0;

  bool start(const LV2_Feature* const* features) {
    auto* map = feature<LV2_URID_Map>(features, LV2_URID__map);
    auto* option = feature<LV2_Options_Option>(features, LV2_OPTIONS__options);
    if (!map || !option || !has(features, LV2_BUF_SIZE__fixedBlockLength) ||
        !has(features, LV2_BUF_SIZE__powerOf2BlockLength)) {
      return false;
    }
    for (; option->key; ++option) {
      const auto read = [&](const char* uri, std::uint32_t* to) {
        if (option->key == map->map(map->handle, uri)) std::memcpy(to, option->value, sizeof *to);
      };
      read(LV2_BUF_SIZE__minBlockLength, &least);
      read(LV2_BUF_SIZE__maxBlockLength, &most);
    }
    return least > 0 && least == most;
  }
  void run(std::uint32_t count) {
    if (count != most || (count & (count - 1)) != 0) ++faults;
    for (std::uint32_t n = 0; n < count; ++n) audio(1)[n] = 2 * audio(0)[n];
    control(2) = static_cast<float>(faults);
  }
};

// Multiplies by the level of its state, or ten times what was asked for: the worker says how much.
struct Worker : Plugin {
  LV2_Worker_Schedule* schedule = nullptr;
  LV2_URID_Map* map = nullptr;
  float factor = 1, asked = 0, runs = 0, ends = 0, elsewhere = 0;
  pthread_t runner{}, worked{};

  bool start(const LV2_Feature* const* features) {
    schedule = feature<LV2_Worker_Schedule>(features, LV2_WORKER__schedule);
    map = feature<LV2_URID_Map>(features, LV2_URID__map);
    return schedule && map;
  }
  void run(std::uint32_t count) {
    runner = pthread_self();
    ++runs;
    if (control(2) != asked) {
      asked = control(2);
      schedule->schedule_work(schedule->handle, sizeof asked, &asked);
    }
    for (std::uint32_t n = 0; n < count; ++n) audio(1)[n] = factor * audio(0)[n];
    control(3) = factor;
    control(4) = elsewhere;
    control(5) = runs - 1 - ends;
  }

  struct Answer {
    float factor;
    pthread_t thread;
  };
  static LV2_Worker_Status work(LV2_Handle, LV2_Worker_Respond_Function respond,
                                LV2_Worker_Respond_Handle handle, std::uint32_t size,
                                const void* data) {
    float value = 0;
    if (size != sizeof value) return LV2_WORKER_ERR_UNKNOWN;
    std::memcpy(&value, data, size);
    const Answer answer{10 * value, pthread_self()};
    return respond(handle, sizeof answer, &answer);
  }
  static LV2_Worker_Status hear(LV2_Handle handle, std::uint32_t, const void* data) {
    auto& me = *static_cast<Worker*>(handle);
    Answer answer{};
    std::memcpy(&answer, data, sizeof answer);
    me.factor = answer.factor;
    me.elsewhere = pthread_equal(answer.thread, me.runner) ? 0 : 1;
    return LV2_WORKER_SUCCESS;
  }
  static LV2_Worker_Status end_run(LV2_Handle handle) {
    ++static_cast<Worker*>(handle)->ends;
    return LV2_WORKER_SUCCESS;
  }

  // The level is a number, or stands in a file of the state.
  static LV2_State_Status restore(LV2_Handle handle, LV2_State_Retrieve_Function retrieve,
                                  LV2_State_Handle state, std::uint32_t,
                                  const LV2_Feature* const* features) {
    auto& me = *static_cast<Worker*>(handle);
    const auto find = [&](const char* key) {
      std::size_t size = 0;
      std::uint32_t type = 0, flags = 0;
      return retrieve(state, me.map->map(me.map->handle, key), &size, &type, &flags);
    };
    if (const void* level = find("urn:faltung:test:level")) {
      std::memcpy(&me.factor, level, sizeof me.factor);
    }
    auto* paths = feature<LV2_State_Map_Path>(features, LV2_STATE__mapPath);
    auto* freed = feature<LV2_State_Free_Path>(features, LV2_STATE__freePath);
    if (const void* file = find("urn:faltung:test:file"); file && paths && freed) {
      char* path = paths->absolute_path(paths->handle, static_cast<const char*>(file));
      std::ifstream(path) >> me.factor;
      freed->free_path(freed->handle, path);
    }
    return LV2_STATE_SUCCESS;
  }
  static const void* extension(const char* uri) {
    static const LV2_Worker_Interface worker{work, hear, end_run};
    static const LV2_State_Interface state{nullptr, restore};
    if (std::strcmp(uri, LV2_WORKER__interface) == 0) return &worker;
    return std::strcmp(uri, LV2_STATE__interface) == 0 ? &state : nullptr;
  }
};

// The right side is not a number when bad.
struct Broken : Plugin {
  void run(std::uint32_t count) {
    for (std::uint32_t n = 0; n < count; ++n) {
      audio(2)[n] = audio(0)[n];
      audio(3)[n] = control(4) > 0 && n == count / 2 ? std::numeric_limits<float>::quiet_NaN()
                                                     : audio(1)[n];
    }
  }
};

// out = in + 2 · side + cv_in, and spare + 1/4 where that is connected; adds up what is wrong with
// its ports and features.
struct Ports : Plugin {
  LV2_URID sequence = 0;
  int faults = 0;

  bool start(const LV2_Feature* const* features) {
    auto* map = feature<LV2_URID_Map>(features, LV2_URID__map);
    auto* unmap = feature<LV2_URID_Unmap>(features, LV2_URID__unmap);
    auto* log = feature<LV2_Log_Log>(features, LV2_LOG__log);
    sequence = map->map(map->handle, LV2_ATOM__Sequence);
    const char* back = unmap->unmap(unmap->handle, sequence);
    if (!back || std::strcmp(back, LV2_ATOM__Sequence) != 0) faults |= 1;
    log->printf(log->handle, map->map(map->handle, LV2_LOG__Warning), "beware of %s\n", "tests");
    auto* make = feature<LV2_State_Make_Path>(features, LV2_STATE__makePath);
    auto* freed = feature<LV2_State_Free_Path>(features, LV2_STATE__freePath);
    char* path = make->path(make->handle, "a/scratch.txt");
    if (!path || !(std::ofstream(path) << "x")) faults |= 2;
    if (path) freed->free_path(freed->handle, path);
    return true;
  }
  void run(std::uint32_t count) {
    int wrong = faults;
    const auto& in = *static_cast<LV2_Atom_Sequence*>(ports[6]);
    auto& out = *static_cast<LV2_Atom_Sequence*>(ports[7]);
    if (in.atom.type != sequence || in.atom.size != sizeof(LV2_Atom_Sequence_Body)) wrong |= 4;
    if (out.atom.size < 40000 - sizeof(LV2_Atom)) wrong |= 8;
    std::memset(&out + 1, 1, out.atom.size - sizeof out.body);  // all of it is ours
    out.atom = {sizeof(LV2_Atom_Sequence_Body), sequence};
    if (ports[8]) wrong |= 16;
    for (std::uint32_t n = 0; n < count; ++n) {
      audio(5)[n] = 1;
      const float spare = ports[2] ? audio(2)[n] + 0.25f : 0;
      audio(3)[n] = audio(0)[n] + 2 * audio(1)[n] + audio(4)[n] + spare;
    }
    control(9) = static_cast<float>(wrong);
  }
};

struct Silent : Plugin {
  void run(std::uint32_t) {}
};

template <class P>
LV2_Descriptor descriptor(const char* uri) {
  return {uri,
          [](const LV2_Descriptor*, double, const char*, const LV2_Feature* const* features) {
            auto* plugin = new P;
            if (plugin->start(features)) return static_cast<LV2_Handle>(plugin);
            delete plugin;
            return static_cast<LV2_Handle>(nullptr);
          },
          [](LV2_Handle p, std::uint32_t port, void* memory) {
            static_cast<P*>(p)->ports[port] = memory;
          },
          [](LV2_Handle p) { static_cast<P*>(p)->activate(); },
          [](LV2_Handle p, std::uint32_t count) { static_cast<P*>(p)->run(count); },
          [](LV2_Handle) {},
          [](LV2_Handle p) { delete static_cast<P*>(p); },
          P::extension};
}

}  // namespace

extern "C" LV2_SYMBOL_EXPORT const LV2_Descriptor* lv2_descriptor(std::uint32_t index) {
  static const std::array<LV2_Descriptor, 7> all = {
      descriptor<Delay>("urn:faltung:test:delay"),   descriptor<Fixed>("urn:faltung:test:fixed"),
      descriptor<Worker>("urn:faltung:test:worker"), descriptor<Broken>("urn:faltung:test:broken"),
      descriptor<Ports>("urn:faltung:test:ports"),   descriptor<Silent>("urn:faltung:test:events"),
      descriptor<Silent>("urn:faltung:test:needy")};
  return index < all.size() ? &all[index] : nullptr;
}
