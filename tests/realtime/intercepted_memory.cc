// malloc and its kin, in whose place these stand for everything in the process: operator new and
// what libraries allocate end here.
#include <malloc.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>

#include "tests/realtime/intercept.h"

using faltung::realtime::intercepted;
using faltung::realtime::Kind;

extern "C" {

// glibc keeps these names for those who replace malloc.
void* __libc_malloc(std::size_t);
void __libc_free(void*);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) noexcept {
  intercepted(Kind::allocation, "malloc");
  return __libc_malloc(size);
}

void free(void* memory) noexcept {
  if (memory) intercepted(Kind::allocation, "free");
  __libc_free(memory);
}

void* calloc(std::size_t count, std::size_t size) noexcept {
  intercepted(Kind::allocation, "calloc");
  return __libc_calloc(count, size);
}

void* realloc(void* memory, std::size_t size) noexcept {
  intercepted(Kind::allocation, "realloc");
  return __libc_realloc(memory, size);
}

void* memalign(std::size_t alignment, std::size_t size) noexcept {
  intercepted(Kind::allocation, "memalign");
  return __libc_memalign(alignment, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  intercepted(Kind::allocation, "aligned_alloc");
  return __libc_memalign(alignment, size);
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept {
  intercepted(Kind::allocation, "posix_memalign");
  *memory = __libc_memalign(alignment, size);
  return *memory ? 0 : ENOMEM;
}

}  // extern "C"

INTERCEPT_NOEXCEPT(allocation, void*, mmap,
                   (void* at, std::size_t size, int protection, int flags, int file, off_t offset),
                   (at, size, protection, flags, file, offset))
INTERCEPT_NOEXCEPT(allocation, int, munmap, (void* at, std::size_t size), (at, size))
