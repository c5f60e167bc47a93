// The six ways to continue an axis.
#include "engine/nd/boundary.h"

#include <doctest/doctest.h>

#include <string>

using namespace faltung;

namespace {

// "abcd" continued by three places on each side, '.' where a constant stands.
std::string continued(const std::string& signal, Boundary boundary, Index reach) {
  std::string result;
  const auto n = static_cast<Index>(signal.size());
  for (Index i = -reach; i < n + reach; ++i) {
    const Index source = source_index(i, n, boundary);
    result += source < 0 ? '.' : signal[static_cast<std::size_t>(source)];
  }
  return result;
}

}  // namespace

TEST_CASE("boundary: continues an axis as NumPy's pad does") {
  CHECK(continued("abcd", Boundary::zero, 3) == "...abcd...");
  CHECK(continued("abcd", Boundary::constant, 3) == "...abcd...");
  CHECK(continued("abcd", Boundary::replicate, 3) == "aaaabcdddd");
  CHECK(continued("abcd", Boundary::reflect, 3) == "dcbabcdcba");
  CHECK(continued("abcd", Boundary::symmetric, 3) == "cbaabcddcb");
  CHECK(continued("abcd", Boundary::wrap, 3) == "bcdabcdabc");
}

TEST_CASE("boundary: folds any number of times on short axes") {
  CHECK(continued("ab", Boundary::reflect, 5) == "babababababa");
  CHECK(continued("ab", Boundary::symmetric, 5) == "aabbaabbaabb");
  CHECK(continued("a", Boundary::reflect, 3) == "aaaaaaa");
  CHECK(continued("abc", Boundary::wrap, 5) == "bcabcabcabcab");
}

TEST_CASE("boundary: names round-trip") {
  for (int b = 0; b < 6; ++b) {
    const auto boundary = static_cast<Boundary>(b);
    CHECK(boundary_from_name(name(boundary)) == boundary);
  }
  CHECK(!boundary_from_name("mirror"));
}
