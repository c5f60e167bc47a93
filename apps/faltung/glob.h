// Files by patterns: * ? [a-z] within a name, ** for any number of folders.
//
// As a shell's, with two differences: a pattern names files and stores (folders that are one
// signal), never plain folders, and ** does not look into stores. Hidden names match only where
// the pattern spells the dot. Links to folders are followed, save by **.
#pragma once

#include <string>
#include <vector>

namespace faltung {

bool is_glob(const std::string& text);  // holds * ? or [

// A folder, and not one that holds one signal, as Zarr's do.
bool is_plain_folder(const std::string& path);

// What matches below `folder` (where we are, if empty), with the folder in front; sorted, each
// once. Throws Error{input} for a folder that cannot be read.
std::vector<std::string> glob(const std::string& pattern, const std::string& folder = "");

// The folders before the first wildcard: "scans/" of "scans/*/a.tif"; empty where there are none.
std::string fixed_part(const std::string& pattern);

}  // namespace faltung
