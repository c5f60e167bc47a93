// Work tried in a copy of this process.
#include "engine/io/trial.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <string>

#include "engine/nd/error.h"

namespace faltung {
namespace {

constexpr rlim_t kSeconds = 5;
constexpr rlim_t kMemory = 128 << 20;     // beyond what is mapped already
constexpr std::size_t kMostWords = 4096;  // of an error: a pipe holds them without a reader
constexpr int kSurvived = 0, kRefused = 1, kFailed = 2;  // statuses of a copy

std::atomic<bool> forgone{false};

void limit(__rlimit_resource what, rlim_t value) {
  rlimit now{};
  getrlimit(what, &now);
  now.rlim_cur = std::min(value, now.rlim_max);
  setrlimit(what, &now);
}

rlim_t mapped_bytes() {
  rlim_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

// The error's code in a byte, then its words.
void tell(int to, const Error& error) noexcept {
  const auto code = static_cast<char>(error.code());
  const std::string_view words(error.what());
  const auto count = std::min(words.size(), kMostWords);
  if (write(to, &code, 1) == 1) static_cast<void>(!write(to, words.data(), count));
}

[[noreturn]] void run(const std::function<void()>& body, rlim_t most, int answer) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGXCPU})
    std::signal(signal, SIG_DFL);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_IGN);  // meant for who waits
  dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);  // its last words are not ours
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, kSeconds);
  limit(RLIMIT_AS, most);
  try {
    body();
    _exit(kSurvived);
  } catch (const Error& error) {
    tell(answer, error);
    _exit(kRefused);
  } catch (...) {
    _exit(kFailed);
  }
}

std::string words_of(int from) {
  std::array<char, 1 + kMostWords> room{};
  const ssize_t count = read(from, room.data(), room.size());
  return {room.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
}

// The child's status; -1: somebody else has taken it.
int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return status;
}

}  // namespace

bool survives_trial(const std::function<void()>& body) {
  std::array<int, 2> answer{};
  if (forgone || pipe2(answer.data(), O_CLOEXEC) != 0) return true;
  const rlim_t most = mapped_bytes() + kMemory;
  const pid_t child = fork();
  if (child == 0) run(body, most, answer[1]);
  const int status = child < 0 ? -1 : wait_for(child);
  close(answer[1]);
  const std::string words = words_of(answer[0]);
  close(answer[0]);
  if (status >= 0 && WIFEXITED(status) && WEXITSTATUS(status) == kRefused && words.size() > 1) {
    throw Error(static_cast<Code>(words[0]), words.substr(1));
  }
  return status < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == kSurvived);
}

void forgo_trials() noexcept { forgone = true; }

}  // namespace faltung
