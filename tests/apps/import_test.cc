// Foreign configurations: what they are recognised by, how they are written, and that no bytes
// crash a parser.
#include <doctest/doctest.h>

#include <functional>
#include <random>

#include "apps/faltung/import/formats.h"
#include "apps/faltung/import/writer.h"
#include "engine/io/array.h"
#include "engine/pipeline/pipeline.h"
#include "tests/io/files.h"

namespace faltung {
namespace {

const char* const kJconvolver = R"(# a hall
/cd .
/convolver/new 2 3 256 4096 1.0
/input/name 1 'In L' system:capture_1
/impulse/read 1 1 -0.25 100 3 4 2 IR
/impulse/dirac 2 1 0.5 31
/impulse/hilbert 2 2 -0.3 512 1023
/impulse/copy 1 2 1 1
)";

const char* const kCamilladsp = R"(devices:
  samplerate: 48000
  chunksize: 1024
  capture: {type: Alsa, channels: 2, device: "hw:0"}
  playback: {type: Alsa, channels: 3, device: "hw:1"}
filters:
  fir: {type: Conv, parameters: {type: Wav, filename: IR, channel: 1}}
  raw: {type: Conv, parameters: {type: Raw, filename: IR, format: S24_3_LE, skip_bytes_lines: 44}}
  peak: {type: Biquad, parameters: {type: Peaking, freq: 100, gain: -3, q: 2}}
  cross: {type: BiquadCombo, parameters: {type: LinkwitzRileyLowpass, freq: 80, order: 4}}
  late: {type: Delay, parameters: {delay: 7.25, unit: samples, subsample: true}}
  eq: {type: BiquadCombo, parameters: {type: GraphicEqualizer, gains: [1, 2, -3]}}
mixers:
  m: {channels: {in: 2, out: 3}, mapping: [{dest: 2, sources: [{channel: 0, gain: -6}]}]}
pipeline:
  - {type: Filter, channels: [0], names: [fir, peak, late]}
  - {type: Filter, names: [raw, cross, eq]}
  - {type: Mixer, name: m}
)";

const char* const kBrutefir = R"(sampling_rate: 48000; filter_length: 64,4; # parts
coeff "a" { filename: "IR"; format: "S16_LE"; skip: 44; attenuation: -6.5; blocks: 2; };
coeff 1 { filename: "dirac pulse"; };
input "l", "r" { device: "file" { path: "x\\y\"z"; }; sample: "S16_LE"; channels: 4/3,1; delay: 2,0; };
output 0, 1, 2 { device: "jack" { ports: "a"/"b"; }; sample: "FLOAT_LE"; channels: 2; mapping: 0,1,0; };
filter 0 { from_inputs: "l"/6/-1, 1; to_outputs: 0; to_filters: "last"; coeff: "a"; delay: 1; };
filter "last" { from_filters: 0//0.5; to_outputs: 1, 2/3; coeff: -1; };
)";

using Import = std::function<ImportedPipeline(const std::string&)>;

// The text with a response file of two channels in place of IR.
std::string with_response(std::string text, const std::string& path) {
  for (std::size_t at = text.find("IR"); at != std::string::npos; at = text.find("IR", at)) {
    if (at > 0 && std::isalpha(static_cast<unsigned char>(text[at - 1]))) {
      ++at;
    } else {
      text.replace(at, 2, path);
      at += path.size();
    }
  }
  return text;
}

std::string written_response(const io_test::Folder& folder) {
  const std::string path = folder / "response.wav";
  Kernel kernel;
  kernel.values = Array<double>({2, 40});
  for (Index i = 0; i < 80; ++i) kernel.values[i] = 1 / static_cast<double>(i + 2);
  write_kernel(path, kernel, 48000);
  return path;
}

const Import kImporters[] = {
    [](const std::string& text) { return import_jconvolver(text, "hall.conf"); },
    [](const std::string& text) { return import_camilladsp(text, "room.yml"); },
    [](const std::string& text) { return import_brutefir(text, "room.conf", "", ""); }};
const char* const kTexts[] = {kJconvolver, kCamilladsp, kBrutefir};

