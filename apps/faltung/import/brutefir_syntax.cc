// The syntax of BruteFIR configurations: bfconf_lexical.lex and the manual of version 1.0o.
#include "apps/faltung/import/brutefir_syntax.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace faltung {
namespace {

constexpr int kDeepest = 8;  // blocks in blocks: devices have one

struct Token {
  enum class Kind { end, value, field, structure, mark };
  Kind kind = Kind::end;
  int line = 0;
  std::string text;  // of a field or structure: its name; of a mark: one of {}/,;
  BruteValue value;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

class Lexer {
 public:
  Lexer(const std::string& text, const BruteFile& file) : text_(text), file_(file) {}

  Token next() {
    skip_spaces();
    Token token;
    token.line = line_;
    if (at_ == text_.size()) return token;
    const char c = text_[at_];
    if (std::string_view("{}/,;").find(c) != std::string_view::npos) {
      token.kind = Token::Kind::mark;
      token.text = text_[at_++];
    } else if (c == '"') {
      token.kind = Token::Kind::value;
      token.value.kind = BruteValue::Kind::text;
      token.value.text = quoted();
    } else {
      read_word(token);
    }
    return token;
  }

 private:
  void skip_spaces() {
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '#') at_ = std::min(text_.find('\n', at_), text_.size());
      if (at_ == text_.size()) return;
      if (text_[at_] == '\n') ++line_;
      if (std::string_view(" \t\r\n").find(text_[at_]) == std::string_view::npos) return;
    }
  }

  std::string quoted() {
    const int line = line_;
    std::string result;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] != '\\') {
        result += text_[at_];
      } else if (++at_ < text_.size()) {
        result += text_[at_] == 'n' ? '\n' : text_[at_] == 't' ? '\t' : text_[at_];
      }
    }
    if (at_ >= text_.size()) file_.refuse(line, "the string that begins here is not closed");
    ++at_;
    return result;
  }

  void read_word(Token& token) {
    std::size_t end = at_;
    while (end < text_.size() && is_word(text_[end])) ++end;
    const std::string word = text_.substr(at_, end - at_);
    if (end > at_ && end < text_.size() && text_[end] == ':') {
      at_ = end + 1;
      token.kind = Token::Kind::field;
      token.text = word;
    } else if (word == "true" || word == "false") {
      at_ = end;
      token.kind = Token::Kind::value;
      token.value = {BruteValue::Kind::flag, word, 0, word == "true"};
    } else if (word == "coeff" || word == "input" || word == "output" || word == "filter" ||
               word == "route") {
      at_ = end;
      token.kind = Token::Kind::structure;
      token.text = word == "route" ? "filter" : word;
    } else {
      read_number(token, word);
    }
  }

  // [+-]ddd.ddd[e+-dd], with exactly two digits after the 'e'.
  void read_number(Token& token, const std::string& word) {
    std::size_t end = at_ + (text_[at_] == '+' || text_[at_] == '-' ? 1 : 0);
    const auto digits = [&] {
      const std::size_t begin = end;
      while (end < text_.size() && is_digit(text_[end])) ++end;
      return end - begin;
    };
    std::size_t count = digits();
    if (end < text_.size() && text_[end] == '.') {
      ++end;
      count = digits();  // at least one after the point
    }
    const bool exponent = end + 3 < text_.size() && text_[end] == 'e' &&
                          (text_[end + 1] == '+' || text_[end + 1] == '-') &&
                          is_digit(text_[end + 2]) && is_digit(text_[end + 3]);
    if (exponent) end += 4;
    const std::string number = text_.substr(at_, end - at_);
    if (count == 0 || (end < text_.size() && (is_word(text_[end]) || text_[end] == '.'))) {
      file_.refuse(line_, "expected a value, got '" + (word.empty() ? text_.substr(at_, 1) : word) +
                              "'; strings stand in \"…\", names of fields end with ':'");
    }
    const char* begin = number.data() + (number[0] == '+' ? 1 : 0);
    double value = 0;
    const auto [stop, error] = std::from_chars(begin, number.data() + number.size(), value);
    if (error != std::errc()) file_.refuse(line_, "'" + number + "' is out of range");
    token.kind = Token::Kind::value;
    token.value = {BruteValue::Kind::number, number, value, false};
    at_ = end;
  }

  const std::string& text_;
  const BruteFile& file_;
  std::size_t at_ = 0;
  int line_ = 1;
};

