// JSON as file formats carry it: parsed with limits, asked for with types, written again.
//
// Texts come from strangers: at most kMostJsonBytes of text, 64 levels deep.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/nd/shape.h"

namespace faltung {

class Json;
using JsonList = std::vector<Json>;
using JsonObject = std::map<std::string, Json>;

inline constexpr Index kMostJsonBytes = 4 << 20;  // a large plate's OME metadata takes about 1 MB

class Json {
 public:
  Json() noexcept;  // null
  Json(const Json&);
  Json(Json&&) noexcept;
  Json& operator=(const Json&);
  Json& operator=(Json&&) noexcept;
  ~Json();
  Json(bool value) : value_(value) {}
  Json(int value) : value_(Index{value}) {}
  Json(Index value) : value_(value) {}
  Json(double value) : value_(value) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(JsonList value) : value_(std::move(value)) {}
  Json(JsonObject value) : value_(std::move(value)) {}

  // Null where the value is of another type. A whole number is also a double.
  template <class T>
  const T* as() const noexcept {
    return std::get_if<T>(&value_);
  }
  bool is_null() const noexcept { return std::holds_alternative<std::monostate>(value_); }
  const double* number(double& room) const noexcept;  // an Index is converted into `room`

  // A member of an object; a null value where there is none, or where this is no object.
  const Json& operator[](const std::string& key) const noexcept;

  // The same where it must be there and of that type. Throws Error{input}: "'key' must be …".
  const JsonObject& object(const std::string& key) const;
  const JsonList& list(const std::string& key) const;
  const std::string& text(const std::string& key) const;
  Shape shape(const std::string& key) const;  // whole numbers ≥ 0, at most kMaxRank

  std::string dump(int indent = 0) const;  // two spaces a level
  std::string excerpt() const;             // the beginning, on one line: for messages

 private:
  std::variant<std::monostate, bool, Index, double, std::string, JsonList, JsonObject> value_;
};

// Throws Error{input} "line, column: …".
Json parse_json(std::string_view text);

}  // namespace faltung
