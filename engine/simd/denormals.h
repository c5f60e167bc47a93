// Denormal numbers count as zero while an object of this class lives, on the calling thread.
//
// A decaying tail ends in numbers so small that many processors compute them in microcode, slower
// by an order of magnitude: the load of a live thread must not depend on what it hears. The state
// belongs to the thread and nobody sets it for an audio thread: live processing does at its entry.
#pragma once

#include <cstdint>

namespace faltung {

// On x86 flushes results (FTZ) and operands (DAZ), on ARM both (FZ); elsewhere nothing. Leaving
// restores the caller's floating-point control word exactly, whatever it was; may be nested.
// Never calls the system.
class FlushDenormals {
 public:
  FlushDenormals() noexcept;
  ~FlushDenormals();
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

  // Whether this processor's denormals can be flushed.
  static bool available() noexcept;

 private:
  std::uint64_t callers_;  // control word
};

}  // namespace faltung
