// Samples at the engine's edge: interleaved numbers of a file <-> channels of a slab.
#include "engine/io/samples.h"

#include <array>
#include <cstdint>

namespace faltung {
namespace {

using Sample = Encoding::Sample;

struct Row {
  const char* name;
  Index bytes;
  bool integer;
  double full_scale;
};

constexpr std::array<Row, 9> kRows{{{"none", 0, false, 1},
                                    {"u8", 1, true, 255},
                                    {"u16", 2, true, 65535},
                                    {"s8", 1, true, 128},
                                    {"s16", 2, true, 32768},
                                    {"s24", 3, true, 8388608},
                                    {"s32", 4, true, 2147483648.0},
                                    {"f32", 4, false, 1},
                                    {"f64", 8, false, 1}}};

const Row& row(Sample sample) noexcept { return kRows[static_cast<std::size_t>(sample)]; }

// Calls body(number) with a number of the encoding's type.
template <class Body>
void with_number(Sample sample, Body&& body) {
  switch (sample) {
    case Sample::u8:
      return body(std::uint8_t{});
    case Sample::u16:
      return body(std::uint16_t{});
    case Sample::s8:
      return body(std::int8_t{});
    case Sample::s16:
      return body(std::int16_t{});
    case Sample::s32:
      return body(std::int32_t{});
    case Sample::f32:
      return body(float{});
    case Sample::f64:
      return body(double{});
    case Sample::none:
    case Sample::s24:
      break;
  }
  throw Error(Code::failure, std::string("no plain number stores ") + name(sample));
}

}  // namespace

const char* name(Sample sample) noexcept { return row(sample).name; }
Index bytes_of(Sample sample) noexcept { return row(sample).bytes; }
bool is_integer(Sample sample) noexcept { return row(sample).integer; }
double full_scale_of(Sample sample) noexcept { return row(sample).full_scale; }

SampleType slab_type(Sample sample) noexcept {
  return sample == Sample::s32 || sample == Sample::f64 ? SampleType::float64 : SampleType::float32;
}

Sink::Stored stored_as(Sample sample, double scale) noexcept {
  Sink::Stored stored{sample, scale};
  if (!is_integer(sample)) return stored;
  const bool is_signed = name(sample)[0] == 's';
  stored.low = is_signed ? -full_scale_of(sample) : 0;
  stored.high = full_scale_of(sample) - (is_signed ? 1 : 0);
  return stored;
}

Sample array_sample(const Format& format, const Encoding& like) noexcept {
  if (like.exact && like.sample != Sample::s24) return like.sample;
  if (is_integer(like.sample) && like.full_scale != 1 && like.sample != Sample::s24) {
    return like.sample;
  }
  return format.type == SampleType::float64 ? Sample::f64 : Sample::f32;
}

void deinterleave(Sample from, const void* in, Index count, const Slab& out, Index first) {
  with_number(from, [&]<class From>(From) {
    with_sample_type(out.type, [&]<class T>() {
      deinterleave(static_cast<const From*>(in), count, out.as<T>(), first);
    });
  });
}

void interleave(Sample to, const Slab& in, Index first, Index count, void* out, double scale) {
  with_number(to, [&]<class To>(To) {
    with_sample_type(in.type, [&]<class T>() {
      interleave_scaled(in.as<T>(), first, count, static_cast<To*>(out), scale);
    });
  });
}

}  // namespace faltung
