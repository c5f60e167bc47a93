// A BruteFIR configuration with its defaults, checked.
#include "apps/faltung/import_brutefir_config.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <filesystem>
#include <set>

#include "apps/faltung/import_brutefir_values.h"
#include "apps/faltung/import_response.h"
#include "engine/nd/suggestion.h"

namespace faltung {
namespace {

constexpr Index kMostChannels = 256, kMostFilters = 256;
constexpr Index kMostTaps = Index{1} << 30;
constexpr Index kMostDelay = Index{1} << 28;
constexpr double kMostDb = 200;

const std::vector<std::string> kGeneralFields = {
    "sampling_rate", "filter_length", "float_bits", "config_file", "overflow_warnings",
    "show_progress", "max_dither_table_size", "allow_poll_mode", "modules_path", "powersave",
    "monitor_rate", "lock_memory", "sdf_length", "convolver_config", "benchmark", "safety_limit",
    "debug", "n_processors", "logic"};
const std::vector<std::string> kCoeffFields = {"filename", "format", "attenuation",
                                               "blocks", "skip", "shared_mem"};
const std::vector<std::string> kFilterFields = {
    "from_inputs", "inputs", "to_outputs", "outputs", "from_filters", "to_filters",
    "process", "coeff", "delay", "crossfade"};
const std::vector<std::string> kDeviceFields = {
    "device", "sample", "channels", "delay", "subdelay", "maxdelay", "individual_maxdelay",
    "mute", "mapping", "dither", "merge"};

struct SampleName {
  const char* name;  // without _LE, _BE, _NE
  RawSamples format;
};
// S24_4 since version 1.0m: the low bits, as ALSA has them.
constexpr SampleName kSamples[] = {
    {"S8", {.bytes = 1, .bits = 8}},
    {"S16", {.bytes = 2, .bits = 16}},
    {"S24", {.bytes = 3, .bits = 24}},
    {"S24_3", {.bytes = 3, .bits = 24}},
    {"S24_4", {.bytes = 4, .bits = 24}},
    {"S32", {.bytes = 4, .bits = 32}},
    {"FLOAT", {.bytes = 4, .bits = 32, .is_float = true}},
    {"FLOAT64", {.bytes = 8, .bits = 64, .is_float = true}},
};

double factor_of_attenuation(double db) { return std::pow(10.0, -db / 20); }

class Reader {
 public:
  Reader(const BruteFile& file, const BruteFile& defaults)
      : file_(file),
        defaults_(defaults),
        main_(file),
        fallback_(defaults),
        folder_(std::filesystem::path(file.path).parent_path().string()) {}

  BruteConfig read() {
    read_general();
    for (const BruteStructure& structure : file_.structures) {
      if (structure.names.empty()) {
        main_.refuse(structure.line, structure.kind + " needs a name; without one it gives "
                                                      "defaults, which belong into --defaults");
      }
    }
    config_.inputs = read_channels("input");
    config_.outputs = read_channels("output");
    for_each("coeff", [&](const BruteStructure& s) { add_coeff(s); });
    for_each("filter", [&](const BruteStructure& s) { filter_names_.push_back(name_of(s)); });
    for_each("filter", [&](const BruteStructure& s) { add_filter(s); });
    if (config_.filters.empty()) main_.refuse(1, "there is no filter");
    check_connections();
    return std::move(config_);
  }

 private:
  // A field of the main file or else of the defaults, with the reader that knows its file.
  struct Found {
    const BruteField* field = nullptr;
    const BruteReader* reader = nullptr;
    explicit operator bool() const { return field != nullptr; }
  };

  Found general(const char* name) const {
    if (const BruteField* field = file_.find(name)) return {field, &main_};
    return {defaults_.find(name), &fallback_};
  }

  Found field_of(const BruteStructure& structure, const char* name) const {
    if (const BruteField* field = structure.find(name)) return {field, &main_};
    const BruteStructure* shared = defaults_.first(structure.kind);
    return {shared ? shared->find(name) : nullptr, &fallback_};
  }

