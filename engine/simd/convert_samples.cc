// Runs of samples between the types that arrays have, compiled once for each instruction set.
#include "engine/simd/convert_samples.h"

#include <limits>

#include "engine/simd/instruction_sets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/simd/convert_samples.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace faltung::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class From>
HWY_INLINE void to_float(const From* from, Index count, float* to) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const hn::Rebind<From, decltype(d)> df;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  Index n = 0;
  for (; n + lanes <= count; n += lanes) {
    hn::StoreU(hn::ConvertTo(d, hn::PromoteTo(di, hn::LoadU(df, from + n))), d, to + n);
  }
  for (; n < count; ++n) to[n] = static_cast<float>(from[n]);
}

template <class To>
HWY_INLINE void to_integer(const float* from, Index count, To* to) {
  const hn::ScalableTag<float> d;
  const hn::Rebind<To, decltype(d)> dt;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  const auto low = hn::Set(d, static_cast<float>(std::numeric_limits<To>::min()));
  const auto high = hn::Set(d, static_cast<float>(std::numeric_limits<To>::max()));
  Index n = 0;
  for (; n + lanes <= count; n += lanes) {
    const auto x = hn::LoadU(d, from + n);
    const auto number = hn::IfThenElseZero(hn::Eq(x, x), x);
    const auto inside = hn::Min(hn::Max(number, low), high);
    hn::StoreU(hn::DemoteTo(dt, hn::NearestInt(inside)), dt, to + n);
  }
  for (; n < count; ++n) to[n] = rounded<To>(from[n]);
}

void FromU8(const std::uint8_t* from, Index count, float* to) { to_float(from, count, to); }
void FromU16(const std::uint16_t* from, Index count, float* to) { to_float(from, count, to); }
void FromS16(const std::int16_t* from, Index count, float* to) { to_float(from, count, to); }
void ToU8(const float* from, Index count, std::uint8_t* to) { to_integer(from, count, to); }
void ToU16(const float* from, Index count, std::uint16_t* to) { to_integer(from, count, to); }
void ToS16(const float* from, Index count, std::int16_t* to) { to_integer(from, count, to); }

}  // namespace faltung::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

HWY_EXPORT(FromU8);
HWY_EXPORT(FromU16);
HWY_EXPORT(FromS16);
HWY_EXPORT(ToU8);
HWY_EXPORT(ToU16);
HWY_EXPORT(ToS16);

void convert_samples(const std::uint8_t* from, Index count, float* to) noexcept {
  HWY_DYNAMIC_DISPATCH(FromU8)(from, count, to);
}
void convert_samples(const std::uint16_t* from, Index count, float* to) noexcept {
  HWY_DYNAMIC_DISPATCH(FromU16)(from, count, to);
}
void convert_samples(const std::int16_t* from, Index count, float* to) noexcept {
  HWY_DYNAMIC_DISPATCH(FromS16)(from, count, to);
}
void convert_samples(const float* from, Index count, std::uint8_t* to) noexcept {
  HWY_DYNAMIC_DISPATCH(ToU8)(from, count, to);
}
void convert_samples(const float* from, Index count, std::uint16_t* to) noexcept {
  HWY_DYNAMIC_DISPATCH(ToU16)(from, count, to);
}
void convert_samples(const float* from, Index count, std::int16_t* to) noexcept {
  HWY_DYNAMIC_DISPATCH(ToS16)(from, count, to);
}

}  // namespace faltung
#endif
