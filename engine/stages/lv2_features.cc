// What the host offers an LV2 plugin.
#include "engine/stages/lv2_features.h"

#include <atomic>
#include <charconv>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <mutex>
#include <unordered_map>

#include "engine/stages/lv2_api.h"

namespace faltung {
namespace {

class UriNumbers {
 public:
  std::uint32_t number(const char* uri) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto [at, fresh] =
        numbers_.try_emplace(uri, static_cast<std::uint32_t>(uris_.size() + 1));
    if (fresh) uris_.emplace_back(uri);
    return at->second;
  }
  const char* uri(std::uint32_t number) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return number >= 1 && number <= uris_.size() ? uris_[number - 1].c_str() : nullptr;
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::deque<std::string> uris_;  // grows without moving what plugins hold pointers to
};

UriNumbers& uri_numbers() {
  static UriNumbers numbers;
  return numbers;
}

LV2_URID number_of(LV2_URID_Map_Handle, const char* uri) { return uri_numbers().number(uri); }
const char* uri_of(LV2_URID_Unmap_Handle, LV2_URID number) { return uri_numbers().uri(number); }

LV2_URID_Map uri_to_number{nullptr, number_of};
LV2_URID_Unmap number_to_uri{nullptr, uri_of};

struct Log {
  Lv2Features::Note note;
  std::atomic<bool> heard{true};
};

int log_text(LV2_Log_Handle handle, LV2_URID type, const char* format, std::va_list arguments) {
  Log& log = *static_cast<Log*>(handle);
  if (!log.note || !log.heard.load()) return 0;  // first: plugins may log from an audio thread
  const bool matters = type == lv2_uri(LV2_LOG__Error) || type == lv2_uri(LV2_LOG__Warning);
  if (!matters) return 0;
  char text[512];
  const int length = std::vsnprintf(text, sizeof text, format, arguments);
  std::string line = text;
  while (!line.empty() && line.back() == '\n') line.pop_back();
  if (!line.empty()) log.note(line);
  return length;
}

int log_line(LV2_Log_Handle handle, LV2_URID type, const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  const int length = log_text(handle, type, format, arguments);
  va_end(arguments);
  return length;
}

// A folder for files that a plugin makes; there from the first one on, as long as the copy.
class Scratch {
 public:
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }

  char* make_path(const char* name) {
    const std::lock_guard<std::mutex> lock(mutex_);
    namespace fs = std::filesystem;
    std::error_code error;
    if (folder_.empty()) {
      std::string pattern = (fs::temp_directory_path(error) / "faltung-lv2-XXXXXX").string();
      if (error || !mkdtemp(pattern.data())) return nullptr;
      folder_ = pattern;
    }
    const fs::path path = fs::path(folder_) / fs::path(name).relative_path();
    fs::create_directories(path.parent_path(), error);
    return error ? nullptr : strdup(path.c_str());
  }

 private:
  std::mutex mutex_;
  std::string folder_;
};

char* make_path(LV2_State_Make_Path_Handle scratch, const char* name) {
  return static_cast<Scratch*>(scratch)->make_path(name);
}
// Outside of a saved state, paths are what they are.
char* same_path(LV2_State_Map_Path_Handle, const char* path) { return strdup(path); }
void free_path(LV2_State_Free_Path_Handle, char* path) { std::free(path); }

constexpr const char* kOffered[] = {
    LV2_URID__map,
    LV2_URID__unmap,
    LV2_OPTIONS__options,
    LV2_BUF_SIZE__boundedBlockLength,
    LV2_BUF_SIZE__fixedBlockLength,
    LV2_BUF_SIZE__powerOf2BlockLength,
    LV2_LOG__log,
    LV2_STATE__mapPath,
    LV2_STATE__makePath,
    LV2_STATE__freePath,
    LV2_STATE__loadDefaultState,
    LV2_STATE__threadSafeRestore,
    "http://lv2plug.in/ns/ext/worker#schedule",
    LV2_CORE__hardRTCapable,
    LV2_CORE__inPlaceBroken,  // nothing is done in place
    LV2_CORE__isLive,
};

}  // namespace

std::uint32_t lv2_uri(const char* uri) { return uri_numbers().number(uri); }
void* lv2_uri_map() { return &uri_to_number; }

