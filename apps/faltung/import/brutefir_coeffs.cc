// BruteFIR's coeff structures -> kernels.
#include <algorithm>
#include <bit>
#include <filesystem>

#include "apps/faltung/import/brutefir_parts.h"
#include "apps/faltung/import/response.h"

namespace faltung {
namespace {

constexpr Index kMostSkip = Index{1} << 30;  // bytes

const std::vector<std::string> kCoeffFields = {"filename", "format", "attenuation",
                                               "blocks",   "skip",   "shared_mem"};

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

class Reader {
 public:
  Reader(const BruteLookup& at, BruteConfig* config)
      : at_(at),
        config_(*config),
        folder_(std::filesystem::path(at.file.path).parent_path().string()) {}

  void add(const BruteStructure& structure) {
    at_.main.check_fields(structure.fields, "coeff", kCoeffFields);
    BruteCoeff coeff;
    coeff.name = at_.name_of(structure, structure.names[0], config_.coeffs.size());
    for (const BruteCoeff& other : config_.coeffs) {
      if (other.name == coeff.name)
        at_.main.refuse(structure.line, "a second coeff '" + coeff.name + "'");
    }
    const BruteFound attenuation = at_.field_of(structure, "attenuation");
    if (attenuation)
      coeff.gain = at_.factor(attenuation, attenuation.reader->number(*attenuation.field));
    Index blocks = at_.integer_or(structure, "blocks", -1, config_.blocks);
    if (blocks <= 0) blocks = config_.blocks;
    coeff.taps = blocks * config_.part;
    load(structure, coeff);
    config_.coeffs.push_back(std::move(coeff));
  }

 private:
  void load(const BruteStructure& structure, BruteCoeff& coeff) {
    const BruteField* name = structure.find("filename");
    if (!name) at_.main.refuse(structure.line, "coeff \"" + coeff.name + "\" needs 'filename'");
    if (name->items[0].parts[0]->kind == BruteValue::Kind::number) {
      at_.main.refuse(name->line, "coeff \"" + coeff.name +
                                      "\" lies in shared memory, which cannot "
                                      "be imported");
    }
    const std::string file = at_.main.text(*name);
    if (file == "dirac pulse") {
      coeff.kernel.taps = {1};
      coeff.taps = 1;
      return;
    }
    const BruteFound format = at_.required(structure, "format");
    const std::string path = find_response(file, folder_);
    config_.files.push_back(path);
    try {
      std::vector<double> taps = taps_of(structure, path, format, coeff.taps);
      coeff.taps = static_cast<Index>(taps.size());
      coeff.kernel = response_of_taps(path, std::move(taps));
    } catch (const Error& error) {
      if (error.code() != Code::input) throw;
      throw Error(error.code(),
                  at_.file.path + ":" + std::to_string(name->line) + ": " + error.what());
    }
  }

  std::vector<double> taps_of(const BruteStructure& structure, const std::string& path,
                              const BruteFound& format, Index most) const {
    const Index skip = std::max(Index{0}, at_.integer_or(structure, "skip", 0, kMostSkip));
    const std::string name = format.reader->text(*format.field);
    if (lower(name) == "processed") {
      format.reader->refuse(format.field->line,
                            "format: \"processed\" coefficients are BruteFIR's "
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

  // S24_4LE is "S24_4" and "LE", S16_LE "S16" and "_LE"; NE, native endian, is LE on what we run
  // on.
  RawSamples raw_format(const BruteFound& found, const std::string& name) const {
    std::string stem = lower(name);
    std::string order = stem.size() > 2 ? stem.substr(stem.size() - 2) : "";
    if (order == "le" || order == "be" || order == "ne") stem.resize(stem.size() - 2);
    if (stem.ends_with('_')) stem.pop_back();
    for (const SampleName& known : kSamples) {
      if (stem != lower(known.name)) continue;
      RawSamples format = known.format;
      format.big_endian =
          order == "be" || (order == "ne" && std::endian::native == std::endian::big);
      return format;
    }
    found.reader->refuse(found.field->line,
                         "unknown format '" + name +
                             "'; allowed: text, S8, S16_LE, S24_LE, "
                             "S24_4LE, S32_LE, FLOAT_LE, FLOAT64_LE, the same in BE and NE");
  }

  const BruteLookup& at_;
  BruteConfig& config_;
  std::string folder_;
};

}  // namespace

void read_brutefir_coeffs(const BruteLookup& at, BruteConfig* config) {
  Reader reader(at, config);
  at.for_each("coeff", [&](const BruteStructure& structure) { reader.add(structure); });
}

}  // namespace faltung
