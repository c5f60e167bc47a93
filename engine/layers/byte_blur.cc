// Small blurs of images of bytes in whole numbers of 16 bits.
#include "engine/layers/byte_blur.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/nd/array.h"
#include "engine/simd/byte_sums.h"

namespace faltung {
namespace {

constexpr int kMostShift = 8;     // results fill a byte: sums of 256 times 255 fit 16 bits
constexpr Index kBandRows = 16;   // of one task

// The kernel times 2^shift in whole numbers, by the smallest shift; empty: there is none.
std::vector<Index> whole_taps(const Problem& p, int* shift) {
  for (*shift = 0; *shift <= kMostShift; ++*shift) {
    std::vector<Index> taps;
    for (Index k = 0; k < p.kernel_size(); ++k) {
      const double tap = std::ldexp(p.kernel(0)[k], *shift);
      if (!(tap >= 0 && tap <= 256 && tap == std::floor(tap))) break;
      taps.push_back(static_cast<Index>(tap));
    }
    if (static_cast<Index>(taps.size()) == p.kernel_size()) return taps;
  }
  return {};
}

// A row of whole numbers without a common divisor that all rows are multiples of, and by how much.
bool factors(const std::vector<Index>& taps, Index columns, std::vector<std::uint16_t>* column,
             std::vector<std::uint16_t>* row) {
  const auto first = std::find_if(taps.begin(), taps.end(), [](Index tap) { return tap != 0; });
  if (first == taps.end()) return false;
  const Index at = first - taps.begin(), start = at / columns * columns, x = at % columns;
  Index divisor = 0;
  for (Index n = 0; n < columns; ++n) {
    divisor = std::gcd(divisor, taps[static_cast<std::size_t>(start + n)]);
  }
  for (Index n = 0; n < columns; ++n) {
    row->push_back(
        static_cast<std::uint16_t>(taps[static_cast<std::size_t>(start + n)] / divisor));
  }
  const Index unit = (*row)[static_cast<std::size_t>(x)];
  for (std::size_t n = 0; n < taps.size(); n += static_cast<std::size_t>(columns)) {
    const Index factor = taps[n + static_cast<std::size_t>(x)] / unit;
    column->push_back(static_cast<std::uint16_t>(factor));
    for (std::size_t k = 0; k < row->size(); ++k) {
      if (factor * (*row)[k] != taps[n + k]) return false;
    }
  }
  return true;
}

std::vector<Index> sources(const Problem& p, int axis, Index count) {
  std::vector<Index> result;
  for (Index n = 0; n < count; ++n) {
    result.push_back(p.source_of(axis, n - p.padding_of(axis).before));
  }
  return result;
}

}  // namespace

std::optional<ByteBlur> ByteBlur::of(const Problem& p) {
  if (p.rank() != 2 || p.paths.size() != 1 || p.in_channels != 1 || !p.bias.empty()) return {};
  if (p.stride[0] * p.stride[1] != 1 || p.dilation[0] != 1) return {};
  if (p.constant != std::clamp(std::floor(p.constant), 0.0, 255.0)) return {};
  ByteBlur blur;
  const std::vector<Index> taps = whole_taps(p, &blur.shift_);
  if (taps.empty() || !factors(taps, p.taps(1), &blur.column_, &blur.row_)) return {};
  if (std::accumulate(taps.begin(), taps.end(), Index{0}) > Index{1} << blur.shift_) return {};
  blur.rows_ = sources(p, 0, *p.extent + p.padding_of(0).before + p.padding_of(0).after);
  blur.edges_ = sources(p, 1, p.padded(1));
  blur.columns_ = p.inner[0];
  blur.before_ = p.padding_of(1).before;
  blur.apart_ = p.dilation[1];
  blur.out_rows_ = p.output_extent_of(0);
  blur.out_columns_ = p.output_extent_of(1);
  blur.outside_ = static_cast<std::uint8_t>(p.boundary == Boundary::constant ? p.constant : 0);
  return blur;
}

void ByteBlur::run(const std::uint8_t* in, std::uint8_t* out, Workers* workers) const {
  run_tasks(workers, (out_rows_ + kBandRows - 1) / kBandRows, [&](Index task, int) {
    blur_rows(in, out, task * kBandRows, std::min(out_rows_, (task + 1) * kBandRows));
  });
}

// Output rows [first, end): down the columns first, then along the row.
void ByteBlur::blur_rows(const std::uint8_t* in, std::uint8_t* out, Index first, Index end) const {
  const std::vector<std::uint8_t> none(static_cast<std::size_t>(columns_), outside_);
  std::vector<const std::uint8_t*> lines(column_.size());
  Buffer<std::uint16_t> sums(static_cast<Index>(edges_.size()));
  const unsigned weight = std::accumulate(column_.begin(), column_.end(), 0u);
  const Index after = before_ + columns_;
  for (Index y = first; y < end; ++y) {
    for (std::size_t k = 0; k < lines.size(); ++k) {
      const Index row = rows_[static_cast<std::size_t>(y) + k];
      lines[k] = row < 0 ? none.data() : in + row * columns_;
    }
    sum_byte_rows(lines.data(), column_.data(), static_cast<Index>(lines.size()), columns_,
                  sums.data() + before_);
    const auto edge = [&](Index n) {
      const Index source = edges_[static_cast<std::size_t>(n)];
      sums[n] = source < 0 ? static_cast<std::uint16_t>(weight * outside_) : sums[before_ + source];
    };
    for (Index n = 0; n < before_; ++n) edge(n);
    for (Index n = after; n < sums.size(); ++n) edge(n);
    sum_and_round(sums.data(), row_.data(), static_cast<Index>(row_.size()), apart_, shift_,
                  out_columns_, out + y * out_columns_);
  }
}

}  // namespace faltung
