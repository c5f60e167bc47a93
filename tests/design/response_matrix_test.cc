// Sparse matrices of responses: what is stored, and what is refused before it is.
#include "engine/design/response_matrix.h"

#include <doctest/doctest.h>

namespace faltung {
namespace {

using Values = std::vector<double>;

std::vector<Array<double>> responses(const std::vector<Values>& all) {
  std::vector<Array<double>> result;
  for (const Values& values : all) {
    result.emplace_back(Shape{static_cast<Index>(values.size())});
    std::copy(values.begin(), values.end(), result.back().begin());
  }
  return result;
}

Values values_of(const Kernel& kernel) { return {kernel.values.begin(), kernel.values.end()}; }

std::string paths_of(const Kernel& kernel) {
  std::string text;
  for (const Path& path : kernel.paths) {
    text += std::to_string(path.in) + ">" + std::to_string(path.out) + ":" +
            std::to_string(path.kernel) + " ";
  }
  return text;
}

}  // namespace

TEST_CASE("response matrix: paths in order, each distinct response once, padded to the longest") {
  const Kernel matrix = response_matrix(
      responses({{1, 2}, {3}}),
      {{1, 1, 0, 1, 0}, {0, 0, 1, 1, 0}, {0, 1, 0, 1, 0}, {1, 0, 0, 2, 1}, {2, 3, 1, 1, 0}});
  CHECK(paths_of(matrix) == "0>0:0 1>0:1 0>1:2 1>1:2 2>3:0 ");
  CHECK(matrix.values.extents() == Shape{3, 3});
  CHECK(values_of(matrix) == Values{3, 0, 0, /**/ 0, 2, 4, /**/ 1, 2, 0});
}

TEST_CASE("response matrix: connections of the same pair add") {
  const Kernel matrix =
      response_matrix(responses({{1, 2}, {10}}), {{0, 0, 0, 1, 1}, {0, 0, 1, 0.5, 0}});
  CHECK(paths_of(matrix) == "0>0:0 ");
  CHECK(values_of(matrix) == Values{5, 1, 2});
}

TEST_CASE("response matrix: equal content is stored once, whatever it is made of") {
  const Kernel matrix = response_matrix(
      responses({{1, 2}, {1, 2}, {2, 4}, {0, 1, 2}}),
      {{0, 0, 0, 1, 1}, {1, 0, 1, 1, 1}, {2, 0, 2, 0.5, 1}, {3, 0, 3, 1, 0}, {4, 0, 2, 1, 1}});
  CHECK(paths_of(matrix) == "0>0:0 1>0:0 2>0:0 3>0:0 4>0:1 ");
  CHECK(values_of(matrix) == Values{0, 1, 2, 0, 2, 4});
}

TEST_CASE("response matrix: what is too large is refused with its numbers, and at once") {
  CHECK_THROWS_WITH_AS(response_matrix(responses({{1}}), {{0, 0, 0, 1, Index{1} << 28}}),
                       "the matrix has a response of 268435457 taps with its delay; allowed: at "
                       "most 268435456",
                       Error);
  std::vector<Connection> many;
  for (Index c = 0; c < 40; ++c) many.push_back({c, c, 0, 1, (Index{1} << 24) - c});
  CHECK_THROWS_WITH_AS(response_matrix(responses({{1}}), many),
                       "the matrix has 40 different responses of 16777217 taps, 5368709440 bytes; "
                       "allowed: at most 4294967296",
                       Error);
}

}  // namespace faltung
