// What is fuzzed: readers of files, of kernels and of foreign configurations, codecs, JSON, YAML.
#include "tests/fuzz/targets.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "apps/faltung/import/formats.h"
#include "engine/io/array.h"
#include "engine/io/chunked_array.h"
#include "engine/io/codecs.h"
#include "engine/io/file.h"
#include "engine/io/formats.h"
#include "engine/io/json.h"
#include "engine/io/zarr_store.h"
#include "engine/nd/array.h"
#include "engine/pipeline/yaml.h"
#include "engine/stream/format.h"

namespace faltung::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr Index kMostPosition = 1 << 16;  // samples: what is larger is opened, not read
constexpr Index kMostReads = 16;
constexpr Index kSlab = 3;
constexpr std::size_t kMostChunk = 1 << 16;  // bytes
constexpr Index kMostNumbers = 1 << 20;      // of a store, whose row of chunks is held

// A folder of this process in memory, where there is such a file system; removed at exit.
class Scratch {
 public:
  Scratch() {
    const fs::path memory = "/dev/shm";
    std::string name =
        ((fs::exists(memory) ? memory : fs::temp_directory_path()) / "faltung-fuzz-XXXXXX")
            .string();
    if (!mkdtemp(name.data())) std::abort();
    path_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  std::string write(const std::string& name, std::string_view bytes) const {
    const fs::path path = path_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary).write(bytes.data(), std::ssize(bytes));
    return path.string();
  }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

const Scratch& scratch() {
  static const Scratch folder;
  return folder;
}

void read_all(Source& source) {
  const Format& format = source.format();
  if (format.inner_size() > kMostPosition / format.channels) return;
  with_sample_type(format.type, [&]<class T>() {
    Buffer<T> memory(slab_samples(format, kSlab));
    const SlabOf<T> out{memory.data(), format.channels, kSlab, format.inner_size(),
                        kSlab * format.inner_size()};
    for (Index reads = 0; reads < kMostReads && source.read(out) > 0; ++reads) {
    }
  });
}

void read_zarr(std::string_view bytes, const char* metadata, const char* chunk) {
  const std::size_t end = std::min(bytes.find('\0'), bytes.size());
  scratch().write(std::string("a.zarr/") + metadata, bytes.substr(0, end));
  scratch().write(std::string("a.zarr/") + chunk, bytes.substr(std::min(end + 1, bytes.size())));
  auto array = open_zarr_array(scratch() / "a.zarr");
  const ChunkedHeader& header = array->header();
  if (header.chunk_bytes() <= kMostChunk && header.shape.product() <= kMostNumbers) {
    read_all(*make_chunked_source(std::move(array), {}));
  }
}

void decode(std::string_view bytes) {
  constexpr std::array kNames{"zlib", "gzip", "zstd", "blosc", "crc32c", "fletcher32", "shuffle"};
  if (bytes.size() < 3) return;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  CodecChoice choice;
  choice.name = kNames[byte(0) % kNames.size()];
  choice.number_bytes = 1 << byte(1) % 4;
  Bytes chunk(bytes.begin() + 3, bytes.end());
  CodecChain({choice}).decode(chunk, byte(2) * (kMostChunk / 256));
}

struct Target {
  const char* name;
  void (*run)(std::string_view bytes);
  std::array<Code, 2> refusals = {Code::input, Code::input};
};
constexpr std::array kText{Code::configuration, Code::configuration};
constexpr std::array kConfiguration{Code::configuration, Code::input};  // it names files

// The container of that extension, whatever the content says.
template <std::size_t N>
struct Extension {
  char text[N];
  constexpr Extension(const char (&from)[N]) { std::copy_n(from, N, text); }
};

template <Extension extension>
void read_file(std::string_view bytes) {
  const std::string path = scratch().write(std::string("a.") + extension.text, bytes);
  const Container& container = *container_for_path(path);
  read_all(container.open_place ? *container.open_place(path, {})
                                : *container.open(InputFile(path), {}));
}

constexpr std::array kTargets{
    Target{"wav", read_file<"wav">},
    Target{"flac", read_file<"flac">},
    Target{"aiff", read_file<"aiff">},
    Target{"ogg", read_file<"ogg">},
    Target{"png", read_file<"png">},
    Target{"jpg", read_file<"jpg">},
    Target{"tif", read_file<"tif">},
    Target{"exr", read_file<"exr">},
    Target{"npy", read_file<"npy">},
    Target{"nii", read_file<"nii">},
    Target{"nii.gz", read_file<"nii.gz">},
    Target{"nrrd", read_file<"nrrd">},
    Target{"mha", read_file<"mha">},
    Target{"h5", read_file<"h5">},
    Target{"csv", read_file<"csv">},
    Target{"zarr2", [](std::string_view bytes) { read_zarr(bytes, ".zarray", "0.0.0"); }},
    Target{"zarr3", [](std::string_view bytes) { read_zarr(bytes, "zarr.json", "c/0/0/0"); }},
    Target{"codecs", decode},
    Target{"kernel", [](std::string_view bytes) { read_kernel(scratch().write("a.txt", bytes)); }},
    Target{"json", [](std::string_view bytes) { parse_json(bytes).dump(2); }},
    Target{"yaml", [](std::string_view bytes) { parse_yaml(std::string(bytes), "a.yaml"); }, kText},
    Target{"jconvolver",
           [](std::string_view bytes) { import_jconvolver(std::string(bytes), scratch() / "a"); },
           kConfiguration},
    Target{"camilladsp",
           [](std::string_view bytes) { import_camilladsp(std::string(bytes), scratch() / "a"); },
           kConfiguration},
    Target{"brutefir",
           [](std::string_view bytes) {
             import_brutefir(std::string(bytes), scratch() / "a", "", "");
           },
           kConfiguration},
};

}  // namespace

void run_target(const std::string& name, std::string_view bytes) {
  const auto target = std::find_if(kTargets.begin(), kTargets.end(),
                                   [&](const Target& t) { return t.name == name; });
  if (target == kTargets.end()) throw std::invalid_argument("no target '" + name + "'");
  try {
    target->run(bytes);
  } catch (const Error& error) {
    const auto& refusals = target->refusals;
    const bool expected =
        std::find(refusals.begin(), refusals.end(), error.code()) != refusals.end();
    if (expected && error.what()[0] != '\0') return;
    std::fprintf(stderr, "%s: an error of kind %d: %s\n", target->name,
                 static_cast<int>(error.code()), error.what());
    std::abort();
  }
}

std::vector<std::string> target_names() {
  std::vector<std::string> names;
  for (const Target& target : kTargets) names.push_back(target.name);
  return names;
}

}  // namespace faltung::fuzz
