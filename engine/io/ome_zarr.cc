// OME-Zarr's multiscales: which array is the finest, what its axes are called, how large a voxel
// is.
#include "engine/io/ome_zarr.h"

#include <algorithm>

#include "engine/io/units.h"

namespace faltung {
namespace {

AxisKind kind_of_type(const std::string& type, const std::string& name) {
  if (type == "time") return AxisKind::time;
  if (type == "channel") return AxisKind::channel;
  if (type == "space") return AxisKind::space;
  return kind_of_name(name);
}

// An object with name, type and unit; before 0.4 only a name.
StatedAxis parse_axis(const Json& value) {
  StatedAxis stated;
  const auto text = [&](const char* key) {
    const std::string* found = value[key].as<std::string>();
    return found ? *found : std::string();
  };
  if (const std::string* name = value.as<std::string>()) {
    stated.axis.name = *name;
  } else {
    stated.axis.name = value.text("name");
    stated.axis.unit = unit_named(text("unit"));
  }
  stated.kind = kind_of_type(text("type"), stated.axis.name);
  return stated;
}

// The numbers of a scale or a translation, one for each axis.
std::vector<double> parse_numbers(const Json& transformation, const char* key, std::size_t rank) {
  std::vector<double> numbers;
  for (const Json& value : transformation.list(key)) {
    double room = 0;
    const double* number = value.number(room);
    if (number) numbers.push_back(*number);
  }
  if (numbers.size() == rank) return numbers;
  throw Error(Code::input, std::string("'") + key + "' of multiscales must be " +
                               std::to_string(rank) + " numbers, one for each axis");
}

// Applies scale and translation to what is there: coordinates are spacing · index + origin.
void transform(const Json& transformations, std::vector<StatedAxis>& axes) {
  const JsonList* list = transformations.as<JsonList>();
  if (!list) return;
  for (const Json& step : *list) {
    const std::string& type = step.text("type");
    if (type != "scale" && type != "translation") continue;  // identity; paths to arrays of numbers
    if (!step["path"].is_null()) continue;
    const auto numbers = parse_numbers(step, type.c_str(), axes.size());
    for (std::size_t i = 0; i < axes.size(); ++i) {
      FileAxis& axis = axes[i].axis;
      if (type == "scale") axis.spacing *= numbers[i];
      axis.origin = type == "scale" ? axis.origin * numbers[i] : axis.origin + numbers[i];
    }
  }
}

// Names from files must not lead out of the store.
void require_inside(const std::string& path) {
  for (std::size_t begin = 0; begin <= path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    const std::string part = path.substr(begin, end - begin);
    if (part.empty() || part == "." || part == ".." || part.find('\0') != part.npos) {
      throw Error(Code::input, "multiscales name the array '" + path.substr(0, 80) +
                                   "', which is no place within the store");
    }
    begin = end + 1;
  }
}

const char* type_of(AxisKind kind) {
  return kind == AxisKind::time ? "time" : kind == AxisKind::channel ? "channel" : "space";
}

}  // namespace

std::optional<OmeLevel> ome_level(const Json& attributes, const std::string& path) {
  const Json& ome = attributes["ome"].is_null() ? attributes : attributes["ome"];
  if (ome["multiscales"].is_null()) return std::nullopt;
  const JsonList& multiscales = ome.list("multiscales");
  if (multiscales.empty()) return std::nullopt;
  const Json& image = multiscales.front();
  for (const Json& dataset : image.list("datasets")) {
    OmeLevel level;
    level.path = dataset.text("path");
    if (!path.empty() && level.path != path) continue;
    require_inside(level.path);
    const JsonList* axes = image["axes"].as<JsonList>();  // before 0.3 there were none
    for (std::size_t i = 0; axes && i < axes->size(); ++i) {
      level.axes.push_back(parse_axis((*axes)[i]));
    }
    transform(dataset["coordinateTransformations"], level.axes);
    transform(image["coordinateTransformations"], level.axes);
    return level;
  }
  return std::nullopt;
}

bool is_ome(const std::vector<StatedAxis>& axes) {
  std::size_t next = 0;
  if (next < axes.size() && axes[next].kind == AxisKind::time) ++next;
  if (next < axes.size() && axes[next].kind == AxisKind::channel) ++next;
  const std::size_t space = axes.size() - next;
  return (space == 2 || space == 3) &&
         std::all_of(axes.begin() + static_cast<Index>(next), axes.end(), [](const auto& axis) {
           return axis.kind == AxisKind::space && !axis.axis.name.empty();
         });
}

Json ome_attributes(int version, const std::vector<StatedAxis>& axes, const std::string& name) {
  JsonList described, scale, translation;
  bool moved = false;
  for (const auto& [axis, kind] : axes) {
    JsonObject one{{"name", axis.name}, {"type", type_of(kind)}};
    if (!axis.unit.empty()) one["unit"] = whole_unit(axis.unit);
    described.push_back(one);
    scale.push_back(axis.spacing);
    translation.push_back(axis.origin);
    moved |= axis.origin != 0;
  }
  JsonList steps{JsonObject{{"type", "scale"}, {"scale", scale}}};
  if (moved) steps.push_back(JsonObject{{"type", "translation"}, {"translation", translation}});
  JsonObject image{
      {"name", name},
      {"axes", described},
      {"datasets", JsonList{JsonObject{{"path", "0"}, {"coordinateTransformations", steps}}}}};
  if (version == 3) {
    return JsonObject{{"ome", JsonObject{{"version", "0.5"}, {"multiscales", JsonList{image}}}}};
  }
  image["version"] = "0.4";
  return JsonObject{{"multiscales", JsonList{image}}};
}

}  // namespace faltung