  Found required(const BruteStructure& structure, const char* name) const {
    const Found found = field_of(structure, name);
    if (!found) main_.refuse(structure.line, structure.kind + " needs '" + name + "'");
    return found;
  }

  template <class Use>
  void for_each(const std::string& kind, const Use& use) const {
    for (const BruteStructure& structure : file_.structures) {
      if (structure.kind == kind) use(structure);
    }
  }

  void note(const std::string& text) { config_.notes.push_back(text); }

  // --- general --------------------------------------------------------------------------------

  void read_general() {
    main_.check_fields(file_.fields, "the configuration", kGeneralFields);
    fallback_.check_fields(defaults_.fields, "the defaults", kGeneralFields);
    const Found rate = general("sampling_rate"), length = general("filter_length");
    if (!rate || !length) main_.refuse(1, "needs sampling_rate and filter_length");
    config_.rate_hz = static_cast<double>(rate.reader->integer(*rate.field, 1, 1 << 30));
    const std::vector<Index> lengths = length.reader->integers(*length.field, 1, kMostTaps);
    config_.part = lengths[0];
    if (lengths.size() == 2) config_.blocks = lengths[1];
    const bool power = std::has_single_bit(static_cast<std::uint64_t>(config_.part));
    if (lengths.size() > 2 || !power || config_.blocks > kMostTaps / config_.part) {
      length.reader->refuse(length.field->line,
                            "filter_length: expected a power of two, and how many of them");
    }
    if (const Found bits = general("float_bits")) {
      config_.float64 = bits.reader->integer(*bits.field, 32, 64) == 64;
    }
    read_protections();
  }

  void read_protections() {
    if (const Found limit = general("safety_limit")) {
      const double db = limit.reader->number(*limit.field);
      if (db != 0) note("safety_limit: BruteFIR stops where the output exceeds it; not carried over");
    }
    if (const Found length = general("sdf_length")) {
      const auto& value = length.field->items[0].parts[0];
      fractions_ = value->kind == BruteValue::Kind::number && value->number > 0;
    }
    const Found logic = general("logic");
    for (std::size_t i = 0; logic && i < logic.field->items.size(); ++i) {
      read_logic(logic, logic.field->items[i]);
    }
  }

  void read_logic(const Found& logic, const BruteItem& module) {
    const std::string name = module.parts[0]->text;
    const bool scripted = std::any_of(module.block.begin(), module.block.end(),
                                      [](const BruteField& field) { return field.name == "script"; });
    if (name != "cli" || scripted) {
      logic.reader->refuse(logic.field->line, "logic: module '" + name + "'" +
                                                  (scripted ? " with a script" : "") +
                                                  " changes filters while it runs, which a "
                                                  "pipeline does not express");
    }
    note("logic: the command line interface is not carried over; see `faltung live`");
  }

  // --- channels -------------------------------------------------------------------------------

  BruteChannels read_channels(const std::string& kind) {
    BruteChannels result;
    std::set<std::string> names;
    for_each(kind, [&](const BruteStructure& structure) { add_device(structure, result); });
    for (const BruteChannel& channel : result.logical) {
      if (names.insert(channel.name).second) continue;
      main_.refuse(1, "two channels of " + kind + " are called '" + channel.name + "'");
    }
    if (result.logical.empty()) main_.refuse(1, "there is no " + kind);
    if (static_cast<Index>(result.logical.size()) > kMostChannels) {
      main_.refuse(1, "more than 256 channels of " + kind);
    }
    return result;
  }

