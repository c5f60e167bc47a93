// The header of a NIfTI file, versions 1 and 2, in either byte order: named fields over its bytes.
#include "engine/io/nifti_header.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace faltung {
namespace {

enum class Type { byte, int16, int32, int64, float32, float64 };

struct Place {
  Type type;
  Index offset;
};

struct Row {
  NiftiField field;
  int count;
  Place first, second;  // in version 1, in version 2
};

using F = NiftiField;
using T = Type;
constexpr std::array kRows{
    Row{F::dim_info, 1, {T::byte, 39}, {T::byte, 524}},
    Row{F::dim, 8, {T::int16, 40}, {T::int64, 16}},
    Row{F::intent_p, 3, {T::float32, 56}, {T::float64, 80}},
    Row{F::intent_code, 1, {T::int16, 68}, {T::int32, 504}},
    Row{F::datatype, 1, {T::int16, 70}, {T::int16, 12}},
    Row{F::bitpix, 1, {T::int16, 72}, {T::int16, 14}},
    Row{F::slice_start, 1, {T::int16, 74}, {T::int64, 224}},
    Row{F::pixdim, 8, {T::float32, 76}, {T::float64, 104}},
    Row{F::vox_offset, 1, {T::float32, 108}, {T::int64, 168}},
    Row{F::slope, 1, {T::float32, 112}, {T::float64, 176}},
    Row{F::intercept, 1, {T::float32, 116}, {T::float64, 184}},
    Row{F::slice_end, 1, {T::int16, 120}, {T::int64, 232}},
    Row{F::slice_code, 1, {T::byte, 122}, {T::int32, 496}},
    Row{F::units, 1, {T::byte, 123}, {T::int32, 500}},
    Row{F::cal_max, 1, {T::float32, 124}, {T::float64, 192}},
    Row{F::cal_min, 1, {T::float32, 128}, {T::float64, 200}},
    Row{F::slice_duration, 1, {T::float32, 132}, {T::float64, 208}},
    Row{F::toffset, 1, {T::float32, 136}, {T::float64, 216}},
    Row{F::qform_code, 1, {T::int16, 252}, {T::int32, 344}},
    Row{F::sform_code, 1, {T::int16, 254}, {T::int32, 348}},
    Row{F::quatern, 3, {T::float32, 256}, {T::float64, 352}},
    Row{F::qoffset, 3, {T::float32, 268}, {T::float64, 376}},
    Row{F::srow, 12, {T::float32, 280}, {T::float64, 400}},
};

struct TextRow {
  NiftiText field;
  Index bytes;
  Index first, second;
};
constexpr std::array kTexts{TextRow{NiftiText::descrip, 80, 148, 240},
                            TextRow{NiftiText::aux_file, 24, 228, 320},
                            TextRow{NiftiText::intent_name, 16, 328, 508}};

constexpr Index kMagicOffset[] = {344, 4};  // of the versions
constexpr Index kSize[] = {348, 540};
constexpr std::string_view kSecondTail("\0\r\n\032\n", 5);  // of version 2's magic

const Row& row(NiftiField field) noexcept { return kRows[static_cast<std::size_t>(field)]; }
const TextRow& row(NiftiText field) noexcept { return kTexts[static_cast<std::size_t>(field)]; }

// Calls body(number, its bytes' offset) for element i of a field.
template <class Body>
void with_number(NiftiField field, int version, int i, Body&& body) {
  const Place& place = version == 1 ? row(field).first : row(field).second;
  const auto at = [&](Index bytes) { return static_cast<std::size_t>(place.offset + i * bytes); };
  switch (place.type) {
    case Type::byte:
      return body(std::uint8_t{}, at(1));
    case Type::int16:
      return body(std::int16_t{}, at(2));
    case Type::int32:
      return body(std::int32_t{}, at(4));
    case Type::int64:
      return body(std::int64_t{}, at(8));
    case Type::float32:
      return body(float{}, at(4));
    case Type::float64:
      return body(double{}, at(8));
  }
}

std::int32_t first_number(std::string_view head) noexcept {
  std::int32_t number = 0;
  std::memcpy(&number, head.data(), sizeof number);
  return number;
}

}  // namespace

NiftiHeader::NiftiHeader(int version)
    : version_(version), bytes_(static_cast<std::size_t>(size_of(version)), '\0') {
  const auto size = static_cast<std::int32_t>(size_of(version));
  std::memcpy(bytes_.data(), &size, sizeof size);
  make_single();
}

