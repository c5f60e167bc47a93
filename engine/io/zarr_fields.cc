// Fields that the metadata of both Zarr versions have.
#include "engine/io/zarr_fields.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>

namespace faltung {
namespace {

// JSON has no words for them; both versions write these.
std::optional<double> named_number(const std::string& text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

// Writes `value` as a number of the type and says whether that is what it was.
template <class Number>
bool put(double value, char* to) {
  const bool fits = value >= static_cast<double>(std::numeric_limits<Number>::lowest()) &&
                    value <= static_cast<double>(std::numeric_limits<Number>::max());
  if constexpr (std::is_integral_v<Number>) {
    if (!fits || value != std::floor(value)) return false;
  } else if (std::isfinite(value) && !fits) {
    return false;
  }
  const Number number = static_cast<Number>(value);
  std::memcpy(to, &number, sizeof number);
  return true;
}

// Only what halves of a fill value are likely to be: those that are whole or special.
bool put_half(double value, char* to) {
  std::uint16_t bits = std::signbit(value) ? 0x8000 : 0;
  const double size = std::abs(value);
  if (std::isnan(value)) {
    bits = 0x7e00;
  } else if (std::isinf(value)) {
    bits = static_cast<std::uint16_t>(bits | 0x7c00);
  } else if (size != 0) {
    int exponent = 0;
    const double fraction = std::frexp(size, &exponent) * 2048 - 1024;
    if (size > 65504 || exponent < -13 || fraction != std::floor(fraction)) return false;
    bits = static_cast<std::uint16_t>(bits | (exponent + 14) << 10 | static_cast<int>(fraction));
  }
  std::memcpy(to, &bits, sizeof bits);
  return true;
}

bool put(const NumberType& type, double value, char* to) {
  switch (type.kind) {
    case 'u':
      return type.bytes == 1   ? put<std::uint8_t>(value, to)
             : type.bytes == 2 ? put<std::uint16_t>(value, to)
                               : put<std::uint32_t>(value, to);
    case 'i':
      return type.bytes == 1   ? put<std::int8_t>(value, to)
             : type.bytes == 2 ? put<std::int16_t>(value, to)
                               : put<std::int32_t>(value, to);
    default:
      return type.bytes == 2   ? put_half(value, to)
             : type.bytes == 4 ? put<float>(value, to)
                               : put<double>(value, to);
  }
}

// "0x7fc00000": the bits of a floating-point number, highest first. Version 3 only.
bool put_bits(const NumberType& type, const std::string& text, char* to) {
  if (type.kind != 'f' || text.size() != 2 + 2 * static_cast<std::size_t>(type.bytes)) return false;
  std::uint64_t bits = 0;
  const auto [end, problem] = std::from_chars(text.data() + 2, text.data() + text.size(), bits, 16);
  if (text.compare(0, 2, "0x") != 0 || problem != std::errc() || end != text.data() + text.size()) {
    return false;
  }
  std::memcpy(to, &bits, static_cast<std::size_t>(type.bytes));
  return true;
}

}  // namespace

Shape ZarrHeader::file_extents() const {
  Shape extents = chunks;
  for (const ShardLevel& level : shards) {
    for (int axis = 0; axis < extents.rank(); ++axis) extents[axis] *= level.counts[axis];
  }
  return extents;
}

std::string ZarrHeader::chunk_name(const Shape& chunk) const {
  std::string text = prefix;
  for (int axis = 0; axis < chunk.rank(); ++axis) {
    if (axis > 0) text += separator;
    text += std::to_string(chunk[axis]);
  }
  return text;
}

void set_extents(ZarrHeader& header, Shape shape, Shape chunks) {
  header.shape = shape;
  header.chunks = chunks;
  header.order = {};
  header.axes.assign(static_cast<std::size_t>(shape.rank()), {});
  for (int axis = 0; axis < shape.rank(); ++axis) {
    header.order.push_back(axis);
    header.axes[static_cast<std::size_t>(axis)].axis.extent = shape[axis];
    if (axis < chunks.rank()) header.axes[static_cast<std::size_t>(axis)].axis.chunk = chunks[axis];
  }
}

void set_axis_names(ZarrHeader& header, const Json& names) {
  const JsonList* list = names.as<JsonList>();
  if (!list || list->size() != header.axes.size()) return;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string* name = (*list)[i].as<std::string>();
    if (!name) continue;
    header.axes[i].axis.name = *name;
    header.axes[i].kind = kind_of_name(*name);
  }
}

Json zarr_axis_names(const ZarrHeader& header) {
  JsonList names;
  bool any = false;
  for (const StatedAxis& axis : header.axes) {
    any |= !axis.axis.name.empty();
    names.push_back(axis.axis.name.empty() ? Json() : Json(axis.axis.name));
  }
  return any ? Json(names) : Json();
}

void set_fill(ZarrHeader& header, const Json& value) {
  char* to = header.fill.data();
  header.fill.fill(0);
  if (value.is_null()) return;
  double room = 0;
  const double* number = value.number(room);
  bool done = number && put(header.type, *number, to);
  if (const std::string* text = value.as<std::string>()) {
    const auto named = named_number(*text);
    done = named && header.type.kind == 'f' ? put(header.type, *named, to)
                                            : put_bits(header.type, *text, to);
  }
  if (!done) {
    throw Error(Code::input, "'fill_value' " + value.excerpt() +
                                 " is no number of type " + header.type.text());
  }
  if (header.type.swapped) std::reverse(to, to + header.type.bytes);
}

Json fill_value(const ZarrHeader& header) {
  double value = 0;
  convert_numbers(header.type, header.fill.data(), 0, 1, &value);
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (header.type.kind == 'f') return value;
  return static_cast<Index>(value);
}

int whole(const Json& object, const std::string& key, int otherwise) {
  const Json& value = object[key];
  if (value.is_null()) return otherwise;
  const Index* number = value.as<Index>();
  if (number && *number >= INT_MIN && *number <= INT_MAX) return static_cast<int>(*number);
  throw Error(Code::input, "'" + key + "' must be a whole number");
}

char separator(const Json& object, const std::string& key, char otherwise) {
  if (object[key].is_null()) return otherwise;
  const std::string& text = object.text(key);
  if (text == "/" || text == ".") return text[0];
  throw Error(Code::input, "'" + key + "' is '" + text.substr(0, 20) + "'; allowed are . and /");
}

}  // namespace faltung
