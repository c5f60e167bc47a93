// CamillaDSP's Conv -> a kernel: a WAV, raw samples, numbers in a text, or numbers in place.
#include <limits>

#include "apps/faltung/import/camilladsp_filter.h"

namespace faltung {
namespace {

struct SampleName {
  const char* name;
  RawSamples format;
};
// The second block: names until version 3.
constexpr SampleName kSamples[] = {
    {"S16_LE", {.bytes = 2, .bits = 16}},
    {"S24_3_LE", {.bytes = 3, .bits = 24}},
    {"S24_4_RJ_LE", {.bytes = 4, .bits = 24}},
    {"S24_4_LJ_LE", {.bytes = 4, .bits = 24, .high_bits = true}},
    {"S32_LE", {.bytes = 4, .bits = 32}},
    {"F32_LE", {.bytes = 4, .bits = 32, .is_float = true}},
    {"F64_LE", {.bytes = 8, .bits = 64, .is_float = true}},

    {"S16LE", {.bytes = 2, .bits = 16}},
    {"S24LE", {.bytes = 4, .bits = 24}},
    {"S24LE3", {.bytes = 3, .bits = 24}},
    {"S32LE", {.bytes = 4, .bits = 32}},
    {"FLOAT32LE", {.bytes = 4, .bits = 32, .is_float = true}},
    {"FLOAT64LE", {.bytes = 8, .bits = 64, .is_float = true}},
};

class Reader {
 public:
  Reader(const Node& parameters, const CamillaContext& context)
      : node_(parameters), context_(context), at_(context.at) {}

  ImportedKernel read() const {
    const Node& type = at_.required(node_, "Conv", "type");
    const std::string name = at_.word(type, {"Raw", "File", "Wav", "Values", "Dummy"});
    if (name == "Wav") return wav();
    if (name == "Values") return values();
    if (name == "Dummy") return dummy();
    return raw();
  }

 private:
  const Node& file_node() const { return at_.required(node_, "Conv", "filename"); }

  std::string path() const {
    return find_response(camilla_text(at_.text(file_node()), context_), context_.folder);
  }

  // Errors of a file get the place where it is named.
  template <class Read>
  auto placed(const Read& read) const {
    try {
      return read();
    } catch (const Error& error) {
      throw Error(error.code(), at_.place(file_node().position) + error.what());
    }
  }

  Index count(const char* key) const {
    const Node* value = camilla_value(node_, key);
    return value ? at_.integer(*value, 0) : 0;
  }

  ImportedKernel wav() const {
    at_.check_keys(node_, "Conv of type Wav", {"type", "filename", "channel"});
    ImportedKernel kernel;
    kernel.file = path();
    const ResponseFacts facts = placed([&] { return context_.files.facts(kernel.file); });
    const Index channel = count("channel") + 1;
    if (channel > facts.channels) {
      at_.refuse(*camilla_value(node_, "channel"),
                 kernel.file + " has " + std::to_string(facts.channels) +
                     " channels; they count from 0, got " + std::to_string(channel - 1));
    }
    if (facts.channels > 1) kernel.channel = channel;
    return kernel;
  }

  ImportedKernel values() const {
    at_.check_keys(node_, "Conv of type Values", {"type", "values", "length"});
    ImportedKernel kernel;
    kernel.taps = at_.numbers(at_.required(node_, "Conv", "values"));
    kernel.name = "values-" + std::to_string(node_.position.line);
    const Index length = count("length");  // version 1: padded with zeros
    if (length > 0 && length < static_cast<Index>(kernel.taps.size())) {
      at_.refuse(node_, "length of " + std::to_string(length) + " for " +
                            std::to_string(kernel.taps.size()) + " values");
    }
    return kernel;
  }

  ImportedKernel dummy() const {
    at_.check_keys(node_, "Conv of type Dummy", {"type", "length"});
    ImportedKernel kernel;
    kernel.taps = {1};
    return kernel;
  }

  ImportedKernel raw() const {
    at_.check_keys(node_, "Conv of type Raw",
                   {"type", "filename", "format", "skip_bytes_lines", "read_bytes_lines"});
    const Node* format = camilla_value(node_, "format");
    const std::string name = format ? at_.text(*format) : "TEXT";
    const std::string file = path();
    const Index skip = count("skip_bytes_lines"), most = count("read_bytes_lines");
    if (name == "TEXT") return placed([&] { return text(file, skip, most); });
    std::string names = "TEXT";
    for (const SampleName& known : kSamples) {
      names += std::string(", ") + known.name;
      if (name != known.name) continue;
      const Index samples = most / known.format.bytes;
      return placed([&] {
        return response_of_taps(
            file, read_raw_samples(file, known.format, skip, samples > 0 ? samples : kEverything));
      });
    }
    at_.refuse(*format, "unknown sample format '" + name + "'; allowed: " + names);
  }

  static ImportedKernel text(const std::string& file, Index skip, Index most) {
    NumberLines lines;
    lines.skip_lines = skip;
    if (most > 0) lines.most = most;
    return response_of_taps(file, read_number_lines(file, lines));
  }

  static constexpr Index kEverything = std::numeric_limits<Index>::max();
  const Node& node_;
  const CamillaContext& context_;
  const Located& at_;
};

}  // namespace

ImportedKernel camilla_kernel(const Node& parameters, const CamillaContext& context) {
  return Reader(parameters, context).read();
}

}  // namespace faltung
