// Which inputs a command line means: files, patterns, folders, lists.
#pragma once

#include <string>
#include <vector>

namespace faltung {

struct Input {
  std::string path;    // "-": standard input
  std::string folder;  // where it lies below the folder or pattern it was found by: "mon/am"
};

struct InputOptions {
  std::vector<std::string> names;  // files, folders, or quoted patterns (glob.h)
  std::string list;                // a file of more names, one a line, # comments; "-": stdin
  bool recursive = false;          // also what lies in the folders of a folder
};

// In the order of the names; what a folder or a pattern gives is sorted. A name that exists is
// taken as it is, wildcards or not. Of a folder all files of known kinds are taken, save hidden
// ones and raw samples, which nothing tells from the data of another file; a folder that is a store
// is one input.
// A name that is no pattern need not exist: opening it says why.
// Throws Error{input} where a pattern, a folder or a list gives nothing.
std::vector<Input> find_inputs(const InputOptions& options);

}  // namespace faltung