  void add_device(const BruteStructure& structure, BruteChannels& to) {
    main_.check_fields(structure.fields, structure.kind, kDeviceFields);
    const std::vector<Index> used = used_channels(structure);
    const std::size_t count = structure.names.size();
    if (used.size() > count) {
      main_.refuse(structure.line, std::to_string(used.size()) + " channels of the device are used, " +
                                       std::to_string(count) + " are named");
    }
    const std::vector<Index> mapping = mapping_of(structure, count, used.size());
    const std::string device = device_text(structure);
    std::vector<BruteChannel> channels(count);
    for (std::size_t i = 0; i < count; ++i) {
      const auto at = static_cast<std::size_t>(mapping[i]);
      channels[i].name = index_or_name(structure, structure.names[i], to.logical.size() + i);
      channels[i].physical = to.physical + mapping[i];
      channels[i].place = device + ", channel " + std::to_string(used[at]);
    }
    set_delays(structure, channels);
    say(structure, channels);
    to.logical.insert(to.logical.end(), channels.begin(), channels.end());
    to.physical += static_cast<Index>(used.size());
  }

  // Channels of the device: "26/24,25" opens 26 and uses two.
  std::vector<Index> used_channels(const BruteStructure& structure) const {
    const Found found = required(structure, "channels");
    const BruteField& field = *found.field;
    const Index open = found.reader->whole(field, *field.items[0].parts[0], 1, kMostChannels);
    std::vector<Index> used;
    if (field.items.size() == 1 && field.items[0].parts.size() == 1) {
      for (Index c = 0; c < open; ++c) used.push_back(c);
      return used;
    }
    for (std::size_t i = 0; i < field.items.size(); ++i) {
      const auto& parts = field.items[i].parts;
      if (parts.size() != (i == 0 ? 2 : 1) || !parts.back()) {
        found.reader->refuse(field.line, "channels: expected OPEN/USED,USED,…");
      }
      const Index channel = found.reader->whole(field, *parts.back(), 0, open - 1);
      if (std::find(used.begin(), used.end(), channel) != used.end()) {
        found.reader->refuse(field.line, "channels: " + std::to_string(channel) + " is there twice");
      }
      used.push_back(channel);
    }
    return used;
  }

  std::vector<Index> mapping_of(const BruteStructure& structure, std::size_t count,
                                std::size_t used) const {
    std::vector<Index> mapping(count);
    for (std::size_t i = 0; i < count; ++i) mapping[i] = static_cast<Index>(i);
    const BruteField* field = structure.find("mapping");
    if (field) mapping = main_.integers(*field, 0, static_cast<Index>(used) - 1);
    if (mapping.size() != count || (!field && count > used)) {
      main_.refuse(structure.line, "mapping: expected a channel of the device for each of the " +
                                       std::to_string(count) + " names");
    }
    return mapping;
  }

  void set_delays(const BruteStructure& structure, std::vector<BruteChannel>& channels) const {
    if (const Found found = field_of(structure, "delay")) {
      const auto delays = found.reader->integers(*found.field, 0, kMostDelay);
      for (std::size_t i = 0; i < std::min(delays.size(), channels.size()); ++i) {
        channels[i].delay = delays[i];
      }
    }
    if (const Found found = field_of(structure, "mute")) {
      const auto mutes = found.reader->flags(*found.field);
      for (std::size_t i = 0; i < std::min(mutes.size(), channels.size()); ++i) {
        channels[i].muted = mutes[i];
      }
    }
    refuse_fractions(structure);
  }

  void refuse_fractions(const BruteStructure& structure) const {
    const Found found = field_of(structure, "subdelay");
    if (!fractions_ || !found) return;
    for (const Index hundredths : found.reader->integers(*found.field, -kMostDelay, 99)) {
      if (hundredths == 0 || hundredths < -99) continue;
      found.reader->refuse(found.field->line,
                           "subdelay of " + std::to_string(hundredths) +
                               "/100 samples through BruteFIR's own interpolation (sdf_length) "
                               "cannot be imported; put a 'delay' into the pipeline instead");
    }
  }

  std::string device_text(const BruteStructure& structure) const {
    const Found device = required(structure, "device");
    const BruteItem& item = device.field->items[0];
    std::string text = item.parts[0]->text;
    for (const BruteField& field : item.block) {
      const bool names = field.name == "device" || field.name == "path" || field.name == "ports";
      if (names && !field.items.empty()) text += " " + field.items[0].parts[0]->text;
    }
    const Found sample = required(structure, "sample");
    return text + " (" + sample.reader->text(*sample.field) + ")";
  }

