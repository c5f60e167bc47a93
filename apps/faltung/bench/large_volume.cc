// A volume larger than memory, on disk as a Zarr store.
#include "apps/faltung/bench/large_volume.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "apps/faltung/bench/rounds.h"
#include "engine/io/zarr_store.h"
#include "engine/nd/error.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

constexpr Index kExtent = 1024;
constexpr Index kSmallExtent = 64;
constexpr Index kChunkSlices = 16;
constexpr Index kChunkRows = 256;
constexpr int kCheckedChunks = 12;
constexpr int kCheckedVoxels = 6;  // of each; a voxel takes up to 33³ multiply-adds

void write_file(const std::string& path, const void* bytes, std::size_t count) {
  std::ofstream file(path, std::ios::binary);
  file.write(static_cast<const char*>(bytes), static_cast<std::streamsize>(count));
  file.close();
  if (!file) throw Error(Code::output, "cannot write " + path + ": " + std::strerror(errno));
}

std::string list(const Shape& shape) {
  std::string text;
  for (const Index extent : shape) text += (text.empty() ? "[" : ", ") + std::to_string(extent);
  return text + "]";
}

// splitmix64's mixing of the position (Steele, Lea and Flood 2014).
std::uint64_t mixed(std::uint64_t x) noexcept {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace

LargeVolume::LargeVolume(const std::string& path, Index slices, bool small)
    : path_(path),
      extents_{slices, small ? kSmallExtent : kExtent, small ? kSmallExtent : kExtent},
      chunks_{kChunkSlices, std::min(kChunkRows, extents_[1]), extents_[2]} {
  fs::create_directories(path_);
  show(slices);
  Buffer<float> numbers(chunks_.product());
  for (Index slice = 0; slice < slices; slice += kChunkSlices) {
    for (Index row = 0; row < extents_[1]; row += chunks_[1]) {
      float* to = numbers.data();
      for (Index z = slice; z < slice + chunks_[0]; ++z) {
        for (Index y = row; y < row + chunks_[1]; ++y) {
          for (Index x = 0; x < chunks_[2]; ++x) *to++ = voxel(z, y, x);
        }
      }
      write_file(chunk(slice, row), numbers.data(), static_cast<std::size_t>(numbers.size()) * 4);
    }
  }
  ::sync();
}

void LargeVolume::show(Index slices) const {
  const std::string text =
      "{\"zarr_format\": 2, \"shape\": " + list(Shape{slices, extents_[1], extents_[2]}) +
      ", \"chunks\": " + list(chunks_) +
      ", \"dtype\": \"<f4\", \"compressor\": null, \"fill_value\": 0, "
      "\"order\": \"C\", \"filters\": null}\n";
  write_file(path_ + "/.zarray", text.data(), text.size());
}

double LargeVolume::bytes(Index slices) const {
  return static_cast<double>(slices * extents_[1] * extents_[2]) * 4;
}

std::string LargeVolume::chunk(Index slice, Index row) const {
  return path_ + "/" + std::to_string(slice / chunks_[0]) + "." + std::to_string(row / chunks_[1]) +
         ".0";
}

void LargeVolume::forget() const {
  for (const auto& entry : fs::directory_iterator(path_)) {
    const int file = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) continue;
    ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    ::close(file);
  }
}

double LargeVolume::copy(Index slices, const std::string& to) const {
  const std::size_t size = static_cast<std::size_t>(chunks_.product()) * 4;
  std::vector<char> bytes(size);
  const double seconds = seconds_taken([&] {
    fs::create_directories(to);
    for (Index slice = 0; slice < slices; slice += chunks_[0]) {
      for (Index row = 0; row < extents_[1]; row += chunks_[1]) {
        const std::string from = chunk(slice, row);
        std::ifstream(from, std::ios::binary)
            .read(bytes.data(), static_cast<std::streamsize>(size));
        write_file(to + from.substr(path_.size()), bytes.data(), size);
      }
    }
    const int folder = ::open(to.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || ::syncfs(folder) != 0) throw Error(Code::output, "cannot sync " + to);
    ::close(folder);
  });
  fs::remove_all(to);
  return seconds;
}

double LargeVolume::error_of(const std::string& path, Index slices,
                             const VolumeKernel& kernel) const {
  const auto store = open_zarr_array(path);
  const ChunkedHeader& header = store->header();
  const Shape extents{slices, extents_[1], extents_[2]};
  if (!(header.shape == extents) || header.type.bytes != 4) {
    throw Error(Code::input, path + " is " + header.shape.text() + ", not " + extents.text());
  }
  const Shape strides = header.chunk_strides();
  std::mt19937_64 random(4);
  double difference = 0, peak = 0;
  Bytes bytes;
  for (int n = 0; n < kCheckedChunks; ++n) {
    Shape at, first, count;
    for (int axis = 0; axis < 3; ++axis) {
      const Index chunks = (extents[axis] - 1) / header.chunks[axis];
      at.push_back(n == 0 ? 0 : n == 1 ? chunks : static_cast<Index>(random()) % (chunks + 1));
      if (at[axis] < 0) at[axis] += chunks + 1;
      first.push_back(at[axis] * header.chunks[axis]);
      count.push_back(std::min(header.chunks[axis], extents[axis] - first[axis]));
    }
    bytes.resize(header.chunk_bytes());
    if (!store->read(at, bytes)) throw Error(Code::input, path + " lacks a chunk");
    for (int v = 0; v < kCheckedVoxels; ++v) {
      Shape position;
      Index offset = 0;
      for (int axis = 0; axis < 3; ++axis) {
        const Index drawn = static_cast<Index>(random() >> 1) % count[axis];
        const Index inside = v == 0 ? 0 : v == 1 ? count[axis] - 1 : drawn;
        position.push_back(first[axis] + inside);
        offset += inside * strides[axis];
      }
      float got = 0;
      std::memcpy(&got, bytes.data() + offset * 4, 4);
      const double wanted = plain(slices, kernel, position);
      difference = std::max(difference, std::abs(static_cast<double>(got) - wanted));
      peak = std::max(peak, std::abs(wanted));
    }
  }
  return difference / peak;
}

float LargeVolume::voxel(Index slice, Index row, Index column) const noexcept {
  const auto position =
      static_cast<std::uint64_t>((slice * extents_[1] + row) * extents_[2] + column);
  return static_cast<float>(mixed(position) >> 40) * 0x1p-24f - 0.5f;
}

double LargeVolume::plain(Index slices, const VolumeKernel& kernel,
                          const Shape& at) const noexcept {
  const Index extent = kernel.extent(), reach = extent / 2;
  double sum = 0;
  for (Index i = 0; i < kernel.taps.size(); ++i) {
    const Index z = at[0] + reach - i / (extent * extent);
    const Index y = at[1] + reach - i / extent % extent, x = at[2] + reach - i % extent;
    if (std::min({z, y, x}) < 0 || z >= slices || y >= extents_[1] || x >= extents_[2]) continue;
    sum += kernel.taps[i] * static_cast<double>(voxel(z, y, x));
  }
  return sum;
}

}  // namespace faltung
