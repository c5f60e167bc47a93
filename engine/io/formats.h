// The table of containers: who reads and writes what, found by content or by extension.
//
// A new container is one file with an open and a create function, and one row in formats.cc.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/io/census.h"
#include "engine/io/file.h"
#include "engine/io/place.h"
#include "engine/io/sink.h"
#include "engine/io/source.h"

namespace faltung {

struct Container {
  const char* name;                      // Encoding::container
  const char* extensions;                // ".wav .wave"; the first is the usual one
  bool (*sniff)(std::string_view head);  // by a file's first bytes; null: has no mark of its own
  std::unique_ptr<Source> (*open)(InputFile file, const SourceOptions& options);
  std::unique_ptr<Sink> (*create)(const Container& container, const std::string& path,
                                  const Format& format, const Encoding& like);
  bool holds_items = false;  // more than one signal, one after the other
  PlaceHeld place = PlaceHeld::nothing;

  // Of containers that are no single file: folders, and places within a file. `claims` says from
  // the spelling of a path, or from what is there, that it is such a place; null: never. `holder`
  // is the file or folder on the disk that the place is in or is: "a.zarr" of "a.zarr/b".
  bool (*claims)(const std::string& path) = nullptr;
  std::string (*holder)(const std::string& path) = nullptr;
  std::unique_ptr<Source> (*open_place)(const std::string& path,
                                        const SourceOptions& options) = nullptr;
  std::unique_ptr<Sink> (*create_place)(const std::string& path, const Format& format,
                                        const Encoding& like,
                                        const StoreOptions& options) = nullptr;

  // As sink_memory_bytes; null: not worth a word.
  Index (*held)(const std::string& path, const Format& format, const Encoding& like) = nullptr;

  // As unfinished_place and take_census; null: several jobs cannot write it.
  std::string (*unfinished)(const std::string& path) = nullptr;
  Census (*census)(const std::string& path) = nullptr;

  bool packs_chunks = false;  // several of them into a file (Encoding::chunks_per_file)
  bool only_lengths = false;  // spacing is held where all axes have a unit of length
};

// The file or folder on the disk that a path names, or that the place it names is in.
std::string holder_of(const std::string& path);

// What would read the path, by its spelling, its content, its extension. Throws Error{input} where
// there is no such file, or nothing reads it.
const Container& container_for_input(const std::string& path);

// By the extension of a path, in any case of letters; null: unknown. "-" is raw.
const Container* container_for_path(std::string_view path);
const Container* container_for_content(std::string_view head);
const Container* container_named(std::string_view name);

// From the last dot on, in small letters; with the one before where it is ".gz": ".nii.gz".
std::string extension_of(std::string_view path);

std::string known_extensions();  // ".wav .wave .rf64 …", for messages

// Throws Error{configuration} unless the signal has from `least` to `most` inner axes, as in
// "png holds images; the signal is a volume".
void require_inner_rank(const Container& container, const Format& format, int least, int most);

// The same for an image of limited channels, rows and columns whose rows must be known.
void require_picture(const Container& container, const Format& format, Index most_channels,
                     Index most_extent);

}  // namespace faltung
