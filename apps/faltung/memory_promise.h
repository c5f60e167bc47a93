// `--memory`: what a run may hold, planned for before it begins, refused where it cannot be.
#pragma once

#include <functional>
#include <string>

#include "apps/faltung/cutting.h"
#include "engine/stream/stage.h"

namespace faltung {

// "512M", "1.5G", "800K", "1G" (powers of 1024, as of memory), "64MiB", "2GB" (powers of 1000), or
// bytes. Throws Error{configuration}.
Index parse_memory(const std::string& text);

struct Prepared {
  Format in, out;
  Cutting cutting;
};

// What writing slabs of so many positions holds beside them, in bytes.
using Writing = std::function<Index(const Format& out, Index slab)>;

// Prepares a stage so that all of it, the slabs that travel, what reading (`source_bytes`) and
// writing hold, and the program itself stay below `promise` bytes; 0: what this machine has.
// `setting` as for Stage::prepare. Throws Error{configuration} with the number of bytes that would
// be needed.
Prepared prepare_within(Index promise, Stage& stage, const Format& in, Index block,
                        Index source_bytes, const Writing& writing, Setting setting);

Index peak_memory();  // the most that this process ever held, in bytes

}  // namespace faltung
