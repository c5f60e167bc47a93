// A Unix domain socket that takes commands, one a line, from its owner alone.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace faltung {

// How an answer ends, on a line of its own.
inline constexpr const char* kObeyed = "ok";
inline constexpr const char* kRefused = "error: ";  // and why

class ControlSocket {
 public:
  static constexpr std::size_t kMostClients = 16;
  static constexpr std::size_t kLongestLine = 4096;

  // Takes the place of a socket that nobody listens on any more. Throws Error{busy} where somebody
  // does, Error{output} where it cannot be made.
  explicit ControlSocket(const std::string& path);
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  // Waits up to `timeout_ms` for commands and answers those that came. A client that sends too long
  // a line, does not read its answers or belongs to somebody else is cut off.
  void serve(int timeout_ms, const std::function<std::string(const std::string&)>& answer);

 private:
  struct Client {
    int fd = -1;
    std::string received;
  };

  void accept_one();
  bool receive(Client& client, const std::function<std::string(const std::string&)>& answer);

  std::string path_;
  int listening_ = -1;
  std::vector<Client> clients_;
};

struct ControlAnswer {
  std::string text;   // lines
  std::string error;  // empty: the command was obeyed
};

// The other side.
class ControlClient {
 public:
  // Throws Error{configuration} where nobody listens at `path`.
  explicit ControlClient(const std::string& path);
  ~ControlClient();
  ControlClient(const ControlClient&) = delete;
  ControlClient& operator=(const ControlClient&) = delete;

  // Throws Error{failure} where the other side ends before it has answered.
  ControlAnswer ask(const std::string& command);

 private:
  std::string line();

  int fd_;
  std::string received_;
};

}  // namespace faltung
