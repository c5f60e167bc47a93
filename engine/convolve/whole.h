// A prepared convolution of signals that lie in memory as a whole.
//
// Numbers are taken as they are; integers come out by rounded()'s rule (engine/nd/rounded.h). The same
// bits as the same solver gives a stream of slabs, for any number of threads.
#pragma once

#include <cstdint>
#include <memory>
#include <variant>

#include "engine/nd/slab.h"

namespace faltung {

// One item, [channel, axis…]; the stream axis is the extent.
using WholeInput = std::variant<SlabOf<const float>, SlabOf<const double>, SlabOf<const std::uint8_t>,
                                SlabOf<const std::uint16_t>, SlabOf<const std::int16_t>>;
using WholeOutput = std::variant<SlabOf<float>, SlabOf<double>, SlabOf<std::uint8_t>,
                                 SlabOf<std::uint16_t>, SlabOf<std::int16_t>>;

class Whole {
 public:
  virtual ~Whole() = default;
  // All of `out` is written; it must not overlap `in`. One call at a time.
  virtual void run(const WholeInput& in, const WholeOutput& out) noexcept = 0;
  virtual Index memory_bytes() const noexcept = 0;
};

}  // namespace faltung