  void say(const BruteStructure& structure, const std::vector<BruteChannel>& channels) {
    for (const BruteChannel& channel : channels) {
      note(structure.kind + " " + std::to_string(channel.physical + 1) + " is \"" + channel.name +
           "\": " + channel.place);
    }
    const Found dither = field_of(structure, "dither");
    if (dither && dither.reader->flag(*dither.field)) {
      note("the output was dithered to the device's bits; where that is wanted, add a 'dither' as "
           "last stage");
    }
  }

  // A string, or the number it would have anyway.
  std::string index_or_name(const BruteStructure& structure, const BruteValue& name,
                            std::size_t index) const {
    if (name.kind == BruteValue::Kind::text) return name.text;
    if (name.kind == BruteValue::Kind::number && name.number == static_cast<double>(index)) {
      return std::to_string(index);
    }
    main_.refuse(structure.line, "this " + structure.kind + " has the number " +
                                     std::to_string(index) + ", not '" + name.text + "'");
  }

  // --- coefficients ---------------------------------------------------------------------------

  Index found_or(const BruteStructure& structure, const char* name, Index otherwise,
                 Index most) const {
    const Found found = field_of(structure, name);
    return found ? found.reader->integer(*found.field, -kMostTaps, most) : otherwise;
  }

  void add_coeff(const BruteStructure& structure) {
    main_.check_fields(structure.fields, "coeff", kCoeffFields);
    BruteCoeff coeff;
    coeff.name = index_or_name(structure, structure.names[0], config_.coeffs.size());
    for (const BruteCoeff& other : config_.coeffs) {
      if (other.name == coeff.name) main_.refuse(structure.line, "a second coeff '" + coeff.name + "'");
    }
    const Found attenuation = field_of(structure, "attenuation");
    if (attenuation) coeff.gain = factor(attenuation, attenuation.reader->number(*attenuation.field));
    Index blocks = found_or(structure, "blocks", -1, config_.blocks);
    if (blocks <= 0) blocks = config_.blocks;
    coeff.taps = blocks * config_.part;
    load(structure, coeff);
    config_.coeffs.push_back(std::move(coeff));
  }

  double factor(const Found& found, double attenuation_db) const {
    if (std::abs(attenuation_db) <= kMostDb) return factor_of_attenuation(attenuation_db);
    found.reader->refuse(found.field->line, "attenuation: at most 200 dB up or down");
  }

  void load(const BruteStructure& structure, BruteCoeff& coeff) {
    const BruteField* name = structure.find("filename");
    if (!name) main_.refuse(structure.line, "coeff \"" + coeff.name + "\" needs 'filename'");
    if (name->items[0].parts[0]->kind == BruteValue::Kind::number) {
      main_.refuse(name->line, "coeff \"" + coeff.name + "\" lies in shared memory, which cannot "
                                                          "be imported");
    }
    const std::string file = main_.text(*name);
    if (file == "dirac pulse") {
      coeff.kernel.taps = {1};
      coeff.taps = 1;
      return;
    }
    const Found format = required(structure, "format");
    const std::string path = find_response(file, folder_);
    config_.files.push_back(path);
    try {
      std::vector<double> taps = taps_of(structure, path, format, coeff.taps);
      coeff.taps = static_cast<Index>(taps.size());
      coeff.kernel = response_of_taps(path, std::move(taps));
    } catch (const Error& error) {
      if (error.code() != Code::input) throw;
      throw Error(error.code(), file_.path + ":" + std::to_string(name->line) + ": " + error.what());
    }
  }

