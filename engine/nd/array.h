// Owned memory for samples: aligned to 64 bytes, zeroed, movable.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "engine/nd/view.h"

namespace faltung {

constexpr std::size_t kAlignment = 64;  // a cache line, and the widest vector there is

// Memory that is given back with free_samples. From 2 MB on it lies in huge pages, where the system
// has them: a spectrum that is read once in a while otherwise costs a page walk for every 4 kB.
// Throws std::bad_alloc.
void* allocate_samples(std::size_t bytes);
void free_samples(void* memory) noexcept;

// A flat run of trivially copyable elements. Throws std::bad_alloc.
template <class T>
class Buffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Buffer() = default;
  explicit Buffer(Index size) : Buffer(unfilled(size)) { clear(); }

  // What it holds is undefined: for scratch memory that is written before it is read.
  static Buffer unfilled(Index size) {
    Buffer result;
    if (size <= 0) return result;
    result.size_ = size;
    result.data_.reset(
        static_cast<T*>(allocate_samples(static_cast<std::size_t>(size) * sizeof(T))));
    return result;
  }

  T* data() noexcept { return data_.get(); }
  const T* data() const noexcept { return data_.get(); }
  Index size() const noexcept { return size_; }
  T& operator[](Index i) noexcept { return data_.get()[i]; }
  const T& operator[](Index i) const noexcept { return data_.get()[i]; }
  T* begin() noexcept { return data(); }
  T* end() noexcept { return data() + size_; }
  const T* begin() const noexcept { return data(); }
  const T* end() const noexcept { return data() + size_; }
  void clear() noexcept { std::fill(begin(), end(), T{}); }

 private:
  struct Free {
    void operator()(T* p) const noexcept { free_samples(p); }
  };
  std::unique_ptr<T, Free> data_;
  Index size_ = 0;
};

// A row-major array of any rank. Throws Error{failure} for impossible extents.
template <class T>
class Array {
 public:
  Array() = default;
  explicit Array(const Shape& extents)
      : extents_(extents), memory_(checked_product(extents)) {}

  const Shape& extents() const noexcept { return extents_; }
  int rank() const noexcept { return extents_.rank(); }
  Index size() const noexcept { return memory_.size(); }
  T* data() noexcept { return memory_.data(); }
  const T* data() const noexcept { return memory_.data(); }
  T& operator[](Index i) noexcept { return memory_[i]; }
  const T& operator[](Index i) const noexcept { return memory_[i]; }
  T* begin() noexcept { return memory_.begin(); }
  T* end() noexcept { return memory_.end(); }
  const T* begin() const noexcept { return memory_.begin(); }
  const T* end() const noexcept { return memory_.end(); }

  View<T> view() noexcept { return View<T>(data(), extents_); }
  View<const T> view() const noexcept { return View<const T>(data(), extents_); }
  T& operator()(const Shape& position) noexcept { return view()(position); }
  const T& operator()(const Shape& position) const noexcept { return view()(position); }

  Array copy() const {
    Array result(extents_);
    std::copy(begin(), end(), result.begin());
    return result;
  }

  // The same elements under another shape of the same size.
  Array reshaped(const Shape& extents) && {
    if (checked_product(extents) != size()) {
      throw Error(Code::failure, "cannot see shape " + extents_.text() + " as " + extents.text());
    }
    extents_ = extents;
    return std::move(*this);
  }

 private:
  Shape extents_;
  Buffer<T> memory_;
};

}  // namespace faltung
