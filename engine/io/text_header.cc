// Headers made of lines: what NRRD and MetaImage have in common.
#include "engine/io/text_header.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <utility>

namespace faltung {
namespace {

namespace fs = std::filesystem;

constexpr Index kMostHeaderBytes = 1 << 20;

template <class Number>
Number parsed(const std::string& path, const std::string& field, std::string_view text) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  if (result.ec == std::errc() && result.ptr == end) return number;
  throw Error(Code::input, path + ": " + field + ": '" + std::string(text.substr(0, 40)) +
                               "' is no number that can be taken");
}

// Links resolved; empty where there is no such file.
fs::path real_path(const std::string& path) {
  std::error_code ignored;
  return fs::canonical(path, ignored);
}

bool lies_below(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

}  // namespace

HeaderLines::HeaderLines(const InputFile& file)
    : file_(file), text_(file.bytes_at(0, std::min(kMostHeaderBytes, file.size()))) {}

std::optional<std::string> HeaderLines::next() {
  if (at_ == text_.size()) {
    if (offset() < file_.size()) {
      file_.fail("a header of more than " + std::to_string(kMostHeaderBytes) + " bytes");
    }
    return std::nullopt;
  }
  const std::size_t end = std::min(text_.find('\n', at_), text_.size());
  std::string line = text_.substr(at_, end - at_);
  at_ = std::min(end + 1, text_.size());
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return std::string(text);
}

std::string small_letters(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (char c : text) {
    if (!is_space(c)) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, {}));
    }
  }
  if (!word.empty()) words.push_back(word);
  return words;
}

double number_of(const std::string& path, const std::string& field, std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  return parsed<double>(path, field, text);
}

Index integer_of(const std::string& path, const std::string& field, std::string_view text) {
  return parsed<Index>(path, field, text);
}

std::string text_of(double number) {
  std::array<char, 40> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), end};
}

std::string beside(const InputFile& header, const std::string& name) {
  bool leaves = name.empty() || name.front() == '/';
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    leaves |= name.substr(begin, end - begin) == "..";
    begin = end + 1;
  }
  if (leaves || name.find('\0') != std::string::npos) {
    header.fail("names '" + name + "' for its data; allowed are files beside or below it");
  }
  const std::string& path = header.path();
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  const fs::path real = real_path(folder + name);
  if (!real.empty() && !lies_below(real, real_path(folder.empty() ? "." : folder))) {
    header.fail("names '" + name + "' for its data, a link to " + real.string() +
                "; allowed are files beside or below it");
  }
  return folder + name;
}

}  // namespace faltung
