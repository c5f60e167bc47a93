// The pages of this process, brought in before audio needs them.
#pragma once

namespace faltung {

// Has all that is mapped into memory now, as mlockall does, but without a promise that it stays:
// code that has not run yet would come with its first call, on whatever thread. Needs Linux 5.14;
// does nothing where the system cannot.
void touch_memory();

}  // namespace faltung