NiftiHeader::NiftiHeader(std::string bytes) : bytes_(std::move(bytes)) {
  const std::int32_t size = first_number(bytes_);
  swapped_ = size != size_of(1) && size != size_of(2);
  version_ = (swapped_ ? __builtin_bswap32(static_cast<std::uint32_t>(size))
                       : static_cast<std::uint32_t>(size)) == static_cast<std::uint32_t>(size_of(1))
                 ? 1
                 : 2;
}

bool NiftiHeader::is_nifti(std::string_view head) noexcept {
  if (head.size() < static_cast<std::size_t>(kNiftiProbe)) return false;
  for (int version : {1, 2}) {
    const auto size = static_cast<std::uint32_t>(size_of(version));
    const auto stated = static_cast<std::uint32_t>(first_number(head));
    if (stated != size && stated != __builtin_bswap32(size)) continue;
    const auto magic = head.substr(static_cast<std::size_t>(kMagicOffset[version - 1]));
    const char number = static_cast<char>('0' + version);
    if (magic[0] != 'n' || (magic[1] != '+' && magic[1] != 'i') || magic[2] != number) continue;
    return version == 1 ? magic[3] == '\0' : magic.substr(3, kSecondTail.size()) == kSecondTail;
  }
  return false;
}

Index NiftiHeader::size_of(int version) noexcept { return kSize[version - 1]; }

bool NiftiHeader::single() const noexcept {
  return bytes_[static_cast<std::size_t>(kMagicOffset[version_ - 1]) + 1] == '+';
}

double NiftiHeader::get(NiftiField field, int i) const noexcept {
  double result = 0;
  with_number(field, version_, i, [&]<class Number>(Number number, std::size_t at) {
    std::array<char, sizeof number> raw;
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at), raw.size(), raw.begin());
    if (swapped_) std::reverse(raw.begin(), raw.end());
    std::memcpy(&number, raw.data(), raw.size());
    result = static_cast<double>(number);
  });
  return result;
}

Index NiftiHeader::integer(NiftiField field, int i) const noexcept {
  constexpr double most = 9007199254740992.0;
  const double value = get(field, i);
  return static_cast<Index>(value > -most && value < most ? value : most);
}

void NiftiHeader::set(NiftiField field, double value, int i) noexcept {
  with_number(field, version_, i, [&]<class Number>(Number number, std::size_t at) {
    number = static_cast<Number>(value);
    std::array<char, sizeof number> raw;
    std::memcpy(raw.data(), &number, raw.size());
    if (swapped_) std::reverse(raw.begin(), raw.end());
    std::copy(raw.begin(), raw.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(at));
  });
}

std::string NiftiHeader::get(NiftiText field) const {
  const TextRow& r = row(field);
  const auto at = static_cast<std::size_t>(version_ == 1 ? r.first : r.second);
  const std::string text = bytes_.substr(at, static_cast<std::size_t>(r.bytes));
  return text.substr(0, text.find('\0'));
}

void NiftiHeader::set(NiftiText field, const std::string& text) {
  const TextRow& r = row(field);
  const auto at = static_cast<std::size_t>(version_ == 1 ? r.first : r.second);
  std::string padded = text.substr(0, static_cast<std::size_t>(r.bytes) - 1);
  padded.resize(static_cast<std::size_t>(r.bytes), '\0');
  bytes_.replace(at, padded.size(), padded);
}

void NiftiHeader::make_single() noexcept {
  char* magic = bytes_.data() + kMagicOffset[version_ - 1];
  *magic++ = 'n';
  *magic++ = '+';
  *magic++ = static_cast<char>('0' + version_);
  if (version_ == 2) std::copy(kSecondTail.begin(), kSecondTail.end(), magic);
}

NiftiHeader NiftiHeader::in_version(int version) const {
  NiftiHeader result(version);
  if (swapped_) {
    result.swapped_ = true;
    std::reverse(result.bytes_.begin(), result.bytes_.begin() + 4);
  }
  for (const Row& r : kRows) {
    for (int i = 0; i < r.count; ++i) result.set(r.field, get(r.field, i), i);
  }
  for (const TextRow& r : kTexts) result.set(r.field, get(r.field));
  return result;
}

}  // namespace faltung
