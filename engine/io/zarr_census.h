// How much of a Zarr array is there: its chunks counted, also while jobs are writing it.
#pragma once

#include <string>

#include "engine/nd/shape.h"

namespace faltung {

// Where the array of that path lies until it is complete (staged_folder.h).
std::string zarr_part(const std::string& path);

struct ZarrCensus {
  Index chunks = 0;  // that the array has, or shards; 0: nothing is there
  Index there = 0;
  bool complete = false;  // under its name; an unfinished one may be at work in its place
};

// Of the array under its unfinished name, where that is there, else under its own. Reads names
// only, but all of them. Throws Error{input} where the metadata cannot be read.
ZarrCensus take_census(const std::string& path);

}  // namespace faltung
