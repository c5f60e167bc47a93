// A .npy file: its header (versions 1 to 3), and its elements mapped into memory.
//
// Format: numpy.lib.format. Headers are hostile: shapes are checked against the file's bytes.
#pragma once

#include <string>

#include "engine/io/mapped_file.h"
#include "engine/io/number_type.h"
#include "engine/nd/view.h"

namespace faltung {

struct NpyHeader {
  NumberType type;
  bool fortran = false;  // first axis fastest
  Shape shape;
  Index data_offset = 0;
};

// Throws Error{input} where the file is no .npy, of a type not listed, or shorter than it states.
NpyHeader read_npy_header(const InputFile& file);

// The bytes before the data, `bytes` long (a multiple of 64, 0: as many as needed).
std::string npy_header(const std::string& descr, const Shape& shape, std::size_t bytes = 0);

// The elements of a file, mapped read-only.
class NpyFile {
 public:
  explicit NpyFile(InputFile file);

  const NpyHeader& header() const noexcept { return header_; }
  const Shape& strides() const noexcept { return strides_; }  // in elements

  // `count` elements from element `first`, `stride` elements apart, as numbers of type T.
  template <class T>
  void convert(Index first, Index stride, Index count, T* to) const;

  // Elements [first, first + count) are not needed soon: see MappedFile.
  void release(Index first, Index count) const noexcept;

 private:
  MappedFile file_;
  NpyHeader header_;
  Shape strides_;
};

}  // namespace faltung
