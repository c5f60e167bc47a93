// A Unix domain socket that takes commands, one a line, from its owner alone.
#include "apps/faltung/live/control_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/nd/error.h"

namespace faltung {
namespace {

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    throw Error(Code::configuration, "control socket '" + path + "': a path of 1 to " +
                                         std::to_string(sizeof address.sun_path - 1) +
                                         " bytes is allowed");
  }
  std::memcpy(address.sun_path, path.c_str(), path.size());
  return address;
}

int new_socket() { return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

bool somebody_listens(const sockaddr_un& address) {
  const int fd = new_socket();
  const int result = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  close(fd);
  return result == 0;
}

bool is_owner(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == geteuid() || peer.uid == 0;
}

// False where the client does not take all of it at once.
bool send_all(int fd, const std::string& text) {
  const ssize_t sent = send(fd, text.data(), text.size(), MSG_NOSIGNAL);
  return sent == static_cast<ssize_t>(text.size());
}

}  // namespace

ControlSocket::ControlSocket(const std::string& path) : path_(path) {
  const sockaddr_un address = address_of(path);
  struct stat info {};
  if (lstat(path.c_str(), &info) == 0) {
    if (!S_ISSOCK(info.st_mode)) {
      throw Error(Code::output, path + ": is there already, and is no socket");
    }
    if (somebody_listens(address)) {
      throw Error(Code::busy, path + ": somebody listens there already");
    }
    unlink(path.c_str());
  }
  listening_ = new_socket();
  const mode_t former = umask(0177);
  const int bound = bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int why = errno;
  umask(former);
  if (bound != 0 || listen(listening_, 4) != 0) {
    close(listening_);
    throw Error(Code::output, "control socket " + path + ": " + std::strerror(why));
  }
}

ControlSocket::~ControlSocket() {
  for (const Client& client : clients_) close(client.fd);
  close(listening_);
  unlink(path_.c_str());
}

void ControlSocket::accept_one() {
  const int fd = accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return;
  if (clients_.size() >= kMostClients || !is_owner(fd)) {
    close(fd);
    return;
  }
  clients_.push_back({fd, ""});
}

// False: cut it off.
bool ControlSocket::receive(Client& client,
                            const std::function<std::string(const std::string&)>& answer) {
  char piece[1024];
  const ssize_t count = recv(client.fd, piece, sizeof piece, 0);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  if (count == 0) return false;
  client.received.append(piece, static_cast<std::size_t>(count));
  for (std::size_t end; (end = client.received.find('\n')) != std::string::npos;) {
    std::string line = client.received.substr(0, end);
    client.received.erase(0, end + 1);
    if (line.size() > kLongestLine) return false;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!send_all(client.fd, answer(line))) return false;
  }
  return client.received.size() <= kLongestLine;
}

void ControlSocket::serve(int timeout_ms,
                          const std::function<std::string(const std::string&)>& answer) {
  std::vector<pollfd> waiting = {{listening_, POLLIN, 0}};
  for (const Client& client : clients_) waiting.push_back({client.fd, POLLIN, 0});
  if (poll(waiting.data(), waiting.size(), timeout_ms) <= 0) return;
  for (std::size_t i = clients_.size(); i-- > 0;) {
    if (waiting[i + 1].revents == 0 || receive(clients_[i], answer)) continue;
    close(clients_[i].fd);
    clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if ((waiting[0].revents & POLLIN) != 0) accept_one();
}

ControlClient::ControlClient(const std::string& path) {
  const sockaddr_un address = address_of(path);
  fd_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int why = errno;
    close(fd_);
    throw Error(Code::configuration, path + ": " + std::strerror(why) +
                                         "; is there a 'faltung live --control " + path + "'?");
  }
}

ControlClient::~ControlClient() { close(fd_); }

std::string ControlClient::line() {
  std::size_t end;
  while ((end = received_.find('\n')) == std::string::npos) {
    char piece[1024];
    const ssize_t count = recv(fd_, piece, sizeof piece, 0);
    if (count <= 0) throw Error(Code::failure, "the live run ended before it answered");
    received_.append(piece, static_cast<std::size_t>(count));
  }
  std::string first = received_.substr(0, end);
  received_.erase(0, end + 1);
  return first;
}

ControlAnswer ControlClient::ask(const std::string& command) {
  send_all(fd_, command + "\n");
  ControlAnswer answer;
  for (;;) {
    const std::string next = line();
    if (next == kObeyed) return answer;
    if (next.starts_with(kRefused)) {
      answer.error = next.substr(std::strlen(kRefused));
      return answer;
    }
    answer.text += next + "\n";
  }
}

}  // namespace faltung
