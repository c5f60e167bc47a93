// Winograd's transforms of image tiles, compiled once for each instruction set.
#include "engine/simd/winograd_lanes.h"

#include "engine/simd/instruction_sets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/simd/winograd_lanes.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace faltung::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// The points ±a and, for m = 4, ±b.
template <int kM>
struct Points;
template <>
struct Points<2> {
  static constexpr double a = 1;
};
template <>
struct Points<4> {
  static constexpr double a = 0.625, b = 1.5;
};

// One line of kM + 2 samples, in place.
template <int kM, class D, class V>
HWY_INLINE void input_line(D d, V* x) {
  using T = hn::TFromD<D>;
  const auto number = [d](double v) { return hn::Set(d, static_cast<T>(v)); };
  constexpr double a = Points<kM>::a;
  if constexpr (kM == 2) {
    const V x1 = x[1], x2 = x[2];
    x[0] = hn::Sub(x2, x[0]);
    x[1] = hn::Add(x2, x1);
    x[2] = hn::Sub(x2, x1);
    x[3] = hn::Sub(x[3], x1);
  } else {
    constexpr double b = Points<kM>::b, aa = a * a, bb = b * b;
    const V both = number(-(aa + bb)), product = number(aa * bb);
    const V even_a = hn::MulAdd(number(-bb), x[2], x[4]), even_b = hn::MulAdd(number(-aa), x[2], x[4]);
    const V odd_a = hn::MulAdd(number(a), x[3], hn::Mul(number(-a * bb), x[1]));
    const V odd_b = hn::MulAdd(number(b), x[3], hn::Mul(number(-b * aa), x[1]));
    x[0] = hn::MulAdd(product, x[0], hn::MulAdd(both, x[2], x[4]));
    x[5] = hn::MulAdd(product, x[1], hn::MulAdd(both, x[3], x[5]));
    x[1] = hn::Add(even_a, odd_a);
    x[2] = hn::Sub(even_a, odd_a);
    x[3] = hn::Add(even_b, odd_b);
    x[4] = hn::Sub(even_b, odd_b);
  }
}

// kM + 2 sums to kM outputs, in place.
template <int kM, class D, class V>
HWY_INLINE void output_line(D d, V* x) {
  using T = hn::TFromD<D>;
  const auto number = [d](double v) { return hn::Set(d, static_cast<T>(v)); };
  const V even_a = hn::Add(x[1], x[2]), odd_a = hn::Sub(x[1], x[2]);
  if constexpr (kM == 2) {
    x[0] = hn::Add(x[0], even_a);
    x[1] = hn::Add(odd_a, x[3]);
  } else {
    constexpr double a = Points<kM>::a, b = Points<kM>::b;
    const V even_b = hn::Add(x[3], x[4]), odd_b = hn::Sub(x[3], x[4]);
    x[0] = hn::Add(x[0], hn::Add(even_a, even_b));
    x[1] = hn::MulAdd(number(a), odd_a, hn::Mul(number(b), odd_b));
    x[2] = hn::MulAdd(number(a * a), even_a, hn::Mul(number(b * b), even_b));
    x[3] = hn::MulAdd(number(a * a * a), odd_a, hn::MulAdd(number(b * b * b), odd_b, x[5]));
  }
}

template <int kM, class T>
HWY_INLINE void input_tiles(const WinogradInput<T>& p) {
  constexpr int kE = kM + 2;
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  for (Index t = 0; t < p.tiles; t += lanes) {
    HWY_ALIGN T columns[kE * kE * HWY_LANES(T)];  // transformed along j
    for (int i = 0; i < kE; ++i) {
      V line[kE];
      for (int j = 0; j < kE; ++j) line[j] = hn::LoadU(d, p.patches + (i * kE + j) * p.pitch + t);
      input_line<kM>(d, line);
      for (int j = 0; j < kE; ++j) hn::Store(line[j], d, columns + (i * kE + j) * lanes);
    }
    for (int j = 0; j < kE; ++j) {
      V line[kE];
      for (int i = 0; i < kE; ++i) line[i] = hn::Load(d, columns + (i * kE + j) * lanes);
      input_line<kM>(d, line);
      for (int i = 0; i < kE; ++i) hn::StoreU(line[i], d, p.to + (i * kE + j) * p.to_stride + t);
    }
  }
}

