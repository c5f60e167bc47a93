// The guard can fail: whatever is planted in a marked scope is counted and named.
#include "tests/realtime/guard.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <new>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/nd/array.h"
#include "tests/realtime/system_call_trap.h"

using namespace faltung;
using namespace faltung::realtime;

namespace {

void* volatile kept;  // so that nothing planted is optimised away

struct Planted {
  Kind kind;
  const char* name;
  std::function<void()> body;
};

void check_planted(const std::vector<Planted>& all) {
  for (const Planted& planted : all) {
    CAPTURE(planted.name);
    const Violations found = violations_of(planted.body);
    CAPTURE(found.text());
    CHECK(found.of(planted.kind) >= 1);
    CHECK(found.names_any(planted.name));
  }
}

long in_futex(int operation) {
  static int word = 0;
  return syscall(SYS_futex, &word, operation, 1, nullptr, nullptr, 0);
}

}  // namespace

TEST_CASE("realtime: the guard counts allocations") {
  check_planted({
      {Kind::allocation, "malloc", [] { kept = std::malloc(24); }},
      {Kind::allocation, "free", [] { std::free(kept); }},
      {Kind::allocation, "calloc", [] { kept = std::calloc(3, 8); }},
      {Kind::allocation, "realloc", [] { kept = std::realloc(kept, 99); }},
      {Kind::allocation, "aligned_alloc", [] { kept = std::aligned_alloc(64, 64); }},
      {Kind::allocation, "posix_memalign",
       [] {
         void* memory = nullptr;
         CHECK(posix_memalign(&memory, 64, 64) == 0);
         kept = memory;
       }},
      {Kind::allocation, "malloc", [] { kept = new int(3); }},
      {Kind::allocation, "free", [] { delete static_cast<int*>(kept); }},
      {Kind::allocation, "aligned_alloc", [] { kept = ::operator new (64, std::align_val_t{64}); }},
      {Kind::allocation, "malloc", [] { std::vector<int>(9).swap(*new std::vector<int>(8)); }},
      {Kind::allocation, "malloc", [] { kept = new std::string(40, 'x'); }},
      {Kind::allocation, "mmap",
       [] { kept = mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }},
      {Kind::allocation, "munmap", [] { munmap(kept, 4096); }},
  });
}

TEST_CASE("realtime: the guard counts locks and sleeps") {
  static std::mutex mutex;
  static std::shared_mutex shared;
  static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
  static sem_t semaphore;
  REQUIRE(sem_init(&semaphore, 0, 1) == 0);
  check_planted({
      {Kind::lock, "pthread_mutex_lock", [] { const std::lock_guard lock(mutex); }},
      {Kind::lock, "pthread_mutex_unlock", [] { const std::lock_guard lock(mutex); }},
      {Kind::lock, "pthread_mutex_trylock",
       [] {
         if (mutex.try_lock()) mutex.unlock();
       }},
      {Kind::lock, "pthread_rwlock_rdlock", [] { const std::shared_lock lock(shared); }},
      {Kind::lock, "pthread_rwlock_wrlock", [] { const std::lock_guard lock(shared); }},
      {Kind::lock, "pthread_cond_signal", [] { pthread_cond_signal(&condition); }},
      {Kind::lock, "sem_wait", [] { sem_wait(&semaphore); }},
      {Kind::lock, "sem_post", [] { sem_post(&semaphore); }},
      {Kind::lock, "__cxa_guard_acquire",
       [] {
         static const long first_passage = in_futex(1);
         CHECK(first_passage == 0);
       }},
      {Kind::sleep, "clock_nanosleep",
       [] {
         const timespec nanosecond{0, 1};
         clock_nanosleep(CLOCK_MONOTONIC, 0, &nanosecond, nullptr);
       }},
      {Kind::sleep, "usleep", [] { usleep(1); }},
      {Kind::sleep, "sched_yield", [] { std::this_thread::yield(); }},
  });
}

