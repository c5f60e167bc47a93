// How an output stores its numbers: what --type and --scale ask for, and what is said about it.
#pragma once

#include <memory>
#include <string>

#include "apps/faltung/console.h"
#include "engine/io/scaling.h"

namespace faltung {

struct StoringOptions {
  enum class Scale {
    container,  // the container's own: numbers of an array stay, white stays white
    none,       // values are stored as they are
    full,       // the input type's range becomes the output type's
    range,      // low … high becomes the output type's range
  };
  Encoding::Sample type = Encoding::Sample::none;  // none: as the input is stored
  Scale scale = Scale::container;
  double low = 0, high = 1;  // of Scale::range
  Shape chunks_per_file;     // as Encoding's
};

// "u8", "i16", "f32", …. Throws Error{configuration}.
Encoding::Sample parse_type(const std::string& text);

// "none", "full" or "LO:HI" into `options`. Throws Error{configuration}.
void parse_scale(const std::string& text, StoringOptions& options);

// "auto", or numbers of chunks as "8" or "8x16". Throws Error{configuration}.
Shape parse_chunks_per_file(const std::string& text);

std::string text_of(const StoringOptions& options);  // another where the numbers are others

// Throws Error{configuration} where the container does not hold the type.
std::unique_ptr<ScalingSink> create_storing(const std::string& path, const Format& format,
                                            const Encoding& like, const StoringOptions& options,
                                            const StoreOptions& store = {});

// What writing to that holds in memory beside slabs of at most `slab` positions.
Index storing_memory_bytes(const std::string& path, const Format& format, const Encoding& like,
                           const StoringOptions& options, Index slab);

// Once the output is whole: how many values were saturated, and how numbers are stored where that
// was asked for or is not as `usual` (none: it goes without saying).
void note_storing(const Console& console, const std::string& path, const ScalingSink& sink,
                  Encoding::Sample usual, const StoringOptions& options);

}  // namespace faltung
