// Runs a command whose n-th call that changes a file below this folder fails, or is never made.
//
//   inject N FAULT REPORT COMMAND…     FAULT is ENOSPC, EIO or KILL; N = 0 only counts
//
// REPORT gets a line "NAME FILE" for each call until the fault, the last being the one it met. Ends
// with the command's status, 128 + the signal that killed it, or 77 where the kernel has no seccomp
// notifications (Linux 5.9): with these every thread and library is seen, whatever it calls through.
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

constexpr int kCannot = 77;
constexpr int kPollMs = 20;

struct Call {
  long number;
  const char* name;
  int path;  // which argument is a path; -1: the first one is a file
};

constexpr std::array kCalls{
    Call{SYS_openat, "openat", 1},          Call{SYS_write, "write", -1},
    Call{SYS_pwrite64, "pwrite", -1},       Call{SYS_writev, "writev", -1},
    Call{SYS_pwritev, "pwritev", -1},       Call{SYS_ftruncate, "ftruncate", -1},
    Call{SYS_fallocate, "fallocate", -1},   Call{SYS_fsync, "fsync", -1},
    Call{SYS_fdatasync, "fdatasync", -1},   Call{SYS_syncfs, "syncfs", -1},
    Call{SYS_renameat, "renameat", 1},      Call{SYS_renameat2, "renameat2", 1},
    Call{SYS_unlinkat, "unlinkat", 1},      Call{SYS_mkdirat, "mkdirat", 1},
    Call{SYS_linkat, "linkat", 1},          Call{SYS_sync_file_range, "sync_file_range", -1},
#ifdef SYS_rename  // older architectures
    Call{SYS_rename, "rename", 0},          Call{SYS_unlink, "unlink", 0},
    Call{SYS_mkdir, "mkdir", 0},            Call{SYS_rmdir, "rmdir", 0},
#endif
};

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "inject: %s: %s\n", what, std::strerror(errno));
  std::_Exit(kCannot);
}

// A file descriptor that tells of every call of the table; for this process and its children.
int filter_calls() {
  std::vector<sock_filter> code{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const Call& call : kCalls) {
    code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call.number), 0, 1));
    code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF));
  }
  code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up("prctl");
  const long listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
  if (listener < 0) give_up("seccomp");
  return static_cast<int>(listener);
}

union Control {  // room for one file descriptor, aligned as the kernel wants it
  cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};

msghdr message(iovec& byte, Control& control) {
  msghdr result{};
  result.msg_iov = &byte;
  result.msg_iovlen = 1;
  result.msg_control = control.bytes;
  result.msg_controllen = sizeof control.bytes;
  return result;
}

void send_file(int socket, int file) {
  char nothing = 0;
  iovec byte{&nothing, 1};
  Control control{};
  const msghdr sent = message(byte, control);
  control.header = {CMSG_LEN(sizeof file), SOL_SOCKET, SCM_RIGHTS};
  std::memcpy(CMSG_DATA(&control.header), &file, sizeof file);
  if (sendmsg(socket, &sent, 0) != 1) give_up("sendmsg");
}

int receive_file(int socket) {
  char nothing = 0;
  iovec byte{&nothing, 1};
  Control control{};
  msghdr received = message(byte, control);
  if (recvmsg(socket, &received, MSG_CMSG_CLOEXEC) != 1) std::_Exit(kCannot);
  int file = -1;
  std::memcpy(&file, CMSG_DATA(&control.header), sizeof file);
  return file;
}

std::string text_at(pid_t process, unsigned long long address) {
  std::array<char, PATH_MAX> text{};
  iovec to{text.data(), text.size() - 1};
  iovec from{reinterpret_cast<void*>(address), text.size() - 1};
  process_vm_readv(process, &to, 1, &from, 1, 0);
  return text.data();
}

// The file's name within this folder; empty: it lies elsewhere, or the call changes nothing.
std::string file_of(const seccomp_notif& told, const Call& call) {
  const auto process = static_cast<pid_t>(told.pid);
  const auto& arguments = told.data.args;
  if (call.number == SYS_openat && !(arguments[2] & O_CREAT)) return "";
  std::error_code ignored;
  const std::string here = std::filesystem::current_path().string() + "/";
  std::string path =
      call.path >= 0
          ? text_at(process, arguments[call.path])
          : std::filesystem::read_symlink("/proc/" + std::to_string(process) + "/fd/" +
                                              std::to_string(static_cast<int>(arguments[0])),
                                          ignored)
                .string();
  if (path.empty() || path.front() != '/') return path.find(':') == path.npos ? path : "";
  return path.starts_with(here) ? path.substr(here.size()) : path + "/" == here ? "." : "";
}

class Fault {
 public:
  Fault(long when, const std::string& kind, const std::string& report)
      : when_(when), kill_(kind == "KILL"), error_(kind == "EIO" ? EIO : ENOSPC), report_(report) {}

  // Whether the call is to be answered at all; what is said in `answer`.
  bool meet(const seccomp_notif& told, seccomp_notif_resp& answer) {
    answer.id = told.id;
    answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    for (const Call& call : kCalls) {
      if (call.number != told.data.nr || met_) continue;
      const std::string file = file_of(told, call);
      if (file.empty()) continue;
      report_ << call.name << ' ' << file << std::endl;
      met_ = ++calls_ == when_;
      if (!met_) continue;
      if (kill_) return kill(static_cast<pid_t>(told.pid), SIGKILL), false;
      answer.flags = 0;
      answer.error = -error_;
    }
    return true;
  }

 private:
  long when_;
  bool kill_;
  int error_;
  std::ofstream report_;
  long calls_ = 0;
  bool met_ = false;
};

int follow(pid_t child, int listener, Fault fault) {
  for (int status = 0;;) {
    pollfd ready{listener, POLLIN, 0};
    poll(&ready, 1, kPollMs);
    if (ready.revents & POLLIN) {
      seccomp_notif told{};
      seccomp_notif_resp answer{};
      if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &told) != 0) continue;
      if (fault.meet(told, answer)) ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    } else if (waitpid(child, &status, WNOHANG) == child) {
      return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 5) return 2;
  std::array<int, 2> sockets{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0) give_up("socket");
  const pid_t child = fork();
  if (child == 0) {
    send_file(sockets[0], filter_calls());
    execvp(arguments[4], arguments + 4);
    give_up(arguments[4]);
  }
  close(sockets[0]);
  return follow(child, receive_file(sockets[1]),
                Fault(std::atol(arguments[1]), arguments[2], arguments[3]));
}
