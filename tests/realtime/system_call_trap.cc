// Traps every system call of the calling thread through Syscall User Dispatch.
#include "tests/realtime/system_call_trap.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>

#include "tests/realtime/guard.h"
#include "tests/realtime/system_call_names.h"

namespace faltung::realtime {
namespace {

enum class Trap { not_asked_for, armed, refused };
thread_local Trap trap;
thread_local int refusal;             // errno
thread_local volatile char selector;  // read by the kernel: 0 allows, 1 traps

#if defined(__x86_64__)

constexpr int kDispatch = 59;                  // PR_SET_SYSCALL_USER_DISPATCH
constexpr unsigned long kOn = 1;               // PR_SYS_DISPATCH_ON
constexpr std::uintptr_t kRestorerBytes = 10;  // mov $15, %rax; syscall; and the address after it

// The kernel has let nothing happen: count it, then do it, so that the code goes on as usual.
void on_system_call(int, siginfo_t* signal, void* context) {
  selector = 0;
  const int kept = errno;
  intercepted(Kind::system_call, system_call_name(signal->si_syscall));
  selector = 0;
  greg_t* const registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  const long result =
      syscall(signal->si_syscall, registers[REG_RDI], registers[REG_RSI], registers[REG_RDX],
              registers[REG_R10], registers[REG_R8], registers[REG_R9]);
  registers[REG_RAX] = result < 0 ? -errno : result;
  errno = kept;
  selector = 1;  // the return from here goes through the exempt range
}

// libc's few instructions that return from a signal handler: themselves a system call.
std::uintptr_t signal_restorer() noexcept {
  struct {
    void* handler;
    unsigned long flags;
    std::uintptr_t restorer;
    std::uint64_t mask;
  } action{};
  syscall(SYS_rt_sigaction, SIGSYS, nullptr, &action, sizeof action.mask);
  return action.restorer;
}

int arm() noexcept {
  struct sigaction action {};
  action.sa_sigaction = on_system_call;
  action.sa_flags = SA_SIGINFO;
  if (sigaction(SIGSYS, &action, nullptr) != 0) return errno;
  return prctl(kDispatch, kOn, signal_restorer(), kRestorerBytes, &selector) == 0 ? 0 : errno;
}

#else

int arm() noexcept { return ENOSYS; }

#endif

}  // namespace

void arm_system_call_trap() noexcept {
  if (trap != Trap::not_asked_for) return;
  refusal = arm();
  trap = refusal == 0 ? Trap::armed : Trap::refused;
}

void trap_system_calls(bool on) noexcept {
  if (trap == Trap::armed) selector = on ? 1 : 0;
}

std::string why_no_system_call_trap() {
  arm_system_call_trap();
  if (trap == Trap::armed) return "";
  return "no Syscall User Dispatch here, which takes Linux 5.11 on x86-64 and a container that "
         "allows it: " +
         std::string(std::strerror(refusal));
}

}  // namespace faltung::realtime
