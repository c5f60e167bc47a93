// Extents, paddings and receptive fields along one axis: pure functions, no state.
#include "engine/nd/geometry.h"

namespace faltung {

Index pool_extent(Index n, Padding padding, Index e, Index stride, bool ceil) noexcept {
  const Index room = n + padding.before + padding.after - e;
  if (!ceil) return room < 0 ? 0 : room / stride + 1;
  if (room <= -stride) return 0;
  Index extent = (room < 0 ? 0 : (room + stride - 1) / stride) + 1;
  if ((extent - 1) * stride >= n + padding.before) --extent;
  return extent;
}

}  // namespace faltung
