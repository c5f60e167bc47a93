// Small blurs of images of bytes in whole numbers of 16 bits: twice as many at once as in floats,
// and exact.
//
// For kernels that are a column times a row of whole numbers, none negative, over a power of two:
// 1 4 6 4 1, 1 2 1, boxes of two and four. Results are those of the definition, rounded to nearest,
// ties to even.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/convolve/problem.h"
#include "engine/convolve/workers.h"

namespace faltung {

class ByteBlur {
 public:
  // A problem of one path over [row, column], bytes in and out; none where it is no such kernel, or
  // sums could pass 16 bits.
  static std::optional<ByteBlur> of(const Problem& problem);

  // Row-major, of the problem's extents.
  void run(const std::uint8_t* in, std::uint8_t* out, Workers* workers) const;

 private:
  ByteBlur() = default;
  void blur_rows(const std::uint8_t* in, std::uint8_t* out, Index first, Index end) const;

  std::vector<std::uint16_t> column_, row_;  // taps
  int shift_ = 0;                            // of the sum
  std::vector<Index> rows_;                  // of the input, for each padded one; −1: outside
  std::vector<Index> edges_;                 // of the padded columns: source, or −1
  Index columns_ = 0, before_ = 0, apart_ = 1;
  Index out_rows_ = 0, out_columns_ = 0;
  std::uint8_t outside_ = 0;
};

}  // namespace faltung
