// The pages of this process, brought in before audio needs them.
#include "engine/stream/touch_memory.h"

#include <sys/mman.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace faltung {

void touch_memory() {
#ifdef MADV_POPULATE_WRITE
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    unsigned long begin = 0, end = 0;
    char access[5] = "";
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, access) != 3) continue;
    if (access[0] != 'r') continue;
    const bool ours = access[1] == 'w' && access[3] == 'p';
    madvise(reinterpret_cast<void*>(begin), end - begin,
            ours ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
  }
#endif
}

}  // namespace faltung