  std::vector<double> taps_of(const BruteStructure& structure, const std::string& path,
                              const Found& format, Index most) const {
    const Index skip = std::max(Index{0}, found_or(structure, "skip", 0, kMostTaps));
    const std::string name = format.reader->text(*format.field);
    if (lower(name) == "processed") {
      format.reader->refuse(format.field->line, "format: \"processed\" coefficients are BruteFIR's "
                                                "own spectra, which cannot be imported");
    }
    if (lower(name) == "text") {
      NumberLines lines;
      lines.skip_bytes = skip;
      lines.most = most;
      lines.free_form = true;
      return read_number_lines(path, lines);
    }
    return read_raw_samples(path, raw_format(format, name), skip, most);
  }

  static std::string lower(std::string text) {
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return text;
  }

  // S24_4LE is "S24_4" and "LE", S16_LE "S16" and "_LE"; NE, native endian, is LE on what we run on.
  RawSamples raw_format(const Found& found, const std::string& name) const {
    std::string stem = lower(name);
    std::string order = stem.size() > 2 ? stem.substr(stem.size() - 2) : "";
    if (order == "le" || order == "be" || order == "ne") stem.resize(stem.size() - 2);
    if (stem.ends_with('_')) stem.pop_back();
    for (const SampleName& known : kSamples) {
      if (stem != lower(known.name)) continue;
      RawSamples format = known.format;
      format.big_endian = order == "be" || (order == "ne" && std::endian::native == std::endian::big);
      return format;
    }
    found.reader->refuse(found.field->line,
                         "unknown format '" + name + "'; allowed: text, S8, S16_LE, S24_LE, "
                         "S24_4LE, S32_LE, FLOAT_LE, FLOAT64_LE, the same in BE and NE");
  }

  // --- filters --------------------------------------------------------------------------------

  std::string name_of(const BruteStructure& structure) const {
    const std::string name = index_or_name(structure, structure.names[0], filter_names_.size());
    if (std::find(filter_names_.begin(), filter_names_.end(), name) != filter_names_.end()) {
      main_.refuse(structure.line, "a second filter '" + name + "'");
    }
    if (static_cast<Index>(filter_names_.size()) == kMostFilters) {
      main_.refuse(structure.line, "more than 256 filters");
    }
    return name;
  }

  void add_filter(const BruteStructure& structure) {
    main_.check_fields(structure.fields, "filter", kFilterFields);
    BruteFilter filter;
    filter.name = filter_names_[config_.filters.size()];
    filter.line = structure.line;
    filter.inputs = edges(structure, {"from_inputs", "inputs"}, names_of(config_.inputs));
    filter.outputs = edges(structure, {"to_outputs", "outputs"}, names_of(config_.outputs));
    filter.filters = edges(structure, {"from_filters"}, filter_names_);
    for (const BruteEdge& edge : edges(structure, {"to_filters"}, filter_names_)) {
      if (edge.gain != 1) main_.refuse(structure.line, "to_filters takes no attenuation");
      filter.to_filters.push_back(edge.from);
    }
    if (filter.inputs.empty() && filter.filters.empty()) {
      main_.refuse(structure.line, "filter \"" + filter.name + "\" has no input");
    }
    if (filter.outputs.empty() && filter.to_filters.empty()) {
      main_.refuse(structure.line, "filter \"" + filter.name + "\" has no output");
    }
    filter.coeff = coeff_of(structure);
    filter.delay_blocks = std::max(Index{0}, found_or(structure, "delay", 0, config_.blocks - 1));
    config_.filters.push_back(std::move(filter));
  }

  static std::vector<std::string> names_of(const BruteChannels& channels) {
    std::vector<std::string> names;
    for (const BruteChannel& channel : channels.logical) names.push_back(channel.name);
    return names;
  }

  Index coeff_of(const BruteStructure& structure) const {
    const BruteField* field = structure.find("coeff");
    if (!field) main_.refuse(structure.line, "filter needs 'coeff'");
    const auto& value = field->items[0].parts[0];
    if (value->kind == BruteValue::Kind::number && value->number < 0) return -1;
    std::vector<std::string> names;
    for (const BruteCoeff& coeff : config_.coeffs) names.push_back(coeff.name);
    return index_of(*field, *value, names);
  }

