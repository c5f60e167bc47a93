// A thread that cannot call the system.
#include "tests/realtime/confinement.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace faltung::realtime {
namespace {

// Of the calling thread, for good. Returns errno.
int confine_thread() noexcept {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{sizeof program / sizeof *program, program};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0 ? 0 : errno;
}

struct Task {
  const std::function<void()>& body;
  int refusal = 0;
};

void* run(void* argument) {
  Task& task = *static_cast<Task*>(argument);
  task.refusal = confine_thread();
  if (task.refusal != 0) return nullptr;
  task.body();
  syscall(SYS_exit, 0);  // returning would give the stack back, and that is a system call
  return nullptr;
}

}  // namespace

std::string run_confined(const std::function<void()>& body) {
  Task task{body};
  pthread_t thread;
  const int error = pthread_create(&thread, nullptr, run, &task);
  if (error != 0) return std::string("no thread: ") + std::strerror(error);
  pthread_join(thread, nullptr);
  if (task.refusal == 0) return "";
  return std::string("seccomp refuses the filter: ") + std::strerror(task.refusal);
}

}  // namespace faltung::realtime
