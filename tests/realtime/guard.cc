// Counts what code must not do on an audio thread.
#include "tests/realtime/guard.h"

#include <execinfo.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/realtime/page_faults.h"
#include "tests/realtime/system_call_trap.h"

namespace faltung::realtime {
namespace {

constexpr std::size_t kMaxNames = 32;           // distinct names kept; the counts go on
constexpr std::size_t kStackBytes = 256 << 10;  // touched beforehand, as a live thread's stack is

constexpr const char* kKindNames[kKinds] = {"allocation",  "lock",      "sleep",     "file access",
                                            "system call", "exception", "page fault"};

// Of one thread. No constructors: interceptors run before main.
struct Record {
  int depth;  // of marked scopes
  long counts[kKinds];
  const char* names[kMaxNames];
  std::size_t name_count;
};
thread_local Record record;

std::atomic<Mode> mode{Mode::count};

[[noreturn]] void abort_at(Kind kind, const char* name) noexcept {
  std::fprintf(stderr, "real-time violation: %s: %s\n", kKindNames[static_cast<std::size_t>(kind)],
               name);
  void* frames[48];
  backtrace_symbols_fd(frames, backtrace(frames, 48), STDERR_FILENO);
  std::abort();
}

void add(Kind kind, const char* name, long count) noexcept {
  record.counts[static_cast<std::size_t>(kind)] += count;
  const char** const end = record.names + record.name_count;
  const auto same = [name](const char* known) { return std::strcmp(known, name) == 0; };
  if (record.name_count < kMaxNames && std::none_of(record.names, end, same)) {
    record.names[record.name_count++] = name;
  }
  if (mode.load(std::memory_order_relaxed) == Mode::abort) abort_at(kind, name);
}

// What lies below the caller's frame, so that no callee is the first to reach it.
[[gnu::noinline]] void touch_stack() noexcept {
  char below[kStackBytes];
  for (std::size_t at = 0; at < sizeof below; at += 1024) {
    const_cast<volatile char*>(below)[at] = 0;
  }
}

}  // namespace

void set_mode(Mode wanted) noexcept { mode = wanted; }

Unwatched::Unwatched() noexcept : depth_(std::exchange(record.depth, 0)) {
  trap_system_calls(false);
}

Unwatched::~Unwatched() {
  record.depth = depth_;
  trap_system_calls(depth_ > 0);
}

void intercepted(Kind kind, const char* name) noexcept {
  if (record.depth == 0) [[likely]]
    return;
  const Unwatched unwatched;
  add(kind, name, 1);
}

Guard::Guard() {
  arm_system_call_trap();
  touch_stack();
  void* frame[1];
  backtrace(frame, 1);  // loads what it needs now, not in an interceptor
  std::memset(&record, 0, sizeof record);
}

Guard::Scope::Scope() noexcept : faults_before(page_faults()) {
  ++record.depth;
  trap_system_calls(true);
}

Guard::Scope::~Scope() {
  trap_system_calls(false);
  --record.depth;
  const long faults = page_faults() - faults_before;
  if (faults > 0) add(Kind::page_fault, "page fault", faults);
}

Violations Guard::violations() const {
  Violations result;
  std::copy_n(record.counts, kKinds, result.counts.begin());
  result.names.assign(record.names, record.names + record.name_count);
  return result;
}

bool Violations::names_any(const std::string& name) const {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool Violations::none() const {
  return std::all_of(counts.begin(), counts.end(), [](long count) { return count == 0; });
}

std::string Violations::text() const {
  if (none()) return "none";
  std::string result;
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    if (counts[kind] == 0) continue;
    result +=
        (result.empty() ? "" : ", ") + std::to_string(counts[kind]) + " × " + kKindNames[kind];
  }
  for (std::size_t i = 0; i < names.size(); ++i) result += (i == 0 ? ": " : ", ") + names[i];
  return result;
}

}  // namespace faltung::realtime
