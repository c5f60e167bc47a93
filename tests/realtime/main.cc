// The main of the real-time tests: memory as a live program has it, but new buffers always fresh
// from the kernel, so that one which was not touched while preparing shows as page faults.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include "tests/realtime/guard.h"

namespace {

// As mlockall does, but without a promise that it stays: code and data that nobody has read since the
// machine needed their pages would come with the first touch, on whatever thread.
void touch_what_is_mapped() {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    unsigned long begin = 0, end = 0;
    char access[5] = "";
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, access) != 3) continue;
    const bool ours = access[1] == 'w' && access[3] == 'p';
    if (access[0] != 'r') continue;
    madvise(reinterpret_cast<void*>(begin), end - begin,
            ours ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
  }
}

}  // namespace

int main(int count, char** arguments) {
  mallopt(M_MMAP_THRESHOLD, 64 << 10);
  if (mlockall(MCL_CURRENT) != 0) touch_what_is_mapped();  // code and data stay; where permitted
  prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);  // no background work on our pages
  const char* wanted = std::getenv("FALTUNG_REALTIME");
  if (wanted && std::strcmp(wanted, "abort") == 0) {
    faltung::realtime::set_mode(faltung::realtime::Mode::abort);
  }
  return doctest::Context(count, arguments).run();
}
