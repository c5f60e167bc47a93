// How much of an output in chunks is there, also while jobs are writing it.
#pragma once

#include <string>

#include "engine/nd/shape.h"

namespace faltung {

struct Census {
  Index chunks = 0;  // that the array has, shards counting as one; 0: nothing is there
  Index there = 0;
  bool complete = false;  // under its name; an unfinished one may be at work in its place
};

// Whether several jobs can write an output of that path, which is then one of these.
bool can_be_shared(const std::string& path);
std::string shared_extensions();  // ".zarr .h5 …", for messages

// Where such an output lies until it is complete (staged_folder.h).
std::string unfinished_place(const std::string& path);

// Of the array under its unfinished name, where that is there, else under its own. Reads names and
// indexes only, but all of them. Throws Error{input} where what is there cannot be read.
Census take_census(const std::string& path);

}  // namespace faltung
