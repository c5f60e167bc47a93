// Responses as files for plugins, and what they make of a signal, by the definition.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/convolve/kernel.h"
#include "engine/io/array.h"

namespace faltung::guest {

// A folder that is gone at the end.
class Folder {
 public:
  Folder() {
    std::string pattern = std::filesystem::temp_directory_path() / "faltung-guest-XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Decaying noise in float32, which a file keeps as it is; `seed` tells one from another.
inline Kernel noise_response(Index channels, Index taps, unsigned seed, double rate_hz = 48000) {
  Kernel kernel;
  kernel.values = Array<double>(Shape{channels, taps});
  unsigned state = seed;
  for (Index i = 0; i < channels * taps; ++i) {
    state = state * 1664525u + 1013904223u;
    const double decay = 1.0 - static_cast<double>(i % taps) / static_cast<double>(taps);
    kernel.values[i] = static_cast<double>(
        static_cast<float>((static_cast<double>(state) / 4294967296.0 - 0.5) * decay));
  }
  kernel.rate_hz = rate_hz;
  return kernel;
}

inline std::string written(const Folder& folder, const std::string& name, const Kernel& kernel) {
  write_kernel(folder.file(name), kernel, kernel.rate_hz);
  return folder.file(name);
}

// Adds the signal through channel `channel` of the response.
inline void add_convolved(const std::vector<float>& in, const Kernel& response, Index channel,
                          std::vector<double>& out) {
  const Index taps = response.values.extents().back();
  const double* h = response.values.data() + channel * taps;
  for (std::size_t n = 0; n < out.size(); ++n) {
    for (std::size_t m = 0; m < static_cast<std::size_t>(taps) && m <= n; ++m) {
      out[n] += h[m] * static_cast<double>(in[n - m]);
    }
  }
}

}  // namespace faltung::guest
