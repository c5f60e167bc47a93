// What lies outside a signal: the six rules by which an axis is continued.
#include "engine/nd/boundary.h"

#include <array>

namespace faltung {
namespace {

constexpr std::array<const char*, 6> kNames = {"zero",    "constant",  "replicate",
                                               "reflect", "symmetric", "wrap"};

Index modulo(Index i, Index n) noexcept {
  const Index rest = i % n;
  return rest < 0 ? rest + n : rest;
}

}  // namespace

Index source_index(Index i, Index n, Boundary boundary) noexcept {
  if (i >= 0 && i < n) return i;
  switch (boundary) {
    case Boundary::zero:
    case Boundary::constant:
      return -1;
    case Boundary::replicate:
      return i < 0 ? 0 : n - 1;
    case Boundary::reflect: {
      if (n == 1) return 0;
      const Index folded = modulo(i, 2 * n - 2);
      return folded < n ? folded : 2 * n - 2 - folded;
    }
    case Boundary::symmetric: {
      const Index folded = modulo(i, 2 * n);
      return folded < n ? folded : 2 * n - 1 - folded;
    }
    case Boundary::wrap:
      return modulo(i, n);
  }
  return -1;
}

const char* name(Boundary boundary) noexcept {
  return kNames[static_cast<std::size_t>(boundary)];
}

std::optional<Boundary> boundary_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (name == kNames[i]) return static_cast<Boundary>(i);
  }
  return std::nullopt;
}

std::string boundary_names() {
  std::string result;
  for (const char* name : kNames) result += (result.empty() ? "" : ", ") + std::string(name);
  return result;
}

}  // namespace faltung
