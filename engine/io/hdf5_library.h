// The HDF5 library as our files on HDF5 share it; no other file includes it.
//
// It is not safe for threads: whoever calls it holds an Hdf5Lock. It says nothing by itself.
#pragma once

#include <hdf5.h>

#include <array>
#include <mutex>
#include <optional>
#include <utility>

#include "engine/io/chunked_array.h"

namespace faltung {

class Hdf5Lock {
 public:
  Hdf5Lock();

 private:
  std::lock_guard<std::mutex> lock_;
};

// An identifier of the library, with the function that gives it back.
class Hdf5Handle {
 public:
  Hdf5Handle() = default;
  Hdf5Handle(hid_t id, herr_t (*give_back)(hid_t)) : id_(id), close_(give_back) {}
  Hdf5Handle(Hdf5Handle&& other) noexcept : id_(other.id_), close_(other.close_) { other.id_ = -1; }
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Hdf5Handle() { close(); }
  bool close() noexcept {
    const bool good = id_ < 0 || close_(id_) >= 0;
    id_ = -1;
    return good;
  }
  operator hid_t() const noexcept { return id_; }
  explicit operator bool() const noexcept { return id_ >= 0; }

 private:
  hid_t id_ = -1;
  herr_t (*close_)(hid_t) = nullptr;
};

// The type as a file has it; nothing for those that are not read.
std::optional<NumberType> hdf5_number_type(hid_t type);
hid_t hdf5_type(const NumberType& type);  // in the low byte first; not for f2

// The first number of a chunk.
std::array<hsize_t, kMaxRank> hdf5_offset(const Shape& chunk, const Shape& chunks);

// hdf5_axes.cc: DIMENSION_LABELS as names (HDF5 Dimension Scales Specification), element_size_um as
// spacing of the last axes (Ilastik, Fiji). Of another form they are ignored. Needs shape and
// chunks.
void read_hdf5_axes(hid_t dataset, ChunkedHeader& header);
bool write_hdf5_axes(hid_t dataset, const ChunkedHeader& header);  // false: the library failed

}  // namespace faltung
