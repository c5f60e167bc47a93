// NIfTI's two ways to say where a volume lies: qform (a rotation) and sform (any affine).
#pragma once

#include <optional>

#include "engine/io/affine.h"
#include "engine/io/nifti_header.h"

namespace faltung {

// The sform, where its code is above 0, else the qform; none where neither is.
std::optional<Affine> nifti_affine(const NiftiHeader& header);

// After the voxels have become others, `step` of the old ones apart, the first at `start` of them:
// moves both forms and pixdim alike.
void move_nifti(NiftiHeader& header, const Triple& step, const Triple& start);

// Both forms, and pixdim, from an affine; no qform where it is more than a rotation and a scale.
void place_nifti(NiftiHeader& header, const Affine& affine);

}  // namespace faltung
