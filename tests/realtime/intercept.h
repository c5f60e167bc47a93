// Takes the place of a libc function: counts the call in a marked scope, then does it.
#pragma once

#include <dlfcn.h>

#include "tests/realtime/guard.h"

namespace faltung::realtime {

// The function of that name that this executable's one hides.
template <class Function>
Function* hidden(const char* name) noexcept {
  const Unwatched unwatched;
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace faltung::realtime

// INTERCEPT(lock, int, pthread_mutex_lock, (pthread_mutex_t * m), (m))
#define FALTUNG_INTERCEPT(kind, result, name, parameters, arguments, specifiers) \
  extern "C" result name parameters specifiers {                                 \
    using Function = result parameters;                                          \
    static Function* known = nullptr;                                            \
    ::faltung::realtime::intercepted(::faltung::realtime::Kind::kind, #name);    \
    Function* real = __atomic_load_n(&known, __ATOMIC_RELAXED);                  \
    if (!real) {                                                                 \
      real = ::faltung::realtime::hidden<Function>(#name);                       \
      __atomic_store_n(&known, real, __ATOMIC_RELAXED);                          \
    }                                                                            \
    return real arguments;                                                       \
  }
#define INTERCEPT(kind, result, name, parameters, arguments) \
  FALTUNG_INTERCEPT(kind, result, name, parameters, arguments, )
// The same for what is declared noexcept.
#define INTERCEPT_NOEXCEPT(kind, result, name, parameters, arguments) \
  FALTUNG_INTERCEPT(kind, result, name, parameters, arguments, noexcept)
