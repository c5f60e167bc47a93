// Where slabs come from: a sound file, an image, a volume, a table, standard input.
//
// A source reads forward, slab by slab; what it holds does not grow with the signal's length.
// Headers are hostile until proven otherwise: extents are checked against the bytes that are
// there before anything is allocated.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/io/description.h"
#include "engine/stream/format.h"

namespace faltung {

// How samples are stored, so that a sink can store the result alike.
struct Encoding {
  enum class Sample { none, u8, u16, s8, s16, s24, s32, f32, f64 };
  std::string container;  // "wav", "flac", "png", "tiff", "npy", "csv", "raw", …: formats.h
  Sample sample = Sample::none;  // none: the container's own choice
  double full_scale = 1;  // value of white or of digital full scale: 1 sound, 255, 65535 images
  std::vector<std::string> column_names;  // of a table
  bool time_column = false;  // the table's first column (column_names[0]) is the clock, no channel
  double time_start = 0;     // the clock's first value, in its own unit
  Index channel_axis = -1;   // of an array file: -1 none, 0 first, rank - 1 last
  bool exact = false;        // a sink stores `sample`, or refuses
  Index items = 1;           // signals of the same format, one after the other
  std::shared_ptr<const Description> description;  // of an array file; null: nothing is known
  // Of a Zarr output, how many chunks lie together in a file along its last axes of space, one along
  // the others. Of rank 0: the sink's own choice. Other containers refuse it.
  Shape chunks_per_file;
  std::vector<std::string> notes;  // what reading makes of the file's numbers, for the user
};

struct SourceOptions {
  double rate_hz = 0;  // of inputs that state none (raw, tables, arrays); 0: unknown
  Index channels = 1;  // of raw samples
  Encoding::Sample raw_sample = Encoding::Sample::f32;
  std::string channel_axis;          // of arrays: "", "none", "first", "last"; "" is none
  std::vector<std::string> columns;  // of a table, by name or number from 1; empty: all
};

class Source {
 public:
  virtual ~Source() = default;

  // max_slab is 0; extent is set where the container states it.
  virtual const Format& format() const = 0;
  virtual const Encoding& encoding() const = 0;

  // Fills up to out.extent positions (format().type, format().channels); returns how many, 0 at
  // the end of an item: the next call begins the next one. Throws Error{input} where the data end
  // early or are corrupt.
  virtual Index read(const Slab& out) = 0;

  // Goes to a position of the stream axis in an item; false where the container only reads forward.
  // Throws Error{input}.
  virtual bool seek(Index item, Index position);

  // What reading holds in memory beside the slabs, where that grows with the signal's inner axes.
  virtual Index memory_bytes() const { return 0; }
};

// Images: sample values are the file's numbers (0…255, 0…65535); sound: full scale is 1.
// Throws Error{input} naming the path and the reason.
std::unique_ptr<Source> open_source(const std::string& path, const SourceOptions& options);

}  // namespace faltung