  Index index_of(const BruteField& field, const BruteValue& value,
                 const std::vector<std::string>& names) const {
    if (value.kind == BruteValue::Kind::number && !names.empty()) {
      return main_.whole(field, value, 0, static_cast<Index>(names.size()) - 1);
    }
    const auto found = std::find(names.begin(), names.end(), value.text);
    if (found != names.end()) return found - names.begin();
    const std::string better = suggestion(value.text, names);
    main_.refuse(field.line, "'" + field.name + "': there is no '" + value.text + "'" +
                                 (better.empty() ? "" : "; did you mean '" + better + "'?"));
  }

  // name[/attenuation in dB][/factor], …; two names for the field, an old and a new one.
  std::vector<BruteEdge> edges(const BruteStructure& structure,
                               const std::vector<const char*>& fields,
                               const std::vector<std::string>& names) const {
    std::vector<BruteEdge> result;
    for (const char* name : fields) {
      const BruteField* field = structure.find(name);
      if (!field) continue;
      if (!result.empty()) main_.refuse(field->line, "'" + field->name + "' is given twice");
      for (const BruteItem& item : field->items) result.push_back(edge(*field, item, names));
      for (std::size_t i = 0; i < result.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) {
          if (result[i].from != result[k].from) continue;
          main_.refuse(field->line, "'" + field->name + "' names '" +
                                        names[static_cast<std::size_t>(result[i].from)] + "' twice");
        }
      }
    }
    return result;
  }

  BruteEdge edge(const BruteField& field, const BruteItem& item,
                 const std::vector<std::string>& names) const {
    BruteEdge edge;
    edge.from = index_of(field, *item.parts[0], names);
    for (std::size_t i = 1; i < item.parts.size(); ++i) {
      if (!item.parts[i] && i == 1 && item.parts.size() > 2) continue;
      const bool good = i <= 2 && item.parts[i] && item.parts[i]->kind == BruteValue::Kind::number;
      if (!good) main_.refuse(field.line, "'" + field.name + "': expected NAME/dB/FACTOR");
      const double number = item.parts[i]->number;
      edge.gain *= i == 1 ? factor({&field, &main_}, number) : number;
    }
    return edge;
  }

  // What one filter names as its destination has to name it as its source, and the reverse.
  void check_connections() const {
    const auto has = [](const auto& list, Index wanted, const auto& of) {
      return std::any_of(list.begin(), list.end(),
                         [&](const auto& one) { return of(one) == wanted; });
    };
    const auto source = [](const BruteEdge& edge) { return edge.from; };
    const auto itself = [](Index index) { return index; };
    for (std::size_t n = 0; n < config_.filters.size(); ++n) {
      const BruteFilter& filter = config_.filters[n];
      const Index me = static_cast<Index>(n);
      for (const Index to : filter.to_filters) {
        const BruteFilter& other = config_.filters[static_cast<std::size_t>(to)];
        if (!has(other.filters, me, source)) refuse_one_sided(filter, other, "from_filters");
      }
      for (const BruteEdge& edge : filter.filters) {
        const BruteFilter& other = config_.filters[static_cast<std::size_t>(edge.from)];
        if (!has(other.to_filters, me, itself)) refuse_one_sided(filter, other, "to_filters");
      }
    }
  }

  [[noreturn]] void refuse_one_sided(const BruteFilter& filter, const BruteFilter& other,
                                     const char* where) const {
    main_.refuse(filter.line, "filter \"" + filter.name + "\" is connected to \"" + other.name +
                                  "\", which does not name it in its " + where);
  }

  const BruteFile& file_;
  const BruteFile& defaults_;
  BruteReader main_, fallback_;
  std::string folder_;
  bool fractions_ = false;  // sdf_length allows subdelay
  std::vector<std::string> filter_names_;
  BruteConfig config_;
};

}  // namespace

BruteConfig read_brutefir(const BruteFile& file, const BruteFile& defaults) {
  return Reader(file, defaults).read();
}

}  // namespace faltung
