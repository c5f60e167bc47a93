// What is fuzzed: readers of files, of kernels and of foreign configurations, codecs, JSON, YAML.
//
// A target takes any bytes and returns, or ends the process where it finds what no input may cause:
// another exception than Error{input} (YAML: Error{configuration}; foreign configurations, which
// name files, both), or what a sanitizer sees.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace faltung::fuzz {

// Throws std::invalid_argument for a name that is not among target_names().
void run_target(const std::string& name, std::string_view bytes);

std::vector<std::string> target_names();

}  // namespace faltung::fuzz