// One of: a byte changed, bytes taken out, a piece doubled, a number made extreme.
void mutate(std::string& text, std::mt19937& random) {
  static const char* const kPieces[] = {"-1",    "99999999999999999999",
                                        "1e308", "nan",
                                        "0",     "{",
                                        "}",     "[",
                                        "\"",    "'",
                                        "\\",    "\n",
                                        ";",     "/",
                                        "\xff",  "null"};
  const std::size_t at = random() % text.size();
  const std::size_t count = random() % 8;
  switch (random() % 4) {
    case 0:
      text[at] = static_cast<char>(random());
      break;
    case 1:
      text.erase(at, count);
      break;
    case 2:
      text.insert(at, text.substr(random() % text.size(), 4 * count));
      break;
    default:
      text.replace(at, count % 3, kPieces[random() % std::size(kPieces)]);
      break;
  }
  if (text.empty()) text = " ";
}

}  // namespace

TEST_CASE("import: every format is recognised by its content, and only that") {
  for (int i = 0; i < 3; ++i) {
    CHECK(looks_like_jconvolver(kTexts[i]) == (i == 0));
    CHECK(looks_like_camilladsp(kTexts[i]) == (i == 1));
    CHECK(looks_like_brutefir(kTexts[i]) == (i == 2));
  }
  CHECK_FALSE(looks_like_jconvolver("# /convolver/new 1 1 1 1\nstages: []\n"));
  CHECK_FALSE(looks_like_camilladsp("stages: []\n"));
  CHECK_FALSE(looks_like_brutefir(""));
}

TEST_CASE("import: mutated bytes of every format lead to a pipeline or to an error") {
  const io_test::Folder folder;
  const std::string response = written_response(folder);
  std::mt19937 random(20240229);
  for (int format = 0; format < 3; ++format) {
    const std::string text = with_response(kTexts[format], response);
    CHECK_NOTHROW(write_imported(kImporters[format](text), "test", "-"));
    int imported = 0, refused = 0;
    for (int round = 0; round < 3000; ++round) {
      std::string mutated = text;
      for (auto n = 1 + random() % 3; n > 0; --n) mutate(mutated, random);
      try {
        write_imported(kImporters[format](mutated), "test", "-");
        ++imported;
      } catch (const Error& error) {
        CHECK_FALSE(std::string(error.what()).empty());
        ++refused;
      }
    }
    CHECK(imported > 100);  // the mutations reach beyond the first character
    CHECK(refused > 100);
  }
}

TEST_CASE("import: what is written is a pipeline of ours") {
  const io_test::Folder folder;
  const std::string text = with_response(kJconvolver, written_response(folder));
  const WrittenPipeline written =
      write_imported(import_jconvolver(text, "hall.conf"), "From \x01\xff, a test", "-");
  CHECK(written.kernels.empty());
  CHECK(written.text.starts_with("# From ??, a test\n"));
  const Pipeline pipeline = parse_pipeline(written.text, "hall.yaml", read_kernel);
  Format format;
  format.channels = 2;
  format.rate_hz = 48000;
  format.max_slab = 64;
  CHECK(pipeline.stage->prepare(format, {}).channels == 3);
}

TEST_CASE("import: names that YAML cannot hold are refused, others are quoted") {
  ImportedPipeline pipeline;
  pipeline.stages.emplace_back().paths.emplace_back().kernel.file =
      "a \"quoted\\\" h\xc3\xa4ll.wav";
  const std::string text = write_imported(pipeline, "test", "-").text;
  CHECK(text.find("kernel: \"./a \\\"quoted\\\\\\\" h\xc3\xa4ll.wav\"") != std::string::npos);
  for (const char* name : {"a\xff.wav", "a\nb.wav", "a\xc0\xaf.wav"}) {
    pipeline.stages[0].paths[0].kernel.file = name;
    CHECK_THROWS_WITH_AS(write_imported(pipeline, "test", "-"),
                         doctest::Contains("rename the file"), Error);
  }
}

TEST_CASE("import: many taps go into files of their own, equal ones into one") {
  ImportedPipeline pipeline;
  std::vector<ImportedPath>& paths = pipeline.stages.emplace_back().paths;
  for (const double first : {1.0, 2.0, 1.0}) {
    ImportedKernel kernel;
    kernel.taps = std::vector<double>(17, first);
    kernel.name = "../h\xc3\xa4ll";
    paths.emplace_back().kernel = kernel;
  }
  const WrittenPipeline written = write_imported(pipeline, "test", "out/p.yaml");
  CHECK(written.kernel_folder == "out/p-files");
  REQUIRE(written.kernels.size() == 2);
  CHECK(written.kernels[0].path == "out/p-files/kernel.._h__ll.npy");
  CHECK(written.kernels[1].path == "out/p-files/kernel.._h__ll-2.npy");
  CHECK(write_imported(pipeline, "test", "-").text.find("*kernel1") != std::string::npos);
}

}  // namespace faltung
