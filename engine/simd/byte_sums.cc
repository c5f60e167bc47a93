// Sums of bytes with whole weights, compiled once for each instruction set.
#include "engine/simd/byte_sums.h"

#include "engine/simd/instruction_sets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/simd/byte_sums.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace faltung::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr int kVectors = 2;  // of sums at once

void SumRows(const std::uint8_t* const* rows, const std::uint16_t* weights, Index taps,
             Index count, std::uint16_t* to) {
  const hn::ScalableTag<std::uint16_t> d;
  const hn::Rebind<std::uint8_t, decltype(d)> bytes;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  Index n = 0;
  for (; n + kVectors * lanes <= count; n += kVectors * lanes) {
    auto a = hn::Zero(d), b = hn::Zero(d);
    for (Index t = 0; t < taps; ++t) {
      const auto weight = hn::Set(d, weights[t]);
      a = hn::Add(a, hn::Mul(weight, hn::PromoteTo(d, hn::LoadU(bytes, rows[t] + n))));
      b = hn::Add(b, hn::Mul(weight, hn::PromoteTo(d, hn::LoadU(bytes, rows[t] + n + lanes))));
    }
    hn::StoreU(a, d, to + n);
    hn::StoreU(b, d, to + n + lanes);
  }
  for (; n < count; ++n) {
    unsigned sum = 0;
    for (Index t = 0; t < taps; ++t) sum += static_cast<unsigned>(weights[t]) * rows[t][n];
    to[n] = static_cast<std::uint16_t>(sum);
  }
}

void SumRound(const std::uint16_t* from, const std::uint16_t* weights, Index taps, Index apart,
              int shift, Index count, std::uint8_t* to) {
  const hn::ScalableTag<std::uint16_t> d;
  const hn::Rebind<std::uint8_t, decltype(d)> bytes;
  const hn::RebindToSigned<decltype(d)> whole;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  const unsigned below = shift == 0 ? 0 : (1u << (shift - 1)) - 1, odd = shift == 0 ? 0 : 1;
  const auto half = hn::Set(d, static_cast<std::uint16_t>(below));
  const auto one = hn::Set(d, static_cast<std::uint16_t>(odd));
  const auto rounded = [&](auto sum) {
    const auto tie = hn::And(hn::ShiftRightSame(sum, shift), one);
    return hn::ShiftRightSame(hn::Add(hn::Add(sum, half), tie), shift);
  };
  Index n = 0;
  for (; n + kVectors * lanes <= count; n += kVectors * lanes) {
    auto a = hn::Zero(d), b = hn::Zero(d);
    for (Index t = 0; t < taps; ++t) {
      const auto weight = hn::Set(d, weights[t]);
      a = hn::Add(a, hn::Mul(weight, hn::LoadU(d, from + n + t * apart)));
      b = hn::Add(b, hn::Mul(weight, hn::LoadU(d, from + n + t * apart + lanes)));
    }
    hn::StoreU(hn::DemoteTo(bytes, hn::BitCast(whole, rounded(a))), bytes, to + n);
    hn::StoreU(hn::DemoteTo(bytes, hn::BitCast(whole, rounded(b))), bytes, to + n + lanes);
  }
  for (; n < count; ++n) {
    unsigned sum = 0;
    for (Index t = 0; t < taps; ++t) sum += static_cast<unsigned>(weights[t]) * from[n + t * apart];
    to[n] = static_cast<std::uint8_t>((sum + below + ((sum >> shift) & odd)) >> shift);
  }
}

}  // namespace faltung::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

HWY_EXPORT(SumRows);
HWY_EXPORT(SumRound);

void sum_byte_rows(const std::uint8_t* const* rows, const std::uint16_t* weights, Index taps,
                   Index count, std::uint16_t* to) noexcept {
  HWY_DYNAMIC_DISPATCH(SumRows)(rows, weights, taps, count, to);
}
void sum_and_round(const std::uint16_t* from, const std::uint16_t* weights, Index taps, Index apart,
                   int shift, Index count, std::uint8_t* to) noexcept {
  HWY_DYNAMIC_DISPATCH(SumRound)(from, weights, taps, apart, shift, count, to);
}

}  // namespace faltung
#endif
