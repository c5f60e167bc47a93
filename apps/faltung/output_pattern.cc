// Names of outputs by a pattern: "out/{name}_smooth{ext}".
#include "apps/faltung/output_pattern.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "engine/io/formats.h"
#include "engine/nd/error.h"
#include "engine/nd/suggestion.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

constexpr int kMostDigits = 18;

std::string file_name(const Input& input) { return fs::path(input.path).filename().string(); }

// As it is spelt; a name that begins with its only dot has none.
std::string ext(const Input& input) {
  const std::string name = file_name(input);
  const std::size_t size = extension_of(name).size();
  return size == name.size() ? "" : name.substr(name.size() - size);
}

std::string name(const Input& input) {
  const std::string all = file_name(input);
  return all.substr(0, all.size() - ext(input).size());
}

std::string stem(const Input& input) { return fs::path(input.path).stem().string(); }
std::string folder(const Input& input) { return input.folder.empty() ? "." : input.folder; }

std::string parent(const Input& input) {
  return fs::absolute(input.path).lexically_normal().parent_path().filename().string();
}

constexpr std::array<std::pair<const char*, std::string (*)(const Input&)>, 5> kPlaces{
    {{"name", name}, {"ext", ext}, {"stem", stem}, {"parent", parent}, {"folder", folder}}};

[[noreturn]] void refuse_place(const std::string& pattern, const std::string& place) {
  std::vector<std::string> known{"index"};
  for (const auto& [known_name, of] : kPlaces) known.push_back(known_name);
  const std::string better = suggestion(place, known);
  throw Error(Code::configuration,
              pattern + ": unknown place {" + place + "}; " +
                  (better.empty() ? "there are {name} {ext} {stem} {parent} {folder} {index} and "
                                    "{index:04}; a brace itself is {{ or }}"
                                  : "did you mean {" + better + "}?"));
}

// "index" or "index:04"; nothing where it is neither.
bool is_index(const std::string& place, std::size_t& digits) {
  digits = 1;
  if (place == "index") return true;
  if (!place.starts_with("index:0") || place.size() > 9) return false;
  const std::string count = place.substr(7);
  const bool number = !count.empty() && std::all_of(count.begin(), count.end(), [](char c) {
    return c >= '0' && c <= '9';
  });
  if (!number || std::stoi(count) < 1 || std::stoi(count) > kMostDigits) return false;
  digits = std::stoul(count);
  return true;
}

std::string filled(const std::string& pattern, const std::string& place, const Input& input,
                   int index) {
  std::size_t digits = 1;
  if (is_index(place, digits)) {
    const std::string number = std::to_string(index);
    return std::string(digits - std::min(digits, number.size()), '0') + number;
  }
  for (const auto& [known, of] : kPlaces) {
    if (place == known) return of(input);
  }
  refuse_place(pattern, place);
}

}  // namespace

bool is_output_pattern(const std::string& output) {
  return output.find_first_of("{}") != output.npos;
}

std::string output_name(const std::string& pattern, const Input& input, int index) {
  std::string result;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c != '{' && c != '}') {
      result += c;
    } else if (i + 1 < pattern.size() && pattern[i + 1] == c) {
      result += pattern[i++];
    } else {
      const std::size_t end = c == '{' ? pattern.find('}', i) : pattern.npos;
      if (end == pattern.npos) {
        throw Error(Code::configuration, pattern + ": a brace without its partner; {{ and }} "
                                                   "are braces themselves");
      }
      result += filled(pattern, pattern.substr(i + 1, end - i - 1), input, index);
      i = end;
    }
  }
  return fs::path(result).lexically_normal().string();
}

}  // namespace faltung