TEST_CASE("realtime: the guard counts files, standard output and exceptions") {
  check_planted({
      {Kind::file, "open", [] { kept = reinterpret_cast<void*>(long{open("/dev/null", O_RDWR)}); }},
      {Kind::file, "write", [] { CHECK(write(int(reinterpret_cast<long>(kept)), "x", 1) == 1); }},
      {Kind::file, "read",
       [] {
         char byte;
         CHECK(read(int(reinterpret_cast<long>(kept)), &byte, 1) == 0);
       }},
      {Kind::file, "close", [] { close(int(reinterpret_cast<long>(kept))); }},
      {Kind::file, "printf", [] { std::printf("%d\n", 1); }},
      {Kind::file, "fflush", [] { std::fflush(stdout); }},
      {Kind::file, "fopen", [] { kept = std::fopen("/dev/null", "w"); }},
      {Kind::exception, "throw",
       [] {
         try {
           throw 1;
         } catch (int) {
         }
       }},
  });
}

TEST_CASE("realtime: the guard counts every system call, those within libc too") {
  const std::string reason = why_no_system_call_trap();
  if (!reason.empty()) {
    MESSAGE("SKIPPED: system calls are not trapped by these tests: " << reason);
    return;
  }
  check_planted({
      {Kind::system_call, "system call futex", [] { in_futex(1); }},
      {Kind::system_call, "system call sched_yield", [] { std::this_thread::yield(); }},
      {Kind::system_call, "system call getpid", [] { getpid(); }},
      {Kind::system_call, "system call write",  // by way of libc's own
       [] {
         std::fputs(" ", stdout);
         std::fflush(stdout);
       }},
      {Kind::system_call, "system call mmap", [] { kept = std::malloc(64 << 20); }},
      {Kind::system_call, "system call clock_nanosleep",
       [] { std::this_thread::sleep_for(std::chrono::nanoseconds(1)); }},
  });
  long parent = 0;
  const Violations thrice = violations_of([&] {
    getpid();
    parent = syscall(SYS_getppid);
    getpid();
  });
  CHECK(thrice.of(Kind::system_call) == 3);
  CHECK_MESSAGE(parent == getppid(), "a counted call is done all the same");
}

TEST_CASE("realtime: the guard counts the first touch of every page") {
  constexpr long kPages = 256, kPage = 4096;
  char* fresh = static_cast<char*>(
      mmap(nullptr, kPages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  REQUIRE(fresh != MAP_FAILED);
  const auto touch = [fresh] {
    for (long page = 0; page < kPages; ++page) fresh[page * kPage] = 1;
  };
  const Violations first = violations_of(touch);
  CHECK(first.of(Kind::page_fault) >= kPages);
  CHECK(first.names_any("page fault"));
  CHECK(first.of(Kind::system_call) == 0);
  CHECK(violations_of(touch).none());
  munmap(fresh, kPages * kPage);
}

TEST_CASE("realtime: the guard lets pass what an audio thread may do") {
  std::atomic<int> number{0};
  std::vector<float> samples(4096, 0.5f);
  const Violations found = violations_of([&] {
    ++number;
    number.notify_one();  // nobody waits
    kept = reinterpret_cast<void*>(std::chrono::steady_clock::now().time_since_epoch().count());
    for (float& x : samples) x *= 0.5f;
  });
  CHECK_MESSAGE(found.none(), found.text());
}

TEST_CASE("realtime: only the marked scope of the calling thread is watched") {
  const auto allocate = [] { kept = std::malloc(1); };
  // Bytes to be had again, so that no allocation below meets the end of a page.
  std::array<void*, 7> freed;
  for (void*& bytes : freed) {
    allocate();
    bytes = kept;
  }
  for (void* bytes : freed) std::free(bytes);
  Guard guard;
  const auto quiet = [] {};
  guard.watch(quiet);
  kept = std::malloc(1);
  std::thread other([] {
    for (int i = 0; i < 1000; ++i) std::free(std::malloc(static_cast<std::size_t>(i)));
  });
  guard.watch([] {
    const Unwatched unwatched;
    kept = std::malloc(1);
    getpid();
  });
  other.join();
  CHECK_MESSAGE(guard.violations().none(), guard.violations().text());
  guard.watch(allocate);
  guard.watch(allocate);
  CHECK(guard.violations().of(Kind::allocation) == 2);
  CHECK(guard.violations().text() == "2 × allocation: malloc");
}

TEST_CASE("realtime: a buffer's pages are there once it is made") {
  Buffer<float> buffer(4 << 20);
  std::vector<double> numbers(1 << 20);
  const Violations found = violations_of([&] {
    for (float& x : buffer) x += 1;
    for (double& x : numbers) x += 1;
  });
  CHECK_MESSAGE(found.none(), found.text());
}
