// The codes of NIfTI for types of voxels and for units.
#include "engine/io/nifti_types.h"

#include <algorithm>
#include <array>

#include "engine/io/samples.h"

namespace faltung {
namespace {

using Sample = Encoding::Sample;

constexpr std::array kTypes{
    NiftiType{2, Sample::u8, 1, "uint8"},           NiftiType{4, Sample::s16, 1, "int16"},
    NiftiType{8, Sample::s32, 1, "int32"},          NiftiType{16, Sample::f32, 1, "float32"},
    NiftiType{64, Sample::f64, 1, "float64"},       NiftiType{256, Sample::s8, 1, "int8"},
    NiftiType{512, Sample::u16, 1, "uint16"},       NiftiType{128, Sample::u8, 3, "RGB"},
    NiftiType{2304, Sample::u8, 4, "RGBA"},         NiftiType{768, Sample::none, 1, "uint32"},
    NiftiType{1024, Sample::none, 1, "int64"},      NiftiType{1280, Sample::none, 1, "uint64"},
    NiftiType{1536, Sample::none, 1, "float128"},   NiftiType{32, Sample::none, 1, "complex64"},
    NiftiType{1792, Sample::none, 1, "complex128"}, NiftiType{1, Sample::none, 1, "bits"},
};

struct Unit {
  Index code;
  const char* name;
};
constexpr std::array kUnits{Unit{1, "m"},  Unit{2, "mm"},  Unit{3, "micrometer"},
                            Unit{8, "s"},  Unit{16, "ms"}, Unit{24, "microsecond"},
                            Unit{32, "Hz"}};

template <class Wanted>
const NiftiType* find(Wanted&& wanted) noexcept {
  const auto found = std::find_if(kTypes.begin(), kTypes.end(), wanted);
  return found == kTypes.end() ? nullptr : &*found;
}

}  // namespace

Index NiftiType::bits() const noexcept { return 8 * bytes_of(sample) * together; }

const NiftiType* nifti_type(Index code) noexcept {
  return find([&](const NiftiType& type) { return type.code == code; });
}

const NiftiType* nifti_type(Sample sample, Index together) noexcept {
  return find([&](const NiftiType& t) { return t.sample == sample && t.together == together; });
}

std::string nifti_unit(Index code) {
  for (const Unit& unit : kUnits) {
    if (unit.code == code) return unit.name;
  }
  return "";
}

Index nifti_unit_code(const std::string& unit) noexcept {
  for (const Unit& u : kUnits) {
    if (unit == u.name) return u.code;
  }
  return 0;
}

}  // namespace faltung
