// Owned memory for samples: where it comes from.
#include "engine/nd/array.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace faltung {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

std::size_t rounded_up(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

}  // namespace

void* allocate_samples(std::size_t bytes) {
  const bool huge = bytes >= kHugePage;
  const std::size_t alignment = huge ? kHugePage : kAlignment;
  if (bytes > SIZE_MAX - alignment) throw std::bad_alloc();
  void* memory = std::aligned_alloc(alignment, rounded_up(bytes, alignment));
  if (!memory) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  if (huge) madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);  // a wish, no more
#endif
  return memory;
}

void free_samples(void* memory) noexcept { std::free(memory); }

}  // namespace faltung
