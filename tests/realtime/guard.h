// Counts what code must not do on an audio thread: allocate, lock, sleep, touch files, call the
// system, throw, fault pages in.
//
//   const Violations found = violations_of([&] { stage->process(in, out); });
//   CHECK_MESSAGE(found.none(), found.text());
//
// Only the marked scope is watched, on the calling thread; other threads and everything between
// two scopes are free. Linked into test executables only, together with the intercepted_*.cc:
// their malloc, pthread_mutex_lock, … come before libc's, for shared libraries too. Excludes the
// sanitizers, which do the same. System calls are trapped where the kernel allows: see
// system_call_trap.h.
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace faltung::realtime {

enum class Kind { allocation, lock, sleep, file, system_call, exception, page_fault };
constexpr std::size_t kKinds = 7;

enum class Mode {
  count,  // what is violated is done and counted
  abort,  // the first violation prints where it happened and aborts: FALTUNG_REALTIME=abort
};
void set_mode(Mode mode) noexcept;

struct Violations {
  std::array<long, kKinds> counts{};
  std::vector<std::string> names;  // distinct, in order: "malloc", "system call futex", …

  long of(Kind kind) const { return counts[static_cast<std::size_t>(kind)]; }
  bool names_any(const std::string& name) const;
  bool none() const;
  std::string text() const;  // "2 allocations, 1 system call: malloc, free, system call futex"
};

// What the calling thread's marked scopes violate from the guard's construction on. One guard at a
// time for each thread.
class Guard {
 public:
  Guard();  // readies the thread: traps, handler, stack
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  // Runs body in the marked scope; body may be run again and again, with anything between.
  template <class Body>
  void watch(Body&& body) {
    const Scope scope;
    std::forward<Body>(body)();
  }
  Violations violations() const;

 private:
  struct Scope {
    Scope() noexcept;
    ~Scope();
    long faults_before;
  };
};

template <class Body>
Violations violations_of(Body&& body) {
  Guard guard;
  guard.watch(std::forward<Body>(body));
  return guard.violations();
}

// Within a marked scope: what the calling thread does during its life is not watched.
class Unwatched {
 public:
  Unwatched() noexcept;
  ~Unwatched();
  Unwatched(const Unwatched&) = delete;
  Unwatched& operator=(const Unwatched&) = delete;

 private:
  int depth_;
};

// For what is intercepted: counts where the calling thread is in a marked scope. `name` lives on.
void intercepted(Kind kind, const char* name) noexcept;

}  // namespace faltung::realtime