class Parser {
 public:
  Parser(const std::string& text, BruteFile& file) : file_(file), lexer_(text, file) { advance(); }

  void parse() {
    while (token_.kind != Token::Kind::end) {
      if (token_.kind == Token::Kind::field) {
        add(file_.fields, field(0));
      } else if (token_.kind == Token::Kind::structure) {
        file_.structures.push_back(structure());
      } else {
        unexpected("a field or coeff, input, output, filter");
      }
    }
  }

 private:
  void advance() { token_ = lexer_.next(); }
  bool at(const char* mark) const {
    return token_.kind == Token::Kind::mark && token_.text == mark;
  }
  [[noreturn]] void unexpected(const std::string& wanted) const {
    const std::string given = token_.kind == Token::Kind::end     ? "the end"
                              : token_.kind == Token::Kind::value ? "'" + token_.value.text + "'"
                                                                  : "'" + token_.text + "'";
    file_.refuse(token_.line, "expected " + wanted + ", got " + given);
  }
  void expect(const char* mark) {
    if (!at(mark)) unexpected("'" + std::string(mark) + "'");
    advance();
  }

  void add(std::vector<BruteField>& fields, BruteField field) const {
    for (const BruteField& other : fields) {
      if (other.name == field.name) file_.refuse(field.line, "'" + field.name + "' is given twice");
    }
    fields.push_back(std::move(field));
  }

  BruteField field(int depth) {
    BruteField result;
    result.name = token_.text;
    result.line = token_.line;
    advance();
    do {
      if (!result.items.empty()) advance();  // the comma
      result.items.push_back(item(depth));
    } while (at(","));
    expect(";");
    return result;
  }

  BruteItem item(int depth) {
    BruteItem item;
    item.parts.push_back(value());
    while (at("/")) {
      advance();
      item.parts.push_back(at("/") ? std::optional<BruteValue>() : value());
    }
    if (at("{")) item.block = block(depth + 1);
    return item;
  }

  BruteValue value() {
    if (token_.kind != Token::Kind::value) unexpected("a value");
    const BruteValue value = token_.value;
    advance();
    return value;
  }

  std::vector<BruteField> block(int depth) {
    if (depth > kDeepest) file_.refuse(token_.line, "blocks nested too deep");
    std::vector<BruteField> fields;
    expect("{");
    while (!at("}")) {
      if (token_.kind != Token::Kind::field) unexpected("a field or '}'");
      add(fields, field(depth));
    }
    advance();
    return fields;
  }

  BruteStructure structure() {
    BruteStructure result;
    result.kind = token_.text;
    result.line = token_.line;
    advance();
    while (!at("{")) {
      if (!result.names.empty()) expect(",");
      result.names.push_back(value());
    }
    result.fields = block(0);
    expect(";");
    return result;
  }

  BruteFile& file_;
  Lexer lexer_;
  Token token_;
};

const BruteField* find_in(const std::vector<BruteField>& fields, const std::string& name) {
  for (const BruteField& field : fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

}  // namespace

const BruteField* BruteStructure::find(const std::string& name) const {
  return find_in(fields, name);
}

const BruteField* BruteFile::find(const std::string& name) const { return find_in(fields, name); }

const BruteStructure* BruteFile::first(const std::string& kind) const {
  for (const BruteStructure& structure : structures) {
    if (structure.kind == kind) return &structure;
  }
  return nullptr;
}

void BruteFile::refuse(int line, const std::string& message) const {
  throw Error(Code::configuration, path + ":" + std::to_string(line) + ": " + message);
}

BruteFile parse_brutefir(const std::string& text, const std::string& path) {
  BruteFile file;
  file.path = path;
  Parser(text, file).parse();
  return file;
}

}  // namespace faltung
