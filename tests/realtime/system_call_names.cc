// Names of system calls, for messages.
#include "tests/realtime/system_call_names.h"

#include <sys/syscall.h>

namespace faltung::realtime {

const char* system_call_name(int number) noexcept {
  static constexpr struct {
    int number;
    const char* name;
  } kNames[] = {
      {SYS_brk, "system call brk"},
      {SYS_clock_gettime, "system call clock_gettime"},
      {SYS_clock_nanosleep, "system call clock_nanosleep"},
      {SYS_close, "system call close"},
      {SYS_exit, "system call exit"},
      {SYS_fstat, "system call fstat"},
      {SYS_futex, "system call futex"},
      {SYS_getpid, "system call getpid"},
      {SYS_getrandom, "system call getrandom"},
      {SYS_gettid, "system call gettid"},
      {SYS_ioctl, "system call ioctl"},
      {SYS_lseek, "system call lseek"},
      {SYS_madvise, "system call madvise"},
      {SYS_mmap, "system call mmap"},
      {SYS_mprotect, "system call mprotect"},
      {SYS_mremap, "system call mremap"},
      {SYS_munmap, "system call munmap"},
      {SYS_nanosleep, "system call nanosleep"},
      {SYS_newfstatat, "system call newfstatat"},
      {SYS_openat, "system call openat"},
      {SYS_ppoll, "system call ppoll"},
      {SYS_read, "system call read"},
      {SYS_recvfrom, "system call recvfrom"},
      {SYS_rt_sigprocmask, "system call rt_sigprocmask"},
      {SYS_sched_yield, "system call sched_yield"},
      {SYS_sendto, "system call sendto"},
      {SYS_tgkill, "system call tgkill"},
      {SYS_write, "system call write"},
      {SYS_writev, "system call writev"},
  };
  for (const auto& known : kNames) {
    if (known.number == number) return known.name;
  }
  return "system call";
}

}  // namespace faltung::realtime
