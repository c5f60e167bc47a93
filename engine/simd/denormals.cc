// Denormal numbers count as zero while an object of this class lives, on the calling thread.
#include "engine/simd/denormals.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace faltung {
namespace {

#if defined(__x86_64__)

constexpr bool kAvailable = true;
constexpr std::uint64_t kFlush = 0x8000 | 0x0040;  // MXCSR: flush to zero, denormals are zero
std::uint64_t control_word() noexcept { return _mm_getcsr(); }
void set_control_word(std::uint64_t word) noexcept { _mm_setcsr(static_cast<unsigned>(word)); }

#elif defined(__aarch64__)

constexpr bool kAvailable = true;
constexpr std::uint64_t kFlush = std::uint64_t{1} << 24;  // FPCR: flush to zero
std::uint64_t control_word() noexcept {
  std::uint64_t word;
  asm volatile("mrs %0, fpcr" : "=r"(word)::"memory");
  return word;
}
void set_control_word(std::uint64_t word) noexcept {
  asm volatile("msr fpcr, %0" ::"r"(word) : "memory");
}

#else

constexpr bool kAvailable = false;
constexpr std::uint64_t kFlush = 0;
std::uint64_t control_word() noexcept { return 0; }
void set_control_word(std::uint64_t) noexcept {}

#endif

}  // namespace

FlushDenormals::FlushDenormals() noexcept : callers_(control_word()) {
  set_control_word(callers_ | kFlush);
}

FlushDenormals::~FlushDenormals() { set_control_word(callers_); }

bool FlushDenormals::available() noexcept { return kAvailable; }

}  // namespace faltung
