// HDF5 files: one dataset read or written by its stored chunks.
//
// The library does not compress or decompress: stored chunks pass through our codecs, which hold to
// limits. It is not safe for threads, therefore every call here takes one lock. Links to other
// files, external and virtual storage are refused by name, and so are filters other than deflate,
// shuffle and fletcher32.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/io/chunked_array.h"
#include "engine/io/file.h"

namespace faltung {

// "file.h5:/path/to/dataset"
struct Hdf5Place {
  std::string file, dataset;  // empty: none is named
};
Hdf5Place hdf5_place_of(const std::string& path);  // hdf5.cc

struct Hdf5Header : ChunkedHeader {
  std::vector<CodecChoice> codecs;  // in the order of encoding
};

class Hdf5Reader {
 public:
  // `name` of a dataset; empty: the only one of the file. Tried in a copy of this process first
  // (trial.h). Throws Error{input} "path: …".
  Hdf5Reader(const std::string& path, const std::string& name);
  Hdf5Reader(const Hdf5Reader&) = delete;
  Hdf5Reader& operator=(const Hdf5Reader&) = delete;
  ~Hdf5Reader();

  // Types are u1 u2 u4 i1 i2 i4 f4 f8. What is not in chunks is seen in chunks of whole rows.
  const Hdf5Header& header() const noexcept { return header_; }

  // The chunk's bytes as they are stored, at most `most` of them, and which of the codecs were left
  // out for it (a bit each); false: it is not stored. Throws Error{input}.
  bool read(const Shape& chunk, std::size_t most, Bytes& out, unsigned& skipped);

  Index count_stored() const;  // of its chunks; what is not in chunks is all there

 private:
  struct Handles;

  void open(const std::string& name);
  void look_through();
  void read_header();
  std::size_t stored_size(const Shape& chunk) const;
  bool read_block(const Shape& chunk, Bytes& out);

  std::string path_;
  InputFile file_;
  std::unique_ptr<Handles> handles_;
  Hdf5Header header_;
  bool chunked_ = false;
};

class Hdf5Writer {
 public:
  // Creates the file at `path` with groups as the dataset needs them, and room for all chunks that
  // are not compressed: written or not, they are there. Dimension labels and
  // element_size_um say what header.axes do. Throws Error{output} "cannot write FILE: …" with the
  // name of place.file, which it will have.
  Hdf5Writer(const std::string& path, const Hdf5Place& place, const Hdf5Header& header);
  // Goes on with such a file of chunks that are not compressed; also after a death without close().
  Hdf5Writer(const std::string& path, const Hdf5Place& place, const Shape& chunks);
  Hdf5Writer(const Hdf5Writer&) = delete;
  Hdf5Writer& operator=(const Hdf5Writer&) = delete;
  ~Hdf5Writer();

  // Throws as the constructor would, without a file.
  static void require_possible(const Hdf5Place& place, const Hdf5Header& header);

  void write(const Shape& chunk, const Bytes& stored);
  void set_shape(const Shape& shape);  // within the one before
  void close();

 private:
  struct Handles;
  std::unique_ptr<Handles> handles_;
  Hdf5Place place_;
  Shape chunks_;
};

// Whether all that is in the file is the dataset `name`, or in the groups on the way to it; true
// where there is no HDF5 file, false where it is damaged.
bool holds_only(const std::string& path, const std::string& name);

}  // namespace faltung
