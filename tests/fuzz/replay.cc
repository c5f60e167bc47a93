// Runs a target on files, for compilers without libFuzzer: replay TARGET FILE… (none: their names)
//
// Each file is taken as it is, cut at several places, and with single bytes changed.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/fuzz/targets.h"

namespace {

constexpr std::size_t kCuts = 8, kChanges = 24;
constexpr char kValues[] = {'\0', '\x7f', '\x80', '\xff', '-', '9'};

void replay(const std::string& target, const std::string& bytes) {
  using faltung::fuzz::run_target;
  run_target(target, bytes);
  for (std::size_t cut = 0; cut < kCuts; ++cut) {
    run_target(target, bytes.substr(0, bytes.size() * cut / kCuts));
  }
  const std::size_t step = bytes.size() / kChanges + 1;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    std::string changed = bytes;
    changed[at] = kValues[at / step % sizeof kValues];
    run_target(target, changed);
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    for (const std::string& name : faltung::fuzz::target_names()) std::puts(name.c_str());
    return 0;
  }
  for (int i = 2; i < count; ++i) {
    std::ifstream file(arguments[i], std::ios::binary);
    replay(arguments[1], {std::istreambuf_iterator<char>(file), {}});
  }
  std::printf("%d seeds\n", count - 2);
  return count > 2 ? 0 : 1;
}
