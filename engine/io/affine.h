// Where an array lies in the world: [x y z 1] -> world, twelve numbers in rows.
#pragma once

#include <array>
#include <optional>

#include "engine/nd/shape.h"

namespace faltung {

// x counts along an array's last axis. The world's axes point right, anterior and superior (RAS),
// where a file says what they are.
using Affine = std::array<double, 12>;
using Triple = std::array<double, 3>;

inline double& entry(Affine& a, int row, int col) {
  return a[static_cast<std::size_t>(row * 4 + col)];
}
inline double entry(const Affine& a, int row, int col) {
  return a[static_cast<std::size_t>(row * 4 + col)];
}

// The same world for indices that run from `start` in `step`s of the old ones.
Affine at_steps(const Affine& affine, const Triple& step, const Triple& start);

// From a world that points left and posterior (LPS: ITK, DICOM) to RAS, or back.
Affine other_handed(const Affine& affine);

// The index that lies at a point of the world; none where the array has no volume.
std::optional<Triple> index_at(const Affine& affine, const Triple& point);

Triple step_lengths(const Affine& affine);  // of its columns: the spacing
Affine from_spacing(const Triple& spacing, const Triple& origin);

}  // namespace faltung
