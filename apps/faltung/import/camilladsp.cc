// CamillaDSP configurations, versions 0 to 4: a pipeline of filters and mixers over channels that
// count from 0.
#include <algorithm>
#include <filesystem>

#include "apps/faltung/import/camilladsp_filter.h"
#include "apps/faltung/import/channel_steps.h"
#include "apps/faltung/import/formats.h"
#include "apps/faltung/import/writer.h"
#include "engine/io/source.h"
#include "engine/nd/suggestion.h"
#include "engine/pipeline/yaml.h"

namespace faltung {
namespace {

using Channels = std::vector<std::size_t>;

constexpr Index kMostChannels = 1024;

const std::vector<std::string> kDeviceKeys = {
    "samplerate", "chunksize", "queuelimit", "silence_threshold", "silence_timeout", "capture",
    "playback", "enable_rate_adjust", "target_level", "adjust_period", "resampler",
    "capture_samplerate", "stop_on_rate_change", "rate_measure_interval", "volume_ramp_time",
    "volume_limit", "multithreaded", "worker_threads",
    // until version 1
    "enable_resampling", "resampler_type"};

class Reader {
 public:
  Reader(const std::string& text, const std::string& path)
      : at_(path),
        root_(parse_yaml(text, path)),
        folder_(std::filesystem::path(path).parent_path().string()),
        context_{at_, 0, "", folder_, files_} {}

  ImportedPipeline read() {
    at_.check_keys(
        root_, "the configuration",
        {"title", "description", "devices", "filters", "mixers", "processors", "pipeline"});
    read_devices(at_.required(root_, "the configuration", "devices"));
    ChannelSteps steps(channels_);
    if (const Node* pipeline = camilla_value(root_, "pipeline")) {
      if (pipeline->kind != Node::Kind::list) at_.refuse(*pipeline, "expected a list of steps");
      for (const Node& step : pipeline->items) read_step(step, steps);
    }
    steps.write(&result_.stages);
    check_playback();
    const std::string remark = files_.remark("CamillaDSP", context_.rate_hz);
    if (!remark.empty()) result_.notes.push_back(remark);
    result_.files = files_.paths();
    return std::move(result_);
  }

 private:
  void note(const std::string& text) { result_.notes.push_back(text); }

  void read_devices(const Node& devices) {
    at_.check_keys(devices, "devices", kDeviceKeys);
    context_.rate_hz =
        static_cast<double>(at_.integer(at_.required(devices, "devices", "samplerate"), 1));
    result_.rate_hz = context_.rate_hz;
    const Node& capture = at_.required(devices, "devices", "capture");
    playback_ = &at_.required(devices, "devices", "playback");
    channels_ = device_channels(capture);
    context_.channels = std::to_string(channels_);
    note("capture: " + device_text(capture) + "; playback: " + device_text(*playback_));
    for (const char* key : {"capture_samplerate", "silence_threshold", "volume_limit"}) {
      const Node* value = camilla_value(devices, key);
      if (value) note(std::string(key) + " " + value->text + " of the device is not carried over");
    }
  }

  std::size_t device_channels(const Node& device) const {
    const Node* channels = camilla_value(device, "channels");
    if (!channels) return file_channels(device);
    const Index count = at_.integer(*channels, 1);
    if (count > kMostChannels) at_.refuse(*channels, "more than 1024 channels");
    return static_cast<std::size_t>(count);
  }

  // A WAV as the input says by itself how many it has.
  std::size_t file_channels(const Node& device) const {
    const Node& name = at_.required(device, "a device without 'channels'", "filename");
    try {
      return static_cast<std::size_t>(
          open_source(find_response(at_.text(name), folder_), {})->format().channels);
    } catch (const Error& error) {
      throw Error(error.code(), at_.place(name.position) + error.what());
    }
  }

  static std::string device_text(const Node& device) {
    std::string text;
    for (const char* key : {"type", "device", "filename", "format"}) {
      const Node* value = camilla_value(device, key);
      if (value) text += (text.empty() ? "" : " ") + value->text;
    }
    return text;
  }

