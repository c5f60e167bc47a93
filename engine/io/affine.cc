// Where an array lies in the world: [x y z 1] -> world, twelve numbers in rows.
#include "engine/io/affine.h"

#include <cmath>

namespace faltung {

Affine at_steps(const Affine& affine, const Triple& step, const Triple& start) {
  Affine result = affine;
  for (int row = 0; row < 3; ++row) {
    for (int col = 0; col < 3; ++col) {
      const auto axis = static_cast<std::size_t>(col);
      entry(result, row, col) = entry(affine, row, col) * step[axis];
      entry(result, row, 3) += entry(affine, row, col) * start[axis];
    }
  }
  return result;
}

Affine other_handed(const Affine& affine) {
  Affine result = affine;
  for (std::size_t i = 0; i < 8; ++i) result[i] = 0 - result[i];  // no negative zeros
  return result;
}

std::optional<Triple> index_at(const Affine& a, const Triple& point) {
  const auto column = [&](int col) {
    return Triple{entry(a, 0, col), entry(a, 1, col), entry(a, 2, col)};
  };
  const auto triple_product = [](const Triple& u, const Triple& v, const Triple& w) {
    return u[0] * (v[1] * w[2] - v[2] * w[1]) + u[1] * (v[2] * w[0] - v[0] * w[2]) +
           u[2] * (v[0] * w[1] - v[1] * w[0]);
  };
  const Triple x = column(0), y = column(1), z = column(2), start = column(3);
  const Triple way{point[0] - start[0], point[1] - start[1], point[2] - start[2]};
  const double volume = triple_product(x, y, z);  // Cramer's rule
  if (volume == 0) return std::nullopt;
  return Triple{triple_product(way, y, z) / volume, triple_product(x, way, z) / volume,
                triple_product(x, y, way) / volume};
}

Triple step_lengths(const Affine& affine) {
  Triple result{};
  for (int col = 0; col < 3; ++col) {
    result[static_cast<std::size_t>(col)] =
        std::hypot(entry(affine, 0, col), entry(affine, 1, col), entry(affine, 2, col));
  }
  return result;
}

Affine from_spacing(const Triple& spacing, const Triple& origin) {
  Affine result{};
  for (int axis = 0; axis < 3; ++axis) {
    entry(result, axis, axis) = spacing[static_cast<std::size_t>(axis)];
    entry(result, axis, 3) = origin[static_cast<std::size_t>(axis)];
  }
  return result;
}

}  // namespace faltung
