// What the tests of io share: a scratch folder, signals in memory, saving and loading by slabs.
#include "tests/io/files.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/nd/array.h"

// libsndfile 1.2 leaks libvorbis's state where it refuses a corrupt Ogg file.
extern "C" const char* __lsan_default_suppressions() { return "leak:vorbis_info_init\n"; }

namespace faltung::io_test {

Folder::Folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "faltung-io-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::vector<std::string> Folder::names() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path_)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

void save(const Signal& signal, const std::string& path, const Encoding& like, Index slab) {
  const auto sink = create_sink(path, signal.format, like);
  const Index inner = signal.format.inner_size();
  with_sample_type(signal.format.type, [&]<class T>() {
    std::vector<T> samples(signal.samples.begin(), signal.samples.end());
    SlabOf<T> whole{samples.data(), signal.format.channels, signal.extent(), inner,
                    signal.extent() * inner};
    for (Index n = 0; n < signal.extent(); n += slab) {
      sink->write(Slab(whole).part(n, std::min(slab, signal.extent() - n)));
    }
  });
  sink->commit();
}

Signal load(const std::string& path, Index slab, const SourceOptions& options) {
  const auto source = open_source(path, options);
  Signal signal{source->format(), source->encoding(), {}};
  const Format& format = signal.format;
  const Index inner = format.inner_size();
  std::vector<std::vector<double>> channels(static_cast<std::size_t>(format.channels));
  with_sample_type(format.type, [&]<class T>() {
    Buffer<T> memory(slab_samples(format, slab));
    const SlabOf<T> out{memory.data(), format.channels, slab, inner, slab * inner};
    while (const Index got = source->read(out)) {
      for (Index c = 0; c < format.channels; ++c) {
        auto& to = channels[static_cast<std::size_t>(c)];
        to.insert(to.end(), out.channel(c), out.channel(c) + got * inner);
      }
    }
  });
  for (const auto& c : channels) signal.samples.insert(signal.samples.end(), c.begin(), c.end());
  const auto read = static_cast<Index>(channels.empty() ? 0 : channels[0].size()) / inner;
  if (format.extent) CHECK(read == *format.extent);
  signal.format.extent = read;
  return signal;
}

std::string read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string load_error(const std::string& path, Code code) {
  try {
    load(path, 64);
  } catch (const Error& error) {
    CHECK(error.code() == code);
    return error.what();
  }
  return "";
}

int load_mutations(const std::string& path, int count) {
  const std::string good = read_bytes(path);
  const std::size_t name = path.rfind('/') + 1;
  const std::string mutant = path.substr(0, name) + "mutant" + path.substr(path.find('.', name));
  std::uint64_t state = 88172645463325252u;  // xorshift64: Marsaglia 2003
  const auto random = [&](std::size_t below) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return static_cast<std::size_t>(state % below);
  };
  int loaded = 0;
  for (int i = 0; i < count; ++i) {
    std::string bytes = good;
    const std::size_t reach = i % 2 ? bytes.size() : std::min<std::size_t>(bytes.size(), 160);
    for (std::size_t flips = 1 + random(4); flips > 0; --flips) {
      bytes[random(reach)] = static_cast<char>(i % 3 ? random(256) : (i % 2 ? 0xff : 0));
    }
    if (i % 7 == 0) bytes.resize(random(bytes.size()) + 1);
    write_bytes(mutant, bytes);
    try {
      const auto source = open_source(mutant, {});
      const Format& format = source->format();
      // What a caller would refuse to hold is not read here either.
      if (format.channels * format.inner_size() > (1 << 24)) continue;
      with_sample_type(format.type, [&]<class T>() {
        Buffer<T> memory(slab_samples(format, 3));
        const SlabOf<T> out{memory.data(), format.channels, 3, format.inner_size(),
                            3 * format.inner_size()};
        for (int reads = 0; reads < 10000 && source->read(out) > 0; ++reads) {
        }
      });
      ++loaded;
    } catch (const Error& error) {
      CHECK(error.code() == Code::input);
      CHECK(std::string(error.what()).size() > mutant.size());
    }
  }
  return loaded;
}

}  // namespace faltung::io_test
