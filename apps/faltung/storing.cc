// How an output stores its numbers: what --type and --scale ask for, and what is said about it.
#include "apps/faltung/storing.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <utility>

#include "engine/io/samples.h"

namespace faltung {
namespace {

using Sample = Encoding::Sample;
using Scale = StoringOptions::Scale;

constexpr std::array<std::pair<const char*, Sample>, 8> kTypes{{{"u8", Sample::u8},
                                                                {"u16", Sample::u16},
                                                                {"i8", Sample::s8},
                                                                {"i16", Sample::s16},
                                                                {"i24", Sample::s24},
                                                                {"i32", Sample::s32},
                                                                {"f32", Sample::f32},
                                                                {"f64", Sample::f64}}};

std::string type_text(Sample sample) {
  for (const auto& [text, s] : kTypes) {
    if (s == sample) return text;
  }
  return "text";
}

std::string range_text(double low, double high) {
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), "%g…%g", low, high);
  return text.data();
}

bool read_number(std::string_view text, double& number) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  return result.ec == std::errc() && result.ptr == text.data() + text.size() &&
         std::isfinite(number);
}

// The values from black to white, or to digital full scale, of an input.
std::pair<double, double> full_range(const Encoding& input) {
  const bool is_signed = is_integer(input.sample) && name(input.sample)[0] == 's';
  if (!is_signed) return {0, input.full_scale};
  const double step = input.full_scale / full_scale_of(input.sample);
  return {-input.full_scale, input.full_scale - step};
}

Scaling scaling_for(const Sink::Stored& stored, const Encoding& input,
                    const StoringOptions& options) {
  if (options.scale == Scale::none) return {};
  const auto [low, high] =
      options.scale == Scale::full ? full_range(input) : std::pair(options.low, options.high);
  return Scaling::onto(stored, low, high);
}

Encoding asked_for(const Encoding& like, const StoringOptions& options) {
  Encoding asked = like;
  if (options.type != Sample::none) asked.sample = options.type;
  asked.chunks_per_file = options.chunks_per_file;
  return asked;
}

// Which values became the range of what is stored; of floats 0 … 1, where values changed.
std::string mapping_text(const ScalingSink& sink) {
  const Sink::Stored stored = sink.stored();
  const bool bounded = std::isfinite(stored.high);
  if (!bounded && sink.value_of(0) == 0 && sink.value_of(1) == 1) return "";
  const double low = bounded ? stored.low : 0, high = bounded ? stored.high : 1;
  return ", values " + range_text(sink.value_of(low), sink.value_of(high)) + " as " +
         range_text(low, high);
}

}  // namespace

Sample parse_type(const std::string& text) {
  std::string allowed;
  for (const auto& [type, sample] : kTypes) {
    if (text == type) return sample;
    allowed += std::string(allowed.empty() ? "" : ", ") + type;
  }
  throw Error(Code::configuration, "--type " + text + "; allowed are " + allowed);
}

void parse_scale(const std::string& text, StoringOptions& options) {
  const std::size_t colon = text.find(':');
  options.scale = text == "none" ? Scale::none : text == "full" ? Scale::full : Scale::range;
  if (options.scale != Scale::range) return;
  const std::string_view all = text;
  if (colon != text.npos && read_number(all.substr(0, colon), options.low) &&
      read_number(all.substr(colon + 1), options.high) && options.low < options.high) {
    return;
  }
  throw Error(Code::configuration,
              "--scale " + text + "; allowed are none, full, and LO:HI with LO below HI");
}

Shape parse_chunks_per_file(const std::string& text) {
  Shape counts;
  std::string_view rest = text == "auto" ? "" : text;
  bool good = text == "auto" || !rest.empty();
  while (good && !rest.empty()) {
    Index count = 0;
    const auto [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), count);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    good = problem == std::errc() && count >= 1 && counts.rank() < kMaxRank &&
           (rest.empty() || (rest.front() == 'x' && rest.size() > 1));
    if (good) counts.push_back(count);
    if (good && !rest.empty()) rest.remove_prefix(1);
  }
  if (good) return counts;
  throw Error(Code::configuration,
              "--chunks-per-file " + text +
                  "; allowed are auto, 1, and numbers along the last axes of space, as 8x16");
}

std::string text_of(const StoringOptions& options) {
  std::array<char, 80> range;
  std::snprintf(range.data(), range.size(), " %a:%a", options.low, options.high);
  const std::string scale = std::to_string(static_cast<int>(options.scale));
  return std::string(name(options.type)) + ' ' + scale +
         (options.scale == Scale::range ? range.data() : "");
}

std::unique_ptr<ScalingSink> create_storing(const std::string& path, const Format& format,
                                            const Encoding& like, const StoringOptions& options,
                                            const StoreOptions& store) {
  Encoding asked = asked_for(like, options);
  asked.exact = options.type != Sample::none || options.scale != Scale::container;
  if (!asked.exact) return std::make_unique<ScalingSink>(create_sink(path, format, asked, store));
  if (asked.sample == Sample::none) {
    throw Error(Code::configuration, "--scale needs --type: the input states no type of numbers");
  }
  if (options.scale == Scale::container) {
    return std::make_unique<ScalingSink>(create_sink(path, format, asked, store));
  }
  asked.full_scale = full_scale_of(asked.sample);
  auto sink = create_sink(path, format, asked, store);
  const Scaling scaling = scaling_for(sink->stored(), like, options);
  return std::make_unique<ScalingSink>(std::move(sink), scaling);
}

Index storing_memory_bytes(const std::string& path, const Format& format, const Encoding& like,
                           const StoringOptions& options, Index slab) {
  const Encoding asked = asked_for(like, options);
  const bool scales = options.scale != Scale::container;
  const Index scaled = format.channels * slab * format.inner_size() * size_of(format.type);
  return sink_memory_bytes(path, format, asked) + (scales ? scaled : 0);
}

void note_storing(const Console& console, const std::string& path, const ScalingSink& sink,
                  Sample usual, const StoringOptions& options) {
  const Sample stored = sink.stored().sample;
  const bool asked = options.type != Sample::none || options.scale != Scale::container;
  const bool changed = stored != usual && stored != Sample::none && usual != Sample::none;
  if (asked || changed) {
    console.note(path + ": stored as " + type_text(stored) + mapping_text(sink));
  }
  if (sink.saturated() == 0) return;
  console.note(path + ": " + std::to_string(sink.saturated()) + " of " +
               std::to_string(sink.values()) + " values were beyond " +
               range_text(sink.low(), sink.high()) + " and saturated");
}

}  // namespace faltung
