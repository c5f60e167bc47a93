// Prepared convolutions kept for the next call that asks for the same.
#include "engine/layers/convolution_cache.h"

#include <functional>
#include <utility>

namespace faltung {

std::unique_ptr<ElementConvolution> ConvolutionCache::take(std::string_view key) {
  const std::size_t hash = std::hash<std::string_view>{}(key);
  std::list<Entry> taken;  // freed without the lock
  const std::lock_guard lock(mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    if (entry->hash != hash || entry->key != key) continue;
    taken.splice(taken.begin(), entries_, entry);
    bytes_ -= taken.front().bytes;
    return std::move(taken.front().convolution);
  }
  return nullptr;
}

void ConvolutionCache::give(std::string&& key, std::unique_ptr<ElementConvolution> convolution) {
  std::list<Entry> mine, forgotten;  // allocated and freed without the lock
  const std::size_t hash = std::hash<std::string_view>{}(key);
  const Index bytes = convolution->memory_bytes() + static_cast<Index>(key.capacity());
  if (bytes > most_bytes_) return;
  mine.push_back({hash, std::move(key), std::move(convolution), bytes});
  const std::lock_guard lock(mutex_);
  entries_.splice(entries_.begin(), mine);
  bytes_ += bytes;
  while (bytes_ > most_bytes_ || static_cast<int>(entries_.size()) > most_) {
    bytes_ -= entries_.back().bytes;
    forgotten.splice(forgotten.begin(), entries_, std::prev(entries_.end()));
  }
}

void ConvolutionCache::clear() {
  std::list<Entry> forgotten;
  const std::lock_guard lock(mutex_);
  forgotten.swap(entries_);
  bytes_ = 0;
}

Index ConvolutionCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

int ConvolutionCache::size() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(entries_.size());
}

}  // namespace faltung
