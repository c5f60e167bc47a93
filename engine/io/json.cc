// JSON as file formats carry it: nlohmann's parser fills our value, so that limits hold while it
// reads.
#include "engine/io/json.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace faltung {
namespace {

constexpr std::size_t kMostLevels = 64;

// Receives the parser's events; `open_` are the lists and objects not closed yet.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return add(Json()); }
  bool boolean(bool value) override { return add(Json(value)); }
  bool number_integer(number_integer_t value) override { return add(Json(Index{value})); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > INT64_MAX) return add(Json(static_cast<double>(value)));
    return add(Json(static_cast<Index>(value)));
  }
  bool number_float(number_float_t value, const string_t&) override { return add(Json(value)); }
  bool string(string_t& value) override { return add(Json(std::move(value))); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(JsonObject()); }
  bool start_array(std::size_t) override { return open(JsonList()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& value) override {
    open_.back().key = std::move(value);
    return true;
  }
  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::detail::exception& error) override {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error …"
    const std::string what = error.what();
    const auto at = what.find("at line");
    throw Error(Code::input, "no JSON " + (at == what.npos ? what : what.substr(at)));
  }

  Json result;

 private:
  struct Level {
    Json value;
    std::string key;
  };

  bool add(Json value) {
    if (open_.empty()) {
      result = std::move(value);
    } else if (auto* list = const_cast<JsonList*>(open_.back().value.as<JsonList>())) {
      list->push_back(std::move(value));
    } else {
      auto* object = const_cast<JsonObject*>(open_.back().value.as<JsonObject>());
      const auto [at, fresh] = object->emplace(open_.back().key, std::move(value));
      if (!fresh) throw Error(Code::input, "JSON states '" + at->first + "' twice");
    }
    return true;
  }

  bool open(Json value) {
    if (open_.size() == kMostLevels) {
      throw Error(Code::input,
                  "JSON of more than " + std::to_string(kMostLevels) + " levels of lists");
    }
    open_.push_back({std::move(value), {}});
    return true;
  }

  bool close() {
    Json value = std::move(open_.back().value);
    open_.pop_back();
    return add(std::move(value));
  }

  std::vector<Level> open_;
};

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// The shortest digits that give the number again; JSON has no infinities.
std::string digits(double value) {
  if (!std::isfinite(value)) return "null";
  char room[32];
  const auto end = std::to_chars(room, room + sizeof room, value).ptr;
  std::string text(room, end);
  return text.find_first_of(".e") == text.npos ? text + ".0" : text;
}

[[noreturn]] void refuse(const std::string& key, const char* wanted) {
  throw Error(Code::input, "'" + key + "' must be " + wanted);
}

template <class T>
const T& required(const Json& object, const std::string& key, const char* wanted) {
  const T* value = object[key].as<T>();
  if (!value) refuse(key, wanted);
  return *value;
}

}  // namespace

// Here, for GCC 12 sees uninitialised members where they are inlined.
Json::Json() noexcept = default;
Json::Json(const Json&) = default;
Json::Json(Json&&) noexcept = default;
Json& Json::operator=(const Json&) = default;
Json& Json::operator=(Json&&) noexcept = default;
Json::~Json() = default;

const double* Json::number(double& room) const noexcept {
  if (const Index* whole = as<Index>()) return &(room = static_cast<double>(*whole));
  return as<double>();
}

const Json& Json::operator[](const std::string& key) const noexcept {
  static const Json nothing;
  const JsonObject* object = as<JsonObject>();
  if (!object) return nothing;
  const auto found = object->find(key);
  return found == object->end() ? nothing : found->second;
}

const JsonObject& Json::object(const std::string& key) const {
  return required<JsonObject>(*this, key, "an object");
}
const JsonList& Json::list(const std::string& key) const {
  return required<JsonList>(*this, key, "a list");
}
const std::string& Json::text(const std::string& key) const {
  return required<std::string>(*this, key, "a text");
}

Shape Json::shape(const std::string& key) const {
  const JsonList& values = list(key);
  if (values.size() > kMaxRank) {
    throw Error(Code::input, "'" + key + "' has " + std::to_string(values.size()) +
                                 " axes; at most " + std::to_string(kMaxRank) + " are possible");
  }
  Shape shape;
  for (const Json& value : values) {
    const Index* whole = value.as<Index>();
    if (!whole || *whole < 0) {
      throw Error(Code::input, "'" + key + "' holds " + value.excerpt() +
                                   "; whole numbers from 0 are needed");
    }
    shape.push_back(*whole);
  }
  return shape;
}

std::string Json::excerpt() const {
  constexpr std::size_t kMost = 60;
  std::string line;
  for (const char c : dump()) {
    const bool blank = c == ' ' || c == '\n';
    if (!blank || (!line.empty() && line.back() != ' ')) line += blank ? ' ' : c;
    if (line.size() == kMost) return line + "…";
  }
  return line;
}

std::string Json::dump(int indent) const {
  const std::string line = "\n" + std::string(static_cast<std::size_t>(indent) * 2, ' ');
  std::string text;
  if (const auto* list = as<JsonList>()) {
    for (const Json& value : *list) text += (text.empty() ? "" : ", ") + value.dump(indent + 1);
    return "[" + text + "]";
  }
  if (const auto* object = as<JsonObject>()) {
    for (const auto& [key, value] : *object) {
      text += (text.empty() ? "" : ",") + line + "  " + quoted(key) + ": " + value.dump(indent + 1);
    }
    return text.empty() ? "{}" : "{" + text + line + "}";
  }
  if (const auto* flag = as<bool>()) return *flag ? "true" : "false";
  if (const auto* whole = as<Index>()) return std::to_string(*whole);
  if (const auto* number = as<double>()) return digits(*number);
  if (const auto* string = as<std::string>()) return quoted(*string);
  return "null";
}

Json parse_json(std::string_view text) {
  if (static_cast<Index>(text.size()) > kMostJsonBytes) {
    throw Error(Code::input, std::to_string(text.size()) + " bytes of JSON; at most " +
                                 std::to_string(kMostJsonBytes) + " are read");
  }
  Builder builder;
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return std::move(builder.result);
}

}  // namespace faltung