template <int kM, class T>
HWY_INLINE void output_tiles(const WinogradOutput<T>& p) {
  constexpr int kE = kM + 2;
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  const V bias = hn::Set(d, p.bias);
  for (Index t = 0; t < p.tiles; t += lanes) {
    HWY_ALIGN T lines[kM * kE * HWY_LANES(T)];  // transformed along i
    for (int j = 0; j < kE; ++j) {
      V line[kE];
      for (int i = 0; i < kE; ++i) line[i] = hn::LoadU(d, p.sums + (i * kE + j) * p.sum_stride + t);
      output_line<kM>(d, line);
      for (int i = 0; i < kM; ++i) hn::Store(line[i], d, lines + (i * kE + j) * lanes);
    }
    for (int i = 0; i < kM; ++i) {
      V line[kE];
      for (int j = 0; j < kE; ++j) line[j] = hn::Load(d, lines + (i * kE + j) * lanes);
      output_line<kM>(d, line);
      for (int j = 0; j < kM; ++j) line[j] = hn::Add(line[j], bias);
      T* row = p.rows + i * p.row_stride + t * kM;
      if constexpr (kM == 2) {
        hn::StoreInterleaved2(line[0], line[1], d, row);
      } else {
        hn::StoreInterleaved4(line[0], line[1], line[2], line[3], d, row);
      }
    }
  }
}

void Input32(const WinogradInput<float>& p) { p.m == 2 ? input_tiles<2>(p) : input_tiles<4>(p); }
void Input64(const WinogradInput<double>& p) { p.m == 2 ? input_tiles<2>(p) : input_tiles<4>(p); }
void Output32(const WinogradOutput<float>& p) {
  p.m == 2 ? output_tiles<2>(p) : output_tiles<4>(p);
}
void Output64(const WinogradOutput<double>& p) {
  p.m == 2 ? output_tiles<2>(p) : output_tiles<4>(p);
}

// Every target has the same points; one of them serves the kernels.
void Kernel(Index m, const double* kernel, double* out) {
  const double a = m == 2 ? Points<2>::a : Points<4>::a, b = Points<4>::b;
  const double aa = a * a, bb = b * b;
  const int e = static_cast<int>(m) + 2;
  double g[6][3] = {};
  const auto row = [&](int n, double point, double norm) {
    g[n][0] = 1 / norm;
    g[n][1] = point / norm;
    g[n][2] = point * point / norm;
  };
  row(0, 0, m == 2 ? aa : aa * bb);
  row(1, a, m == 2 ? 2 * aa : 2 * aa * (aa - bb));
  row(2, -a, m == 2 ? 2 * aa : 2 * aa * (aa - bb));
  if (m == 4) {
    row(3, b, 2 * bb * (bb - aa));
    row(4, -b, 2 * bb * (bb - aa));
  }
  if (m == 2) g[0][0] = -g[0][0];
  g[e - 1][2] = 1;
  for (int i = 0; i < e; ++i) {
    for (int j = 0; j < e; ++j) {
      double sum = 0;
      for (int y = 0; y < 3; ++y) {
        for (int x = 0; x < 3; ++x) sum += g[i][y] * kernel[y * 3 + x] * g[j][x];
      }
      out[i * e + j] = sum;
    }
  }
}

}  // namespace faltung::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

HWY_EXPORT(Input32);
HWY_EXPORT(Input64);
HWY_EXPORT(Output32);
HWY_EXPORT(Output64);

std::array<double, 36> winograd_kernel(Index m, const double* kernel) noexcept {
  std::array<double, 36> result{};
  HWY_STATIC_DISPATCH(Kernel)(m, kernel, result.data());
  return result;
}

void winograd_input(const WinogradInput<float>& input) noexcept {
  HWY_DYNAMIC_DISPATCH(Input32)(input);
}
void winograd_input(const WinogradInput<double>& input) noexcept {
  HWY_DYNAMIC_DISPATCH(Input64)(input);
}
void winograd_output(const WinogradOutput<float>& output) noexcept {
  HWY_DYNAMIC_DISPATCH(Output32)(output);
}
void winograd_output(const WinogradOutput<double>& output) noexcept {
  HWY_DYNAMIC_DISPATCH(Output64)(output);
}

}  // namespace faltung
#endif