double as_written(float value) {
  char text[32];
  const auto written = std::to_chars(text, text + sizeof text, value);
  double result = static_cast<double>(value);
  std::from_chars(text, written.ptr, result);
  return result;
}

std::optional<double> lv2_number(const void* body, std::uint32_t size, std::uint32_t type) {
  const auto read = [&]<class T>(const char* uri, T value) -> std::optional<double> {
    if (type != lv2_uri(uri) || size != sizeof value) return {};
    std::memcpy(&value, body, sizeof value);
    if constexpr (std::is_same_v<T, float>) return as_written(value);
    return static_cast<double>(value);
  };
  if (const auto value = read(LV2_ATOM__Float, 0.0f)) return value;
  if (const auto value = read(LV2_ATOM__Double, 0.0)) return value;
  if (const auto value = read(LV2_ATOM__Int, std::int32_t{})) return value;
  if (const auto value = read(LV2_ATOM__Bool, std::int32_t{})) return value;
  return read(LV2_ATOM__Long, std::int64_t{});
}

bool lv2_offers(const std::string& feature) {
  for (const char* offered : kOffered) {
    if (feature == offered) return true;
  }
  return false;
}

struct Lv2Features::Inside {
  std::int32_t least, most, sequence = 8192;  // bytes: also of atom ports that ask for nothing
  float rate;
  bool fixed, power_of_two;
  std::array<LV2_Options_Option, 6> options{};  // the last one, all zeros, ends the list
  Log log;
  LV2_Log_Log log_feature{&log, log_line, log_text};
  Scratch scratch;
  LV2_State_Map_Path map_path{nullptr, same_path, same_path};
  LV2_State_Make_Path make{&scratch, make_path};
  LV2_State_Free_Path free{nullptr, free_path};
};

Lv2Features::Lv2Features(double rate_hz, const Lv2Blocks& blocks, Note note)
    : inside_(std::make_unique<Inside>()) {
  Inside& in = *inside_;
  in.least = static_cast<std::int32_t>(blocks.least);
  in.most = static_cast<std::int32_t>(blocks.most);
  in.rate = static_cast<float>(rate_hz);
  in.fixed = blocks.fixed();
  in.power_of_two = blocks.fixed() && (blocks.most & (blocks.most - 1)) == 0;
  in.log.note = std::move(note);
  const auto option = [](const char* key, const char* type, const void* value) {
    return LV2_Options_Option{LV2_OPTIONS_INSTANCE, 0, lv2_uri(key), 4, lv2_uri(type), value};
  };
  in.options = {option(LV2_BUF_SIZE__minBlockLength, LV2_ATOM__Int, &in.least),
                option(LV2_BUF_SIZE__maxBlockLength, LV2_ATOM__Int, &in.most),
                option(LV2_BUF_SIZE__nominalBlockLength, LV2_ATOM__Int, &in.most),
                option(LV2_BUF_SIZE__sequenceSize, LV2_ATOM__Int, &in.sequence),
                option(LV2_PARAMETERS__sampleRate, LV2_ATOM__Float, &in.rate),
                LV2_Options_Option{}};
}

Lv2Features::~Lv2Features() = default;

std::vector<Lv2Feature> Lv2Features::list() const {
  Inside& in = *inside_;
  std::vector<Lv2Feature> all = {{LV2_URID__map, &uri_to_number},
                                 {LV2_URID__unmap, &number_to_uri},
                                 {LV2_OPTIONS__options, in.options.data()},
                                 {LV2_BUF_SIZE__boundedBlockLength, nullptr},
                                 {LV2_LOG__log, &in.log_feature},
                                 {LV2_STATE__mapPath, &in.map_path},
                                 {LV2_STATE__makePath, &in.make},
                                 {LV2_STATE__freePath, &in.free},
                                 {LV2_STATE__loadDefaultState, nullptr},
                                 {LV2_STATE__threadSafeRestore, nullptr}};
  if (in.fixed) all.push_back({LV2_BUF_SIZE__fixedBlockLength, nullptr});
  if (in.power_of_two) all.push_back({LV2_BUF_SIZE__powerOf2BlockLength, nullptr});
  return all;
}

void Lv2Features::quieten() { inside_->log.heard.store(false); }

}  // namespace faltung
