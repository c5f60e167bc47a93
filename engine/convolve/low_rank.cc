// Kernels as sums of products of 1-D kernels, found by singular value decomposition.
#include "engine/convolve/low_rank.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace faltung {
namespace {

constexpr int kMaxSweeps = 30;

// a = Σ_i left[i] ⊗ right[i] with orthogonal right factors, largest first.
struct Unfolded {
  std::vector<std::vector<double>> left, right;
};

// Rotates rows p and q of `a` until they are orthogonal, and rows of `u` with them.
bool rotate(std::vector<std::vector<double>>& a, std::vector<std::vector<double>>& u,
            std::size_t p, std::size_t q) {
  const double pp = std::inner_product(a[p].begin(), a[p].end(), a[p].begin(), 0.0);
  const double qq = std::inner_product(a[q].begin(), a[q].end(), a[q].begin(), 0.0);
  const double pq = std::inner_product(a[p].begin(), a[p].end(), a[q].begin(), 0.0);
  if (std::abs(pq) <= 1e-16 * std::sqrt(pp * qq)) return false;
  const double zeta = (qq - pp) / (2 * pq);
  const double t = std::copysign(1.0, zeta) / (std::abs(zeta) + std::sqrt(1 + zeta * zeta));
  const double c = 1 / std::sqrt(1 + t * t), s = c * t;
  for (auto* rows : {&a, &u}) {
    for (std::size_t i = 0; i < (*rows)[p].size(); ++i) {
      const double x = (*rows)[p][i], y = (*rows)[q][i];
      (*rows)[p][i] = c * x - s * y;
      (*rows)[q][i] = s * x + c * y;
    }
  }
  return true;
}

Unfolded unfold(const double* kernel, Index rows, Index columns) {
  std::vector<std::vector<double>> a, u;
  for (Index r = 0; r < rows; ++r) {
    a.emplace_back(kernel + r * columns, kernel + (r + 1) * columns);
    u.emplace_back(static_cast<std::size_t>(rows), 0.0);
    u.back()[static_cast<std::size_t>(r)] = 1;
  }
  bool moved = true;
  for (int sweep = 0; moved && sweep < kMaxSweeps; ++sweep) {
    moved = false;
    for (std::size_t p = 0; p + 1 < a.size(); ++p) {
      for (std::size_t q = p + 1; q < a.size(); ++q) moved |= rotate(a, u, p, q);
    }
  }
  std::vector<std::size_t> order(a.size());
  std::iota(order.begin(), order.end(), 0);
  const auto energy = [&](std::size_t i) {
    return std::inner_product(a[i].begin(), a[i].end(), a[i].begin(), 0.0);
  };
  std::sort(order.begin(), order.end(),
            [&](std::size_t m, std::size_t n) { return energy(m) > energy(n); });
  Unfolded result;
  for (std::size_t i : order) {
    result.left.push_back(u[i]);
    result.right.push_back(a[i]);
  }
  return result;
}

double magnitude(const double* values, Index count) {
  double sum = 0;
  for (Index i = 0; i < count; ++i) sum += std::abs(values[i]);
  return sum;
}

// kernel -= left ⊗ right
void subtract(std::vector<double>& kernel, const std::vector<double>& left,
              const std::vector<double>& right) {
  for (std::size_t r = 0; r < left.size(); ++r) {
    for (std::size_t c = 0; c < right.size(); ++c) {
      kernel[r * right.size() + c] -= left[r] * right[c];
    }
  }
}

}  // namespace

LowRank low_rank(const double* kernel, const Shape& taps, double tolerance, int max_terms) {
  LowRank result;
  const Index size = taps.product();
  if (taps.rank() == 1) {
    result.terms.push_back({{std::vector<double>(kernel, kernel + size)}});
    return result;
  }
  const double whole = magnitude(kernel, size);
  if (whole == 0) return result;
  const Unfolded unfolded = unfold(kernel, taps[0], size / taps[0]);
  std::vector<double> rest(kernel, kernel + size);
  double inner_error = 0;
  for (std::size_t i = 0; i < unfolded.left.size(); ++i) {
    const auto& left = unfolded.left[i];
    const auto& right = unfolded.right[i];
    const double share = magnitude(left.data(), taps[0]) *
                         magnitude(right.data(), static_cast<Index>(right.size())) / whole;
    const double left_over = tolerance - inner_error;
    LowRank inner = low_rank(right.data(), taps.from(1), left_over / 2 / std::max(share, 1e-300),
                             max_terms - static_cast<int>(result.terms.size()));
    if (inner.terms.empty()) return {};
    inner_error += inner.error * share;
    for (SeparableTerm& term : inner.terms) {
      term.factors.insert(term.factors.begin(), left);
      result.terms.push_back(std::move(term));
    }
    subtract(rest, left, right);
    result.error = magnitude(rest.data(), size) / whole + inner_error;
    if (static_cast<int>(result.terms.size()) > max_terms) return {};
    if (result.error <= tolerance) return result;
  }
  return {};
}

}  // namespace faltung
