// faltung tell: a command to a live run.
#include "apps/faltung/tell.h"

#include <cstdio>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <sstream>

#include "apps/faltung/live/control_socket.h"
#include "engine/nd/error.h"

namespace faltung {
namespace {

// A single word may be a whole command; of several, those with spaces are quoted.
std::string line_of(const std::vector<std::string>& words) {
  if (words.size() == 1) return words.front();
  std::ostringstream line;
  for (const std::string& word : words) {
    const bool plain = !word.empty() && word.find_first_of(" \t\"") == std::string::npos;
    line << (line.tellp() > 0 ? " " : "");
    plain ? line << word : line << std::quoted(word);
  }
  return line.str();
}

// The run may have another folder: files are named from the root.
std::vector<std::string> with_whole_paths(std::vector<std::string> words) {
  const bool names_file = words.size() > 1 && (words[0] == "swap" || words[0] == "load");
  if (names_file) words.back() = std::filesystem::absolute(words.back()).string();
  return words;
}

// Whether it was obeyed.
bool tell(ControlClient& client, const std::string& command) {
  if (command.find('\n') != std::string::npos) {
    throw Error(Code::configuration, "a command is one line; several may come on standard input");
  }
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
    obeyed = tell(client, line_of(with_whole_paths(options.command)));
  } else {
    for (std::string line; std::getline(std::cin, line);) {
      if (!line.empty()) obeyed = tell(client, line) && obeyed;
    }
  }
  return obeyed ? 0 : static_cast<int>(Code::configuration);
}

}  // namespace faltung
