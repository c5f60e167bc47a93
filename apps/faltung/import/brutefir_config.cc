// A BruteFIR configuration with its defaults, checked.
#include "apps/faltung/import/brutefir_config.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "apps/faltung/import/brutefir_parts.h"

namespace faltung {
namespace {

constexpr Index kMostTaps = Index{1} << 30;

const std::vector<std::string> kGeneralFields = {"sampling_rate",
                                                 "filter_length",
                                                 "float_bits",
                                                 "config_file",
                                                 "overflow_warnings",
                                                 "show_progress",
                                                 "max_dither_table_size",
                                                 "allow_poll_mode",
                                                 "modules_path",
                                                 "powersave",
                                                 "monitor_rate",
                                                 "lock_memory",
                                                 "sdf_length",
                                                 "convolver_config",
                                                 "benchmark",
                                                 "safety_limit",
                                                 "debug",
                                                 "n_processors",
                                                 "logic"};

class Reader {
 public:
  Reader(const BruteFile& file, const BruteFile& defaults) : at_(file, defaults) {}

  BruteConfig read() {
    read_general();
    for (const BruteStructure& structure : at_.file.structures) {
      if (!structure.names.empty()) continue;
      at_.main.refuse(structure.line, structure.kind +
                                          " needs a name; without one it gives "
                                          "defaults, which belong into --defaults");
    }
    config_.inputs = read_brutefir_channels(at_, "input", &config_.notes);
    config_.outputs = read_brutefir_channels(at_, "output", &config_.notes);
    read_brutefir_coeffs(at_, &config_);
    read_brutefir_filters(at_, &config_);
    return std::move(config_);
  }

 private:
  void note(const std::string& text) { config_.notes.push_back(text); }

  void read_general() {
    at_.main.check_fields(at_.file.fields, "the configuration", kGeneralFields);
    at_.fallback.check_fields(at_.defaults.fields, "the defaults", kGeneralFields);
    const BruteFound rate = at_.general("sampling_rate"), length = at_.general("filter_length");
    if (!rate || !length) at_.main.refuse(1, "needs sampling_rate and filter_length");
    config_.rate_hz = static_cast<double>(rate.reader->integer(*rate.field, 1, 1 << 30));
    const std::vector<Index> lengths = length.reader->integers(*length.field, 1, kMostTaps);
    config_.part = lengths[0];
    if (lengths.size() == 2) config_.blocks = lengths[1];
    const bool power = std::has_single_bit(static_cast<std::uint64_t>(config_.part));
    if (lengths.size() > 2 || !power || config_.blocks > kMostTaps / config_.part) {
      length.reader->refuse(length.field->line,
                            "filter_length: expected a power of two, and how many of them");
    }
    if (const BruteFound bits = at_.general("float_bits")) {
      config_.float64 = bits.reader->integer(*bits.field, 32, 64) == 64;
    }
    read_protections();
  }

  void read_protections() {
    if (const BruteFound limit = at_.general("safety_limit")) {
      const double db = limit.reader->number(*limit.field);
      if (db != 0)
        note("safety_limit: BruteFIR stops where the output exceeds it; not carried over");
    }
    const BruteFound logic = at_.general("logic");
    for (std::size_t i = 0; logic && i < logic.field->items.size(); ++i) {
      read_logic(logic, logic.field->items[i]);
    }
  }

  void read_logic(const BruteFound& logic, const BruteItem& module) {
    const std::string name = module.parts[0]->text;
    const bool scripted =
        std::any_of(module.block.begin(), module.block.end(),
                    [](const BruteField& field) { return field.name == "script"; });
    if (name != "cli" || scripted) {
      logic.reader->refuse(logic.field->line, "logic: module '" + name + "'" +
                                                  (scripted ? " with a script" : "") +
                                                  " changes filters while it runs, which a "
                                                  "pipeline does not express");
    }
    note("logic: the command line interface is not carried over; see `faltung live`");
  }

  BruteLookup at_;
  BruteConfig config_;
};

}  // namespace

BruteConfig read_brutefir(const BruteFile& file, const BruteFile& defaults) {
  return Reader(file, defaults).read();
}

}  // namespace faltung
