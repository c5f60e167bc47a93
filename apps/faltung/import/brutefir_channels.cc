// BruteFIR's input and output structures -> logical channels on physical ones.
#include <algorithm>
#include <set>

#include "apps/faltung/import/brutefir_parts.h"

namespace faltung {
namespace {

constexpr Index kMostChannels = 256;
constexpr Index kMostDelay = Index{1} << 28;

const std::vector<std::string> kDeviceFields = {
    "device", "sample",  "channels", "delay", "subdelay", "maxdelay", "individual_maxdelay",
    "mute",   "mapping", "dither",   "merge"};

class Reader {
 public:
  Reader(const BruteLookup& at, std::vector<std::string>* notes) : at_(at), notes_(*notes) {
    const BruteFound length = at.general("sdf_length");
    if (!length) return;
    const auto& value = length.field->items[0].parts[0];
    fractions_ = value->kind == BruteValue::Kind::number && value->number > 0;
  }

  BruteChannels read(const std::string& kind) {
    BruteChannels result;
    std::set<std::string> names;
    at_.for_each(kind, [&](const BruteStructure& structure) { add_device(structure, result); });
    for (const BruteChannel& channel : result.logical) {
      if (names.insert(channel.name).second) continue;
      at_.main.refuse(1, "two channels of " + kind + " are called '" + channel.name + "'");
    }
    if (result.logical.empty()) at_.main.refuse(1, "there is no " + kind);
    if (static_cast<Index>(result.logical.size()) > kMostChannels) {
      at_.main.refuse(1, "more than 256 channels of " + kind);
    }
    return result;
  }

 private:
  void add_device(const BruteStructure& structure, BruteChannels& to) {
    at_.main.check_fields(structure.fields, structure.kind, kDeviceFields);
    const std::vector<Index> used = used_channels(structure);
    const std::size_t count = structure.names.size();
    if (used.size() > count) {
      at_.main.refuse(structure.line, std::to_string(used.size()) +
                                          " channels of the device are used, " +
                                          std::to_string(count) + " are named");
    }
    const std::vector<Index> mapping = mapping_of(structure, count, used.size());
    const std::string device = device_text(structure);
    std::vector<BruteChannel> channels(count);
    for (std::size_t i = 0; i < count; ++i) {
      const auto at = static_cast<std::size_t>(mapping[i]);
      channels[i].name = at_.name_of(structure, structure.names[i], to.logical.size() + i);
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
    const BruteFound found = at_.required(structure, "channels");
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
        found.reader->refuse(field.line,
                             "channels: " + std::to_string(channel) + " is there twice");
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
    if (field) mapping = at_.main.integers(*field, 0, static_cast<Index>(used) - 1);
    if (mapping.size() != count || (!field && count > used)) {
      at_.main.refuse(structure.line, "mapping: expected a channel of the device for each of the " +
                                          std::to_string(count) + " names");
    }
    return mapping;
  }

  void set_delays(const BruteStructure& structure, std::vector<BruteChannel>& channels) const {
    if (const BruteFound found = at_.field_of(structure, "delay")) {
      const auto delays = found.reader->integers(*found.field, 0, kMostDelay);
      for (std::size_t i = 0; i < std::min(delays.size(), channels.size()); ++i) {
        channels[i].delay = delays[i];
      }
    }
    if (const BruteFound found = at_.field_of(structure, "mute")) {
      const auto mutes = found.reader->flags(*found.field);
      for (std::size_t i = 0; i < std::min(mutes.size(), channels.size()); ++i) {
        channels[i].muted = mutes[i];
      }
    }
    refuse_fractions(structure);
  }

  void refuse_fractions(const BruteStructure& structure) const {
    const BruteFound found = at_.field_of(structure, "subdelay");
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
    const BruteFound device = at_.required(structure, "device");
    const BruteItem& item = device.field->items[0];
    std::string text = item.parts[0]->text;
    for (const BruteField& field : item.block) {
      const bool names = field.name == "device" || field.name == "path" || field.name == "ports";
      if (names && !field.items.empty()) text += " " + field.items[0].parts[0]->text;
    }
    const BruteFound sample = at_.required(structure, "sample");
    return text + " (" + sample.reader->text(*sample.field) + ")";
  }

  void say(const BruteStructure& structure, const std::vector<BruteChannel>& channels) {
    for (const BruteChannel& channel : channels) {
      notes_.push_back(structure.kind + " " + std::to_string(channel.physical + 1) + " is \"" +
                       channel.name + "\": " + channel.place);
    }
    const BruteFound dither = at_.field_of(structure, "dither");
    if (dither && dither.reader->flag(*dither.field)) {
      notes_.push_back(
          "the output was dithered to the device's bits; where that is wanted, add a 'dither' as "
          "last stage");
    }
  }

  const BruteLookup& at_;
  std::vector<std::string>& notes_;
  bool fractions_ = false;  // sdf_length allows subdelay
};

}  // namespace

BruteChannels read_brutefir_channels(const BruteLookup& at, const std::string& kind,
                                     std::vector<std::string>* notes) {
  return Reader(at, notes).read(kind);
}

}  // namespace faltung
