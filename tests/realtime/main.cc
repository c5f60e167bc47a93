// The main of the real-time tests: memory as a live program has it, but new buffers always fresh
// from the kernel, so that one which was not touched while preparing shows as page faults.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include <cstdlib>
#include <cstring>

#include "engine/stream/touch_memory.h"
#include "tests/realtime/guard.h"

int main(int count, char** arguments) {
  mallopt(M_MMAP_THRESHOLD, 64 << 10);
  if (mlockall(MCL_CURRENT) != 0) faltung::touch_memory();  // code and data stay; where permitted
  prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);  // no background work on our pages
  const char* wanted = std::getenv("FALTUNG_REALTIME");
  if (wanted && std::strcmp(wanted, "abort") == 0) {
    faltung::realtime::set_mode(faltung::realtime::Mode::abort);
  }
  return doctest::Context(count, arguments).run();
}
