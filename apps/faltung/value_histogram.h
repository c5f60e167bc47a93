// How often values occur in a stream, in fixed memory: range, percentiles, bars.
//
// Values are counted by the leading 18 bits of their float32: whole numbers to 1024 exactly, others
// within 0.2%. What is not finite is counted apart.
#pragma once

#include <vector>

#include "engine/nd/slab.h"

namespace faltung {

class ValueHistogram {
 public:
  ValueHistogram();

  void add(const Slab& slab);

  Index count() const noexcept { return count_; }          // of finite values
  Index not_finite() const noexcept { return others_; }
  double least() const noexcept { return least_; }         // 0 where nothing was counted
  double most() const noexcept { return most_; }

  double percentile(double percent) const;  // nearest rank; 0 where nothing was counted

  // Values in equal steps from low to high: whole steps where all values are whole numbers, at
  // most `most_bars`. What lies outside is left out.
  std::vector<double> bars(double low, double high, int most_bars) const;

 private:
  std::vector<Index> counts_;
  Index count_ = 0, others_ = 0;
  double least_ = 0, most_ = 0;
  bool whole_ = true;
};

}  // namespace faltung
