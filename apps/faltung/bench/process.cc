// Whole programs as contenders.
#include "apps/faltung/bench/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "apps/faltung/bench/rounds.h"
#include "engine/nd/error.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

volatile std::sig_atomic_t interrupted = 0;
constexpr int kInterruptions[] = {SIGINT, SIGTERM};

extern "C" void note_interruption(int) { interrupted = 1; }

void stop_if_interrupted() {
  if (interrupted) throw Error(Code::failure, "interrupted");
}

constexpr int kCannotRun = 127;  // as shells say it

[[noreturn]] void fail(const std::string& what) {
  throw Error(Code::failure, what + ": " + std::strerror(errno));
}

std::vector<char*> pointers(const Arguments& arguments) {
  std::vector<char*> result;
  for (const std::string& argument : arguments)
    result.push_back(const_cast<char*>(argument.data()));
  result.push_back(nullptr);
  return result;
}

// In the child: dies with us, and becomes the program.
[[noreturn]] void become(const std::vector<char*>& arguments) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  execvp(arguments[0], arguments.data());
  _exit(kCannotRun);
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

int exit_status(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Waits for everyone in the group: `leader`, and orphans, which have become our children.
void wait_for_group(pid_t leader, ProcessUsage* usage) {
  rusage used{};
  int status = 0;
  for (;;) {
    const pid_t ended = wait4(-leader, &status, 0, &used);
    if (ended < 0 && errno != EINTR) return;
    if (interrupted) kill(-leader, SIGKILL);
    if (ended < 0) continue;
    if (ended == leader) usage->status = exit_status(status);
    usage->cpu_s += seconds(used.ru_utime) + seconds(used.ru_stime);
    usage->peak_mb = std::max(usage->peak_mb, static_cast<double>(used.ru_maxrss) * 1024 / 1e6);
  }
}

}  // namespace

ProcessUsage run_process(const Arguments& arguments, const std::string& folder,
                         const std::string& log) {
  const std::vector<char*> words = pointers(arguments);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  ProcessUsage usage;
  usage.wall_s = seconds_taken([&] {
    const pid_t child = fork();
    if (child < 0) fail("cannot start " + arguments[0]);
    if (child == 0) {
      setpgid(0, 0);
      const int nothing = open("/dev/null", O_RDONLY);
      const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      if (nothing < 0 || out < 0 || dup2(nothing, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 ||
          chdir(folder.c_str()) != 0) {
        _exit(kCannotRun);
      }
      become(words);
    }
    setpgid(child, child);  // both do it: whoever comes first
    wait_for_group(child, &usage);
  });
  stop_if_interrupted();
  return usage;
}

std::string last_words(const std::string& log) {
  std::ifstream file(log);
  std::string line, last = "no message";
  while (std::getline(file, line)) {
    if (!line.empty()) last = line;
  }
  return last;
}

bool has_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return access(name.c_str(), X_OK) == 0;
  const char* path = std::getenv("PATH");
  std::istringstream folders(path ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (access((folder + "/" + name).c_str(), X_OK) == 0) return true;
  }
  return false;
}

bool has_python_module(const std::string& module) {
  if (!has_program(kPython)) return false;
  return run_process({kPython, "-c", "import " + module}, "/", "/dev/null").status == 0;
}

HelperProcess::HelperProcess(const Arguments& arguments) {
  const std::vector<char*> words = pointers(arguments);
  int down[2], up[2];
  if (pipe2(down, O_CLOEXEC) != 0 || pipe2(up, O_CLOEXEC) != 0) fail("cannot make a pipe");
  child_ = fork();
  if (child_ < 0) fail("cannot start " + arguments[0]);
  if (child_ == 0) {
    if (dup2(down[0], 0) < 0 || dup2(up[1], 1) < 0) _exit(kCannotRun);
    become(words);
  }
  close(down[0]);
  close(up[1]);
  to_ = fdopen(down[1], "w");
  from_ = fdopen(up[0], "r");
  signal(SIGPIPE, SIG_IGN);  // a helper that has ended is found out by reading
}

HelperProcess::~HelperProcess() {
  std::fclose(to_);  // the helper sees the end of its input and ends
  std::fclose(from_);
  while (waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::string HelperProcess::ask(const std::string& line) {
  stop_if_interrupted();
  std::fputs((line + "\n").c_str(), to_);
  std::fflush(to_);
  char* text = nullptr;
  std::size_t room = 0;
  const ssize_t count = getline(&text, &room, from_);
  stop_if_interrupted();
  const std::string answer(text ? text : "", count > 0 ? static_cast<std::size_t>(count - 1) : 0);
  std::free(text);
  if (count <= 0) throw Error(Code::failure, "the benchmark's helper ended when asked: " + line);
  if (answer.starts_with("error")) throw Error(Code::failure, "the benchmark's helper: " + answer);
  return answer;
}

ScratchFolder::ScratchFolder(double bytes) {
  std::error_code error;
  const fs::space_info memory = fs::space("/dev/shm", error);
  const bool in_memory = !error && static_cast<double>(memory.available) > 2 * bytes;
  path_ = (in_memory ? fs::path("/dev/shm") : fs::temp_directory_path()) / "faltung-bench-XXXXXX";
  if (!mkdtemp(path_.data())) {
    throw Error(Code::output, "cannot make " + path_ + ": " + std::strerror(errno));
  }
  struct sigaction action {};
  action.sa_handler = note_interruption;  // without SA_RESTART: waiting ends
  for (int i = 0; i < 2; ++i) sigaction(kInterruptions[i], &action, &former_[i]);
}

ScratchFolder::~ScratchFolder() {
  std::error_code error;
  fs::remove_all(path_, error);
  for (int i = 0; i < 2; ++i) sigaction(kInterruptions[i], &former_[i], nullptr);
}

}  // namespace faltung
