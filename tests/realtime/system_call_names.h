// Names of system calls, for messages.
#pragma once

namespace faltung::realtime {

// "system call futex"; those that code is unlikely to make have no name: "system call".
const char* system_call_name(int number) noexcept;

}  // namespace faltung::realtime
