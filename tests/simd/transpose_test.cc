// The transpose of a matrix, for any extents and distances between rows.
#include "engine/simd/transpose.h"

#include <doctest/doctest.h>

#include <vector>

#include "engine/simd/targets.h"

using namespace faltung;

namespace {

template <class T>
void check_transpose(Index rows, Index columns) {
  const Index from_stride = columns + 3, to_stride = rows + 2;
  std::vector<T> from(static_cast<std::size_t>(rows * from_stride));
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<T>(i + 1);
  std::vector<T> to(static_cast<std::size_t>(columns * to_stride));
  transpose(from.data(), rows, columns, from_stride, to.data(), to_stride);
  std::vector<T> expected(to.size());  // what lies between rows stays as it was
  for (Index r = 0; r < rows; ++r) {
    for (Index c = 0; c < columns; ++c) {
      expected[static_cast<std::size_t>(c * to_stride + r)] =
          from[static_cast<std::size_t>(r * from_stride + c)];
    }
  }
  CHECK(to == expected);
}

}  // namespace

TEST_CASE("transpose: exchanges rows and columns and touches nothing else") {
  for (const std::string& target : simd_targets()) {
    CAPTURE(target);
    force_simd_target(target);
    for (const Index rows : {1, 2, 3, 4, 7, 14, 16, 33}) {
      for (const Index columns : {1, 2, 5, 8, 63, 64, 65, 130}) {
        check_transpose<float>(rows, columns);
        check_transpose<double>(rows, columns);
      }
    }
  }
  force_simd_target("");
}
