// A short program run to its end.
#include "apps/faltung/submit/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/nd/error.h"

namespace faltung {
namespace {

[[noreturn]] void fail(const std::string& program, int problem) {
  throw Error(Code::failure, "cannot run " + program + ": " + std::strerror(problem));
}

// A pipe that what we start inherits only as the output it is given.
struct Pipe {
  int from = -1, to = -1;
  explicit Pipe(const std::string& program) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) fail(program, errno);
    from = ends[0], to = ends[1];
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close(from);
    close_writing();
  }
  void close_writing() {
    if (to >= 0) close(to);
    to = -1;
  }
};

class Actions {
 public:
  Actions(const Pipe& out, const Pipe& err) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, out.to, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, err.to, STDERR_FILENO);
  }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  ~Actions() { posix_spawn_file_actions_destroy(&actions_); }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

// Both at once, so that neither fills up unread.
void read_both(const Pipe& out, const Pipe& err, Ended& ended) {
  pollfd ends[] = {{out.from, POLLIN, 0}, {err.from, POLLIN, 0}};
  std::string* const texts[] = {&ended.said, &ended.complained};
  while (ends[0].fd >= 0 || ends[1].fd >= 0) {
    if (poll(ends, 2, -1) < 0) continue;  // interrupted
    for (int i = 0; i < 2; ++i) {
      if (ends[i].fd < 0 || ends[i].revents == 0) continue;
      char bytes[4096];
      const ssize_t count = read(ends[i].fd, bytes, sizeof bytes);
      if (count > 0) texts[i]->append(bytes, static_cast<std::size_t>(count));
      if (count == 0 || (count < 0 && errno != EINTR)) ends[i].fd = -1;
    }
  }
}

}  // namespace

Ended run_to_end(const std::vector<std::string>& arguments) {
  const std::string& program = arguments.front();
  Pipe out(program), err(program);
  std::vector<char*> words;
  for (const std::string& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  pid_t child = 0;
  const Actions actions(out, err);
  const int problem = posix_spawnp(&child, words[0], actions.get(), nullptr, words.data(), environ);
  if (problem == ENOENT) return {Ended::kNotFound, "", program + ": not found"};
  if (problem != 0) fail(program, problem);
  out.close_writing();
  err.close_writing();
  Ended ended;
  read_both(out, err, ended);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ended;
}

}  // namespace faltung
