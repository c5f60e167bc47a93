// Prepared convolutions kept for the next call that asks for the same.
//
// Planning and preparing take tens of microseconds: more than a small convolution itself. Who
// convolves takes the object out, so that no two calls share one, and gives it back.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "engine/layers/element_convolution.h"

namespace faltung {

// May be used by any number of threads at once.
class ConvolutionCache {
 public:
  // Keeps at most so many, which hold at most so many bytes in all.
  ConvolutionCache(int most, Index most_bytes) : most_(most), most_bytes_(most_bytes) {}

  // What was given last under this key, or null. A key says everything that was asked.
  std::unique_ptr<ElementConvolution> take(std::string_view key);
  // Forgets what has not been used for longest where there is no room; what is too large at once.
  void give(std::string&& key, std::unique_ptr<ElementConvolution> convolution);
  void clear();

  Index bytes() const;
  int size() const;

 private:
  struct Entry {
    std::size_t hash;
    std::string key;
    std::unique_ptr<ElementConvolution> convolution;
    Index bytes;
  };
  mutable std::mutex mutex_;  // held for moments: never while planning or convolving
  std::list<Entry> entries_;  // the one used last first
  int most_;
  Index most_bytes_, bytes_ = 0;
};

}  // namespace faltung
