// A thread that cannot call the system: Linux's seccomp, with a filter that allows the thread's
// end and nothing else. What it processes without being killed calls nothing.
#pragma once

#include <functional>
#include <string>

namespace faltung::realtime {

// Runs body on a new thread under the filter and returns when it has ended. A system call within
// body kills the process with SIGSYS. Where no filter can be had, body is not run and the reason
// returned; "" otherwise. body must not throw.
std::string run_confined(const std::function<void()>& body);

}  // namespace faltung::realtime