  void check_playback() {
    const Node* channels = camilla_value(*playback_, "channels");
    if (channels && at_.integer(*channels, 1) != static_cast<Index>(channels_)) {
      at_.refuse(*channels, "playback has " + channels->text +
                                " channels, the pipeline ends with " + std::to_string(channels_));
    }
  }

  bool bypassed(const Node& step) const {
    const Node* value = camilla_value(step, "bypassed");
    return value && at_.flag(*value);
  }

  void read_step(const Node& step, ChannelSteps& steps) {
    const Node& type = at_.required(step, "a step of the pipeline", "type");
    const std::string kind = at_.text(type);
    if (bypassed(step)) {
      return note("line " + std::to_string(type.position.line) + ": a " + kind +
                  " step is bypassed and left out");
    }
    if (kind == "Filter") return read_filters(step, steps);
    if (kind == "Mixer") return read_mixer(step, steps);
    if (kind == "Processor") refuse_processor(step);
    at_.refuse(type, "unknown step '" + kind + "'; allowed: Filter, Mixer");
  }

  [[noreturn]] void refuse_processor(const Node& step) const {
    const Node& name = at_.required(step, "Processor", "name");
    const Node* all = camilla_value(root_, "processors");
    const Node* processor =
        all ? camilla_value(*all, camilla_text(at_.text(name), context_)) : nullptr;
    const Node* type = processor ? camilla_value(*processor, "type") : nullptr;
    at_.refuse(name, "processor '" + name.text + "'" +
                         (type ? " is of type '" + type->text + "', which" : "") +
                         (type ? " no pipeline of ours expresses" : " is not defined"));
  }

  // `section` has what is called so; `what` names it in messages.
  const Node& named(const char* section, const char* what, const Node& name) const {
    const std::string wanted = camilla_text(at_.text(name), context_);
    const Node* all = camilla_value(root_, section);
    const Node* found = all ? camilla_value(*all, wanted) : nullptr;
    if (found) return *found;
    std::vector<std::string> names;
    for (std::size_t i = 0; all && i < all->entries.size(); ++i) {
      names.push_back(all->entries[i].key.text);
    }
    const std::string better = suggestion(wanted, names);
    at_.refuse(name, std::string("there is no ") + what + " '" + wanted + "'" +
                         (better.empty() ? "" : "; did you mean '" + better + "'?"));
  }

  void read_filters(const Node& step, ChannelSteps& steps) {
    at_.check_keys(step, "Filter",
                   {"type", "channel", "channels", "names", "description", "bypassed"});
    const Channels channels = step_channels(step);
    const Node& names = at_.required(step, "Filter", "names");
    if (names.kind != Node::Kind::list) at_.refuse(names, "expected a list of filters");
    for (const Node& name : names.items) {
      const Node& filter = named("filters", "filter", name);
      const auto made = camilla_steps(camilla_text(name.text, context_), filter, context_);
      for (const std::size_t c : channels) steps.add(c, made);
    }
  }

  Channels step_channels(const Node& step) const {
    const Node* one = camilla_value(step, "channel");
    const Node* several = camilla_value(step, "channels");
    if (one && several) at_.refuse(*one, "'channel' and 'channels' exclude each other");
    Channels channels;
    if (one) {
      channels.push_back(channel(*one, channels_));
    } else if (several && several->kind == Node::Kind::list) {
      for (const Node& item : several->items) add_once(channels, item);
    } else if (several) {
      channels.push_back(channel(*several, channels_));
    } else {
      for (std::size_t c = 0; c < channels_; ++c) channels.push_back(c);
    }
    return channels;
  }

  void add_once(Channels& channels, const Node& item) const {
    const std::size_t c = channel(item, channels_);
    if (std::find(channels.begin(), channels.end(), c) != channels.end()) {
      at_.refuse(item, "channel " + std::to_string(c) + " is there twice");
    }
    channels.push_back(c);
  }

