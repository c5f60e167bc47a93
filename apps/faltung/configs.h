// Where the pipelines and data that come with the program are.
#pragma once

#include <string>

namespace faltung {

// The full path of e.g. "hall.yaml" or "data/speech.flac": beside the installed program in
// share/faltung/configs, else in the source tree. Throws Error{failure} where it is in neither.
std::string bundled(const std::string& name);

// The same for "bench_peers.py": share/faltung, else beside the program's source.
std::string bundled_script(const std::string& name);

// The folder that holds the Python package faltung: installed beside the program, else where it is
// built; there may be none in it.
std::string python_package_path();

}  // namespace faltung
