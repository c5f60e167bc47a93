// The metadata of a Zarr array, version 3: zarr.json.
#include <algorithm>
#include <array>
#include <string_view>

#include "engine/io/zarr_fields.h"

namespace faltung {
namespace {

struct TypeName {
  std::string_view name;
  NumberType type;
};
constexpr std::array kTypes{
    TypeName{"uint8", {'u', 1}},   TypeName{"uint16", {'u', 2}},  TypeName{"uint32", {'u', 4}},
    TypeName{"int8", {'i', 1}},    TypeName{"int16", {'i', 2}},   TypeName{"int32", {'i', 4}},
    TypeName{"float16", {'f', 2}}, TypeName{"float32", {'f', 4}}, TypeName{"float64", {'f', 8}}};

NumberType parse_type(const Json& value) {
  const std::string* text = value.as<std::string>();
  std::string known;
  for (const auto& [name, type] : kTypes) {
    if (text && *text == name) return type;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  throw Error(Code::input, "numbers of type '" + (text ? *text : value.excerpt()) +
                               "'; allowed are " + known);
}

std::string type_name(const NumberType& type) {
  for (const auto& [name, known] : kTypes) {
    if (known.kind == type.kind && known.bytes == type.bytes) return std::string(name);
  }
  throw Error(Code::failure, "no Zarr type for " + type.text());
}

// The extension's configuration, after its name has been found to be the wanted one.
const Json& configuration(const Json& parent, const std::string& key, const char* wanted) {
  parent.object(key);
  const std::string& name = parent[key].text("name");
  if (name == wanted) return parent[key]["configuration"];
  throw Error(Code::input,
              "'" + key + "' is '" + name.substr(0, 40) + "'; allowed is '" + wanted + "'");
}

constexpr std::array<std::string_view, 3> kShuffles{"noshuffle", "shuffle", "bitshuffle"};

int parse_shuffle(const std::string& text) {
  for (std::size_t i = 0; i < kShuffles.size(); ++i) {
    if (text == kShuffles[i]) return static_cast<int>(i);
  }
  throw Error(Code::input, "blosc's 'shuffle' is '" + text.substr(0, 20) +
                               "'; allowed are noshuffle, shuffle, bitshuffle");
}

void parse_transpose(ZarrHeader& header, const Json& how) {
  const Shape order = how.shape("order");
  Shape seen = Shape::filled(header.shape.rank(), 0);
  for (Index axis : order) {
    if (axis < seen.rank()) seen[static_cast<int>(axis)] = 1;
  }
  if (order.rank() != seen.rank() || seen.product() != 1) {
    throw Error(Code::input, "transpose's 'order' " + order.text() + " is no order of " +
                                 std::to_string(seen.rank()) + " axes");
  }
  Shape result;
  for (Index axis : order) result.push_back(header.order[static_cast<int>(axis)]);
  header.order = result;
}

void parse_bytes(ZarrHeader& header, const Json& how) {
  if (how["endian"].is_null() && header.type.bytes == 1) return;
  const std::string& endian = how.text("endian");
  if (endian != "little" && endian != "big") {
    throw Error(Code::input,
                "'endian' is '" + endian.substr(0, 20) + "'; allowed are little and big");
  }
  header.type.swapped = endian == "big" && header.type.bytes > 1;
}

void parse_codecs(ZarrHeader& header, const JsonList& codecs) {
  bool in_bytes = false;
  for (const Json& codec : codecs) {
    const std::string& name = codec.text("name");
    const Json& how = codec["configuration"];
    if (name == "transpose" && !in_bytes) {
      parse_transpose(header, how);
    } else if (name == "bytes" && !in_bytes) {
      parse_bytes(header, how);
      in_bytes = true;
    } else if (in_bytes && name != "bytes" && name != "transpose") {
      CodecChoice choice;
      choice.name = name;
      choice.number_bytes = header.type.bytes;
      choice.level = whole(how, name == "blosc" ? "clevel" : "level", 1);
      if (name == "blosc") choice.shuffle = parse_shuffle(how.text("shuffle"));
      if (name == "blosc") choice.inner = how.text("cname");
      header.codecs.push_back(choice);
    } else if (name == "sharding_indexed" && !in_bytes && &codec == &codecs.back()) {
      header.shards.push_back(parse_shard_level(how, header.order, header.chunks));
      parse_codecs(header, how.list("codecs"));
      in_bytes = true;
    } else {
      throw Error(Code::input,
                  "codec '" + name.substr(0, 40) + "' in this place; allowed are " +
                      "transpose, bytes, gzip, zstd, blosc, crc32c, in this order, or " +
                      "sharding_indexed as the last");
    }
  }
  if (!in_bytes) throw Error(Code::input, "'codecs' must hold 'bytes' or 'sharding_indexed'");
}

Json named(const char* name, JsonObject how) {
  return JsonObject{{"name", name}, {"configuration", std::move(how)}};
}

JsonList codecs_of(const ZarrHeader& header) {
  JsonList codecs{named("bytes", {{"endian", header.type.swapped ? "big" : "little"}})};
  for (const CodecChoice& choice : header.codecs) {
    JsonObject how;
    if (choice.name == "gzip" || choice.name == "zstd") how["level"] = choice.level;
    if (choice.name == "zstd") how["checksum"] = false;
    if (choice.name == "blosc") {
      how = {{"cname", choice.inner},
             {"clevel", choice.level},
             {"shuffle", std::string(kShuffles[static_cast<std::size_t>(choice.shuffle)])},
             {"typesize", choice.number_bytes},
             {"blocksize", 0}};
    }
    codecs.push_back(named(choice.name.c_str(), how));
  }
  return codecs;
}

JsonList list_of(const Shape& shape) {
  JsonList list;
  for (Index extent : shape) list.push_back(extent);
  return list;
}

// Cuts shards into what has these extents and codecs.
Json cutting(const ShardLevel& level, const Shape& inner, const JsonList& codecs) {
  JsonList index{named("bytes", {{"endian", level.index_swapped ? "big" : "little"}})};
  if (level.index_checked) index.push_back(JsonObject{{"name", "crc32c"}});
  return named("sharding_indexed", {{"chunk_shape", list_of(inner)},
                                    {"codecs", codecs},
                                    {"index_codecs", index},
                                    {"index_location", level.index_at_start ? "start" : "end"}});
}

}  // namespace

ZarrHeader parse_zarr_3(const Json& array) {
  if (whole(array, "zarr_format", 0) != 3 || array.text("node_type") != "array") {
    throw Error(Code::input, "is no array of Zarr version 3");
  }
  ZarrHeader header;
  header.version = 3;
  set_extents(header, array.shape("shape"),
              configuration(array, "chunk_grid", "regular").shape("chunk_shape"));
  header.type = parse_type(array["data_type"]);
  const Json& keys = array["chunk_key_encoding"];
  const bool as_2 = keys["name"].as<std::string>() && keys.text("name") == "v2";
  const Json& how = configuration(array, "chunk_key_encoding", as_2 ? "v2" : "default");
  header.separator = separator(how, "separator", as_2 ? '.' : '/');
  header.prefix = as_2 ? "" : std::string("c") + header.separator;
  const Shape file = header.chunks;
  parse_codecs(header, array.list("codecs"));
  for (int axis = 0; axis < std::min(header.chunks.rank(), header.shape.rank()); ++axis) {
    FileAxis& stated = header.axes[static_cast<std::size_t>(axis)].axis;
    stated.chunk = header.chunks[axis];
    if (!header.shards.empty()) stated.chunks_per_file = file[axis] / header.chunks[axis];
  }
  set_fill(header, array["fill_value"]);
  const JsonList* transformers = array["storage_transformers"].as<JsonList>();
  if (transformers && !transformers->empty()) {
    throw Error(Code::input, "'storage_transformers'; none are known");
  }
  header.attributes = array["attributes"];
  set_axis_names(header, array["dimension_names"]);
  return header;
}

Json zarr_3_metadata(const ZarrHeader& header) {
  JsonList codecs = codecs_of(header);
  Shape extents = header.chunks;
  for (std::size_t i = header.shards.size(); i-- > 0;) {
    const ShardLevel& level = header.shards[i];
    codecs = {cutting(level, extents, codecs)};
    for (int axis = 0; axis < extents.rank(); ++axis) extents[axis] *= level.counts[axis];
  }
  JsonObject array{
      {"zarr_format", 3},
      {"node_type", "array"},
      {"shape", list_of(header.shape)},
      {"data_type", type_name(header.type)},
      {"chunk_grid", named("regular", {{"chunk_shape", list_of(extents)}})},
      {"chunk_key_encoding", named("default", {{"separator", std::string(1, header.separator)}})},
      {"fill_value", fill_value(header)},
      {"codecs", codecs},
      {"attributes", header.attributes.is_null() ? Json(JsonObject()) : header.attributes}};
  const Json names = zarr_axis_names(header);
  if (!names.is_null()) array["dimension_names"] = names;
  return array;
}

Json zarr_metadata(const ZarrHeader& header) {
  return header.version == 3 ? zarr_3_metadata(header) : zarr_2_metadata(header);
}

}  // namespace faltung
