// The fields of MetaImage headers: names, former names, types.
#include "engine/io/metaimage_fields.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/io/samples.h"

namespace faltung {
namespace {

using Sample = Encoding::Sample;

constexpr std::pair<const char*, const char*> kFormerNames[] = {
    {"Position", "Offset"},
    {"Origin", "Offset"},
    {"Rotation", "TransformMatrix"},
    {"Orientation", "TransformMatrix"},
    {"ElementByteOrderMSB", "BinaryDataByteOrderMSB"}};

constexpr const char* kLayout[] = {"ObjectType",
                                   "NDims",
                                   "BinaryData",
                                   "BinaryDataByteOrderMSB",
                                   "CompressedData",
                                   "CompressedDataSize",
                                   "TransformMatrix",
                                   "Offset",
                                   "CenterOfRotation",
                                   "ElementSpacing",
                                   "ElementSize",
                                   "DimSize",
                                   "ElementNumberOfChannels",
                                   "ElementType",
                                   "ElementDataFile",
                                   "HeaderSize",
                                   "ElementMin",
                                   "ElementMax"};

constexpr std::pair<const char*, Sample> kTypes[] = {
    {"MET_UCHAR", Sample::u8},   {"MET_CHAR", Sample::s8}, {"MET_USHORT", Sample::u16},
    {"MET_SHORT", Sample::s16},  {"MET_INT", Sample::s32}, {"MET_FLOAT", Sample::f32},
    {"MET_DOUBLE", Sample::f64}, {"MET_LONG", Sample::s32}};  // MetaIO's long has 4 bytes

}  // namespace

std::string metaimage_field(const std::string& name) {
  for (const auto& [former, present] : kFormerNames) {
    if (name == former) return present;
  }
  return name;
}

bool is_metaimage_layout(const std::string& name) noexcept {
  return std::find(std::begin(kLayout), std::end(kLayout), name) != std::end(kLayout);
}

Sample metaimage_sample(const std::string& type) noexcept {
  for (const auto& [text, sample] : kTypes) {
    if (type == text) return sample;
  }
  return Sample::none;
}

std::string metaimage_type(Sample sample) {
  for (const auto& [text, s] : kTypes) {
    if (s == sample) return text;
  }
  throw Error(Code::failure, std::string("no MetaImage type for ") + name(sample));
}

Index metaimage_bytes(const Format& format, const VoxelLayout& layout, Index items) {
  Shape all{items, format.channels, *format.extent, bytes_of(layout.sample)};
  for (Index extent : format.inner) all.push_back(extent);
  try {
    return checked_product(all);
  } catch (const Error&) {
    return 0;
  }
}

}  // namespace faltung