  std::size_t channel(const Node& node, std::size_t count) const {
    const Index number = at_.integer(node, 0);
    if (number < static_cast<Index>(count)) return static_cast<std::size_t>(number);
    at_.refuse(node, "channel " + std::to_string(number) + " of " + std::to_string(count) +
                         "; they count from 0");
  }

  void read_mixer(const Node& step, ChannelSteps& steps) {
    at_.check_keys(step, "Mixer", {"type", "name", "description", "bypassed"});
    const Node& name = at_.required(step, "Mixer", "name");
    const Node& mixer = named("mixers", "mixer", name);
    const std::string owner = "mixer '" + name.text + "'";
    at_.check_keys(mixer, owner, {"description", "channels", "mapping", "labels"});
    const Node& counts = at_.required(mixer, owner, "channels");
    at_.check_keys(counts, "channels", {"in", "out"});
    const Node& in = at_.required(counts, "channels", "in");
    const Node& out = at_.required(counts, "channels", "out");
    if (at_.integer(in, 1) != static_cast<Index>(channels_)) {
      at_.refuse(in,
                 owner + " takes " + in.text + " channels, there are " + std::to_string(channels_));
    }
    if (at_.integer(out, 1) > kMostChannels) at_.refuse(out, "more than 1024 channels");
    steps.write(&result_.stages);
    write_mix(mixer, owner, static_cast<std::size_t>(at_.integer(out, 1)));
    steps = ChannelSteps(channels_);
  }

  void write_mix(const Node& mixer, const std::string& owner, std::size_t out) {
    std::vector<std::vector<double>> rows(out, std::vector<double>(channels_, 0));
    std::vector<bool> mapped(out, false);
    const Node& mapping = at_.required(mixer, owner, "mapping");
    if (mapping.kind != Node::Kind::list) at_.refuse(mapping, "expected a list of destinations");
    for (const Node& to : mapping.items) {
      at_.check_keys(to, "mapping", {"dest", "sources", "mute"});
      const Node& dest = at_.required(to, "mapping", "dest");
      const std::size_t row = channel(dest, out);
      if (mapped[row]) at_.refuse(dest, "dest " + dest.text + " is there twice");
      mapped[row] = true;
      read_sources(to, rows[row]);
    }
    ImportedStage stage;
    stage.comments = {"line " + std::to_string(mixer.position.line) + ": " + owner};
    for (const auto& row : rows) {
      stage.settings += (stage.settings.empty() ? "" : ", ") + row_text(row);
    }
    stage.settings = "mix: {matrix: [" + stage.settings + "]}";
    result_.stages.push_back(std::move(stage));
    channels_ = out;
  }

  void read_sources(const Node& to, std::vector<double>& row) const {
    const Node* mute = camilla_value(to, "mute");
    const bool silent = mute && at_.flag(*mute);
    const Node& sources = at_.required(to, "mapping", "sources");
    if (sources.kind == Node::Kind::null) return;
    if (sources.kind != Node::Kind::list) at_.refuse(sources, "expected a list of sources");
    for (const Node& source : sources.items) {
      at_.check_keys(source, "source", {"channel", "gain", "inverted", "mute", "scale"});
      const std::size_t from = channel(at_.required(source, "source", "channel"), channels_);
      if (!silent) row[from] += camilla_gain(source, at_);
    }
  }

  static std::string row_text(const std::vector<double>& row) {
    std::string text;
    for (const double factor : row) text += (text.empty() ? "" : ", ") + imported_number(factor);
    return "[" + text + "]";
  }

  Located at_;
  Node root_;
  std::string folder_;
  ResponseFiles files_;
  CamillaContext context_;
  const Node* playback_ = nullptr;
  std::size_t channels_ = 0;  // after the steps read so far
  ImportedPipeline result_;
};

}  // namespace

bool looks_like_camilladsp(std::string_view text) {
  return text.starts_with("devices:") || text.find("\ndevices:") != std::string_view::npos;
}

ImportedPipeline import_camilladsp(const std::string& text, const std::string& path) {
  return Reader(text, path).read();
}

}  // namespace faltung
