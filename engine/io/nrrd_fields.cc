// The words of NRRD headers: fields, types of numbers, spaces.
#include "engine/io/nrrd_fields.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "engine/io/samples.h"
#include "engine/io/text_header.h"

namespace faltung {
namespace {

using Sample = Encoding::Sample;

const std::map<std::string, Sample> kTypes = {
    {"signed char", Sample::s8},
    {"int8", Sample::s8},
    {"int8_t", Sample::s8},
    {"uchar", Sample::u8},
    {"unsigned char", Sample::u8},
    {"uint8", Sample::u8},
    {"uint8_t", Sample::u8},
    {"short", Sample::s16},
    {"short int", Sample::s16},
    {"signed short", Sample::s16},
    {"signed short int", Sample::s16},
    {"int16", Sample::s16},
    {"int16_t", Sample::s16},
    {"ushort", Sample::u16},
    {"unsigned short", Sample::u16},
    {"unsigned short int", Sample::u16},
    {"uint16", Sample::u16},
    {"uint16_t", Sample::u16},
    {"int", Sample::s32},
    {"signed int", Sample::s32},
    {"int32", Sample::s32},
    {"int32_t", Sample::s32},
    {"float", Sample::f32},
    {"double", Sample::f64},
};

struct Space {
  const char* name;
  int rank;
  bool left, posterior;  // where its first and second axes point
};
// What has no sides (scanner-xyz, 3D-right-handed, a mere dimension) is taken as ITK does: as LPS.
constexpr std::array kSpaces{Space{"right-anterior-superior", 3, false, false},
                             Space{"ras", 3, false, false},
                             Space{"left-anterior-superior", 3, true, false},
                             Space{"las", 3, true, false},
                             Space{"left-posterior-superior", 3, true, true},
                             Space{"lps", 3, true, true},
                             Space{"right-anterior-superior-time", 4, false, false},
                             Space{"rast", 4, false, false},
                             Space{"left-anterior-superior-time", 4, true, false},
                             Space{"last", 4, true, false},
                             Space{"left-posterior-superior-time", 4, true, true},
                             Space{"lpst", 4, true, true},
                             Space{"scanner-xyz", 3, true, true},
                             Space{"scanner-xyz-time", 4, true, true},
                             Space{"3d-right-handed", 3, true, true},
                             Space{"3d-left-handed", 3, true, true},
                             Space{"3d-right-handed-time", 4, true, true},
                             Space{"3d-left-handed-time", 4, true, true},
                             Space{"", 0, true, true}};

const Space* space_named(const std::string& name) {
  const auto found = std::find_if(kSpaces.begin(), kSpaces.end(),
                                  [&](const Space& space) { return name == space.name; });
  return found == kSpaces.end() ? nullptr : &*found;
}

constexpr std::pair<Sample, const char*> kWritten[] = {
    {Sample::u8, "uint8"},  {Sample::u16, "uint16"}, {Sample::s8, "int8"},   {Sample::s16, "int16"},
    {Sample::s32, "int32"}, {Sample::f32, "float"},  {Sample::f64, "double"}};

}  // namespace

Sample nrrd_sample(const std::string& type) noexcept {
  const auto found = kTypes.find(type);
  return found == kTypes.end() ? Sample::none : found->second;
}

std::string nrrd_type(Sample sample) {
  for (const auto& [s, text] : kWritten) {
    if (s == sample) return text;
  }
  throw Error(Code::failure, std::string("no NRRD type for ") + name(sample));
}

int nrrd_space_rank(const std::string& name) noexcept {
  const Space* space = space_named(name);
  return space ? space->rank : -1;
}

std::string nrrd_field(std::string_view name) {
  std::string result = small_letters(name);
  std::erase(result, ' ');
  return result == "centerings" ? "centers" : result;
}

Affine in_nrrd_space(const Affine& affine, const std::string& name) {
  const Space* space = space_named(name);
  Affine result = affine;
  for (std::size_t i = 0; i < 4; ++i) {
    if (!space || space->left) result[i] = 0 - result[i];
    if (!space || space->posterior) result[4 + i] = 0 - result[4 + i];
  }
  return result;
}

}  // namespace faltung
