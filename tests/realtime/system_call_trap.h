// Traps every system call of the calling thread, also those inside of libc: Linux's Syscall User
// Dispatch (5.11, x86-64), switched by one byte that the kernel reads.
#pragma once

#include <string>

namespace faltung::realtime {

// Once for each thread, outside of marked scopes; again is free. Errors: none, see below.
void arm_system_call_trap() noexcept;

// From now on a system call of this thread is counted (guard.h), then done for the code.
void trap_system_calls(bool on) noexcept;

// Why this thread's system calls cannot be trapped; "" where they can. Containers may forbid it.
std::string why_no_system_call_trap();

}  // namespace faltung::realtime
