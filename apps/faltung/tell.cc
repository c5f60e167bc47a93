// faltung tell: a command to a live run.
#include "apps/faltung/tell.h"

#include <cstdio>
#include <iostream>

#include "apps/faltung/control_socket.h"
#include "engine/nd/error.h"

namespace faltung {
namespace {

// Whether it was obeyed.
bool tell(ControlClient& client, const std::string& command) {
  const ControlAnswer answer = client.ask(command);
  std::fputs(answer.text.c_str(), stdout);
  std::fflush(stdout);
  if (!answer.error.empty()) complain(answer.error);
  return answer.error.empty();
}

}  // namespace

int run_tell(const TellOptions& options) {
  ControlClient client(options.socket);
  bool obeyed = true;
  if (!options.command.empty()) {
    std::string line;
    for (const std::string& word : options.command) line += (line.empty() ? "" : " ") + word;
    obeyed = tell(client, line);
  } else {
    for (std::string line; std::getline(std::cin, line);) {
      if (!line.empty()) obeyed = tell(client, line) && obeyed;
    }
  }
  return obeyed ? 0 : static_cast<int>(Code::configuration);
}

}  // namespace faltung
