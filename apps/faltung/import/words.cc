// The words after a jconvolver command, taken one after the other.
#include "apps/faltung/import/words.h"

#include <charconv>
#include <cmath>

namespace faltung {
namespace {

constexpr const char* kSpaces = " \t\r\v\f";

template <class T>
bool parse(const std::string& word, T* value) {
  const char* begin = word.data() + (word.starts_with('+') ? 1 : 0);
  const char* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(begin, end, *value);
  return error == std::errc() && stop == end;
}

}  // namespace

WordReader::WordReader(std::string line, std::string place)
    : line_(std::move(line)), place_(std::move(place)) {}

void WordReader::fail(const std::string& message) const {
  throw Error(Code::configuration, place_ + message);
}

bool WordReader::at_end() {
  next_ = std::min(line_.find_first_not_of(kSpaces, next_), line_.size());
  return next_ == line_.size() || line_[next_] == '#';
}

std::string WordReader::bare_word(const char* what) {
  if (at_end()) fail(std::string("the ") + what + " is missing");
  const std::size_t end = std::min(line_.find_first_of(kSpaces, next_), line_.size());
  const std::string word = line_.substr(next_, end - next_);
  next_ = end;
  return word;
}

double WordReader::number(const char* what) {
  const std::string word = bare_word(what);
  double value = 0;
  if (parse(word, &value) && std::isfinite(value)) return value;
  fail(std::string(what) + ": expected a number, got '" + word + "'");
}

Index WordReader::integer(const char* what, Index least, Index most) {
  const std::string word = bare_word(what);
  Index value = 0;
  if (parse(word, &value) && value >= least && value <= most) return value;
  fail(std::string(what) + ": expected a whole number from " + std::to_string(least) + " to " +
       std::to_string(most) + ", got '" + word + "'");
}

std::string WordReader::string(const char* what) {
  next_ = std::min(line_.find_first_not_of(kSpaces, next_), line_.size());
  const char quote =
      next_ < line_.size() && (line_[next_] == '\'' || line_[next_] == '"') ? line_[next_++] : '\0';
  std::string text;
  for (; next_ < line_.size(); ++next_) {
    char c = line_[next_];
    if (quote ? c == quote : c == ' ' || c == '\t') break;
    if (c == '\'' || c == '"') fail(std::string(what) + ": a quote inside; write '\\' before it");
    if (c == '\\' && quote != '\'') {
      if (++next_ == line_.size()) fail(std::string(what) + ": ends with '\\'");
      c = line_[next_];
    }
    text += c;
  }
  if (quote && next_ == line_.size()) fail(std::string(what) + ": the quote is not closed");
  if (quote) ++next_;
  if (text.empty()) fail(std::string("the ") + what + " is missing");
  return text;
}

}  // namespace faltung
