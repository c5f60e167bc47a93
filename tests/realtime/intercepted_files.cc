// Files and standard output, in whose place these stand for everything in the process, and the
// throwing of exceptions.
#include <fcntl.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <typeinfo>

#include "tests/realtime/intercept.h"

using faltung::realtime::hidden;
using faltung::realtime::intercepted;
using faltung::realtime::Kind;

INTERCEPT(file, ssize_t, read, (int file, void* to, size_t size), (file, to, size))
INTERCEPT(file, ssize_t, write, (int file, const void* from, size_t size), (file, from, size))
INTERCEPT(file, int, close, (int file), (file))
INTERCEPT_NOEXCEPT(file, off_t, lseek, (int file, off_t offset, int whence), (file, offset, whence))
INTERCEPT(file, FILE*, fopen, (const char* path, const char* mode), (path, mode))
INTERCEPT(file, int, fclose, (FILE * file), (file))
INTERCEPT(file, size_t, fread, (void* to, size_t size, size_t count, FILE* file),
          (to, size, count, file))
INTERCEPT(file, size_t, fwrite, (const void* from, size_t size, size_t count, FILE* file),
          (from, size, count, file))
INTERCEPT(file, int, fflush, (FILE * file), (file))
INTERCEPT(file, int, puts, (const char* text), (text))
INTERCEPT(file, int, fputs, (const char* text, FILE* file), (text, file))
INTERCEPT(file, int, putchar, (int c), (c))

// What takes any number of arguments is done by its sibling that takes a list.
extern "C" int open(const char* path, int flags, ...) {
  intercepted(Kind::file, "open");
  const auto real = hidden<int(int, const char*, int, mode_t)>("openat");
  std::va_list list;
  va_start(list, flags);
  const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : mode_t{0};
  va_end(list);
  return real(AT_FDCWD, path, flags, mode);
}

extern "C" int printf(const char* format, ...) {
  intercepted(Kind::file, "printf");
  std::va_list list;
  va_start(list, format);
  const int result = std::vprintf(format, list);
  va_end(list);
  return result;
}

extern "C" int fprintf(FILE* file, const char* format, ...) {
  intercepted(Kind::file, "fprintf");
  std::va_list list;
  va_start(list, format);
  const int result = std::vfprintf(file, format, list);
  va_end(list);
  return result;
}

extern "C" [[noreturn]] void __cxa_throw(void* thrown, std::type_info* type,
                                         void (*destroy)(void*)) {
  intercepted(Kind::exception, "throw");
  const auto real = hidden<void(void*, std::type_info*, void (*)(void*))>("__cxa_throw");
  real(thrown, type, destroy);
  std::abort();
}
