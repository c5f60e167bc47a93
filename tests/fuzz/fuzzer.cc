// libFuzzer's entry: FALTUNG_FUZZ_TARGET names what is fuzzed.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const char* const name = std::getenv("FALTUNG_FUZZ_TARGET");
  faltung::fuzz::run_target(name ? name : "", {reinterpret_cast<const char*>(data), size});
  return 0;
}
