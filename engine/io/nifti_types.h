// The codes of NIfTI for types of voxels and for units.
#pragma once

#include "engine/io/source.h"

namespace faltung {

struct NiftiType {
  Index code;
  Encoding::Sample sample;  // none: not read
  Index together;           // channels of a voxel
  const char* name;

  Index bits() const noexcept;
};

const NiftiType* nifti_type(Index code) noexcept;  // null: no such code
const NiftiType* nifti_type(Encoding::Sample sample, Index together) noexcept;
inline bool is_color(const NiftiType& type) noexcept { return type.together > 1; }

constexpr Index kNiftiSpaceUnits = 0x07, kNiftiTimeUnits = 0x38;  // bits of xyzt_units
std::string nifti_unit(Index code);                               // "": unknown or unstated
Index nifti_unit_code(const std::string& unit) noexcept;          // 0 where NIfTI has none

}  // namespace faltung
