// The metadata of a Zarr array, version 2: .zarray.
#include <cstring>

#include "engine/io/zarr_fields.h"

namespace faltung {
namespace {

NumberType parse_type(const Json& value) {
  const std::string* text = value.as<std::string>();
  const std::string claim = text ? *text : value.excerpt();
  NumberType type;
  if (text && text->size() == 3 && std::strchr("<>|", (*text)[0])) {
    type = {(*text)[1], (*text)[2] - '0', (*text)[0] == '>'};
    if (is_allowed(type) && (type.bytes == 1 || (*text)[0] != '|')) {
      type.swapped &= type.bytes > 1;
      return type;
    }
  }
  throw Error(Code::input, "numbers of type '" + claim + "'; " + kNumberTypes);
}

std::vector<CodecChoice> parse_compressor(const Json& compressor, int number_bytes) {
  if (compressor.is_null()) return {};
  CodecChoice choice;
  choice.name = compressor.text("id");
  choice.number_bytes = number_bytes;
  if (choice.name != "blosc") {
    choice.level = whole(compressor, "level", 1);
    return {choice};
  }
  choice.level = whole(compressor, "clevel", 5);
  choice.shuffle = whole(compressor, "shuffle", 1);
  if (choice.shuffle == -1) choice.shuffle = number_bytes == 1 ? 2 : 1;  // numcodecs' AUTOSHUFFLE
  if (choice.shuffle < 0 || choice.shuffle > 2) {
    throw Error(Code::input,
                "blosc's 'shuffle' is " + std::to_string(choice.shuffle) + "; allowed are -1 to 2");
  }
  choice.inner = compressor.text("cname");
  return {choice};
}

Json compressor_of(const std::vector<CodecChoice>& codecs) {
  if (codecs.empty()) return {};
  const CodecChoice& choice = codecs.front();
  if (choice.name != "blosc") {
    return JsonObject{{"id", choice.name}, {"level", choice.level}};
  }
  return JsonObject{{"id", choice.name},
                    {"cname", choice.inner},
                    {"clevel", choice.level},
                    {"shuffle", choice.shuffle},
                    {"blocksize", 0}};
}

void refuse_filters(const Json& filters) {
  const JsonList* list = filters.as<JsonList>();
  if (filters.is_null() || (list && list->empty())) return;
  throw Error(Code::input, "'filters' " + filters.excerpt() + "; none are known");
}

}  // namespace

ZarrHeader parse_zarr_2(const Json& array, const Json& attributes) {
  if (whole(array, "zarr_format", 0) != 2) {
    throw Error(Code::input,
                "'zarr_format' " + array["zarr_format"].excerpt() + "; 2 is allowed here");
  }
  ZarrHeader header;
  header.version = 2;
  set_extents(header, array.shape("shape"), array.shape("chunks"));
  header.type = parse_type(array["dtype"]);
  set_fill(header, array["fill_value"]);
  const std::string& order = array.text("order");
  if (order != "C" && order != "F") {
    throw Error(Code::input, "'order' is '" + order.substr(0, 20) + "'; allowed are C and F");
  }
  for (int axis = 0, last = header.shape.rank() - 1; order == "F" && axis <= last; ++axis) {
    header.order[axis] = last - axis;
  }
  refuse_filters(array["filters"]);
  header.codecs = parse_compressor(array["compressor"], header.type.bytes);
  header.separator = separator(array, "dimension_separator", '.');
  header.attributes = attributes;
  set_axis_names(header, attributes["_ARRAY_DIMENSIONS"]);  // xarray's convention
  return header;
}

Json zarr_2_metadata(const ZarrHeader& header) {
  JsonList shape, chunks;
  for (Index extent : header.shape) shape.push_back(extent);
  for (Index extent : header.chunks) chunks.push_back(extent);
  const char* order = header.type.bytes == 1 ? "|" : header.type.swapped ? ">" : "<";
  return JsonObject{{"zarr_format", 2},
                    {"shape", shape},
                    {"chunks", chunks},
                    {"dtype", order + header.type.text()},
                    {"fill_value", fill_value(header)},
                    {"order", "C"},
                    {"filters", Json()},
                    {"compressor", compressor_of(header.codecs)},
                    {"dimension_separator", std::string(1, header.separator)}};
}

}  // namespace faltung
