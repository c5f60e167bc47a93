// Lines of a text file, their fields, and numbers in them; errors carry file:line:column.
#include "engine/io/text_line.h"

#include <algorithm>
#include <charconv>

namespace faltung {
namespace {

constexpr Index kReadBytes = 256 * 1024;
constexpr std::size_t kMostLineBytes = 16 << 20;  // a file without line ends must not fill memory

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::size_t end_of_field(std::string_view line, std::size_t begin, char separator) {
  bool quoted = false;
  for (std::size_t i = begin; i < line.size(); ++i) {
    if (line[i] == '"') quoted = !quoted;
    const bool ends = line[i] == separator || (separator == ' ' && is_space(line[i]));
    if (ends && !quoted) return i;
  }
  return line.size();
}

}  // namespace

Separator separator_of(std::string_view line) {
  line = trimmed(line);
  for (auto separator : {Separator::tab, Separator::comma, Separator::semicolon}) {
    if (line.find(static_cast<char>(separator)) != line.npos) return separator;
  }
  return Separator::spaces;
}

void split(std::string_view line, Separator separator, std::vector<Field>& fields) {
  fields.clear();
  const char mark = static_cast<char>(separator);
  const char* const origin = line.data();
  if (separator == Separator::spaces) {
    line = trimmed(line);
  }
  for (std::size_t begin = 0; begin <= line.size();) {
    const std::size_t end = end_of_field(line, begin, mark);
    std::string_view text = trimmed(line.substr(begin, end - begin));
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
      text = text.substr(1, text.size() - 2);
    }
    fields.push_back({text, text.data() - origin + 1});
    begin = end + 1;
    while (separator == Separator::spaces && begin < line.size() && is_space(line[begin])) ++begin;
  }
}

bool parse_number(std::string_view text, double& number) noexcept {
  if (text.size() > 1 && text.front() == '+' && text[1] != '-') text.remove_prefix(1);
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && end == text.data() + text.size();
}

bool LineReader::next(std::string_view& line) {
  while (next_any(line)) {
    const std::string_view text = trimmed(line);
    if (!text.empty() && text.front() != '#') return true;
  }
  return false;
}

bool LineReader::next_any(std::string_view& line) {
  std::size_t searched = begin_;
  for (;;) {
    const std::size_t end = buffer_.find('\n', searched);
    const bool last = end == std::string::npos && offset_ >= file_.size();
    if (end != std::string::npos || (last && begin_ < buffer_.size())) {
      line = std::string_view(buffer_).substr(begin_, std::min(end, buffer_.size()) - begin_);
      begin_ = std::min(end, buffer_.size() - 1) + 1;
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
      if (number_++ == 0 && line.substr(0, 3) == kByteOrderMark) line.remove_prefix(3);
      return true;
    }
    if (last) return false;
    if (buffer_.size() - begin_ > kMostLineBytes) {
      ++number_;
      fail(1, "the line is longer than " + std::to_string(kMostLineBytes) + " bytes");
    }
    buffer_.erase(0, begin_);
    begin_ = 0;
    searched = buffer_.size();
    const std::string more = file_.bytes_at(offset_, kReadBytes);
    if (more.empty()) offset_ = file_.size();  // it became shorter
    offset_ += static_cast<Index>(more.size());
    buffer_ += more;
  }
}

void LineReader::fail_at(Index line, Index column, const std::string& reason) const {
  throw Error(Code::input, file_.path() + ":" + std::to_string(line) + ":" +
                               std::to_string(column) + ": " + reason);
}

}  // namespace faltung
