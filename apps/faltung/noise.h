// White noise as a source: always the same, and without hidden zeros that would be cheap to
// compute.
#pragma once

#include "engine/io/source.h"

namespace faltung {

class Noise : public Source {
 public:
  // `format.extent` positions, or endless where it is unknown.
  explicit Noise(const Format& format) : format_(format) { format_.max_slab = 0; }

  const Format& format() const override { return format_; }
  const Encoding& encoding() const override { return encoding_; }
  Index read(const Slab& out) override;

 private:
  Format format_;
  Encoding encoding_;
  std::uint32_t state_ = 2463534242;
  Index given_ = 0;
};

}  // namespace faltung
