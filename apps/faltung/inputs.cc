// Which inputs a command line means: files, patterns, folders, lists.
#include "apps/faltung/inputs.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "apps/faltung/glob.h"
#include "apps/faltung/outputs.h"
#include "engine/io/containers.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

// Raw samples have neither mark nor header: beside a .mhd or .nhdr they are its data.
bool is_known_file(const std::string& path) {
  const Container* container = container_for_path(path);
  return container && container->open != open_raw;
}

// `folder` relative to where the search began; "" for that place itself.
std::string below(const std::string& path, const std::string& beginning) {
  const fs::path base = beginning.empty() ? "." : beginning;
  const fs::path folder = fs::path(path).parent_path().lexically_proximate(base).lexically_normal();
  return folder == "." ? "" : folder.string();
}

std::vector<Input> matches(const std::string& pattern) {
  std::vector<Input> inputs;
  for (const std::string& path : glob(pattern)) {
    inputs.push_back({path, below(path, fixed_part(pattern))});
  }
  if (inputs.empty()) throw Error(Code::input, pattern + ": no file matches");
  return inputs;
}

std::vector<Input> contents(const std::string& folder, bool recursive) {
  std::vector<Input> inputs;
  for (const std::string& path : glob(recursive ? "**" : "*", folder)) {
    if (is_known_file(path)) inputs.push_back({path, below(path, folder)});
  }
  if (inputs.empty()) {
    throw Error(Code::input, folder + ": this folder holds no file of a known kind (" +
                                 known_extensions() + ")" +
                                 (recursive ? "" : "; --recursive looks into its folders"));
  }
  return inputs;
}

std::vector<Input> meant_by(const std::string& name, bool recursive) {
  std::error_code ignored;
  if (name == kStandardStream) return {{name, ""}};
  if (is_plain_folder(name)) return contents(name, recursive);
  if (is_glob(name) && !fs::exists(name, ignored)) return matches(name);
  return {{name, ""}};
}

std::vector<std::string> read_list(std::istream& lines, const std::string& name) {
  std::vector<std::string> names;
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty() && !line.starts_with('#')) names.push_back(line);
  }
  if (names.empty()) throw Error(Code::input, name + ": this list names no input");
  return names;
}

std::vector<std::string> listed(const std::string& list) {
  if (list == kStandardStream) return read_list(std::cin, "standard input");
  std::error_code ignored;
  if (fs::is_directory(list, ignored)) throw Error(Code::input, list + ": a list is a file");
  std::ifstream file(list);
  if (!file) throw Error(Code::input, list + ": this list cannot be opened");
  return read_list(file, list);
}

}  // namespace

std::vector<Input> find_inputs(const InputOptions& options) {
  std::vector<std::string> names = options.names;
  if (!options.list.empty()) {
    const std::vector<std::string> more = listed(options.list);
    names.insert(names.end(), more.begin(), more.end());
  }
  std::vector<Input> inputs;
  for (const std::string& name : names) {
    const std::vector<Input> meant = meant_by(name, options.recursive);
    inputs.insert(inputs.end(), meant.begin(), meant.end());
  }
  return inputs;
}

}  // namespace faltung
