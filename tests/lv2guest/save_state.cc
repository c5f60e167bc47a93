// Saves a plugin's state with a file loaded, as a host does: save_state URI PROPERTY FILE FOLDER.
#include <cstdio>

#include "tests/lv2guest/test_host.h"

int main(int count, char** arguments) {
  if (count != 5) return 2;
  faltung::guest::TestHost host(arguments[1]);
  host.activate();
  host.set_file(arguments[3], arguments[2]);
  host.turn(64);
  host.turn(64);
  host.deactivate();
  host.save(arguments[4]);
  std::fputs(host.said.c_str(), stderr);
  return host.said.find("loaded") == std::string::npos ? 1 : 0;
}
