// What the tests of io share: a scratch folder, signals in memory, saving and loading by slabs.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "engine/io/sink.h"
#include "engine/io/source.h"

namespace faltung::io_test {

// A folder of its own, removed with all that is in it.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  std::vector<std::string> names() const;  // of all that is in it, sorted

 private:
  std::string path_;
};

// A whole signal, channel after channel, in float64 whatever the format's type.
struct Signal {
  Format format;
  Encoding encoding;
  std::vector<double> samples;
  Index extent() const { return *format.extent; }
};

// samples = value(channel, index within the channel)
template <class Value>
void fill(Signal& signal, Value value) {
  const Index run = *signal.format.extent * signal.format.inner_size();
  signal.samples.clear();
  for (Index c = 0; c < signal.format.channels; ++c) {
    for (Index n = 0; n < run; ++n) signal.samples.push_back(value(c, n));
  }
}

void save(const Signal& signal, const std::string& path, const Encoding& like, Index slab);
Signal load(const std::string& path, Index slab, const SourceOptions& options = {});

std::string read_bytes(const std::string& path);
void write_bytes(const std::string& path, const std::string& bytes);

// The message of the Error that `load` ends with; empty: none. `code` is what it must carry.
std::string load_error(const std::string& path, Code code = Code::input);

// Opens and reads some hundred mutations of the file's bytes: each either loads or throws Error.
// Returns how many loaded.
int load_mutations(const std::string& path, int count);

}  // namespace faltung::io_test
