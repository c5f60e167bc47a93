// What Ctrl-C does while outputs are being written: removes them and leaves.
#include "apps/faltung/interruption.h"

#include <unistd.h>

#include <string_view>

#include "engine/io/file.h"

namespace faltung {
namespace {

// Calls nothing but unlink, write and _exit, which a signal handler may.
extern "C" void leave(int signal) {
  remove_unfinished_outputs();
  constexpr std::string_view kText =
      "\nfaltung: interrupted; unfinished files are removed, an unfinished store or HDF5 file is "
      "gone on with by the same command\n";
  [[maybe_unused]] const auto ignored = write(STDERR_FILENO, kText.data(), kText.size());
  _exit(128 + signal);
}

}  // namespace

Interruption::Interruption() {
  struct sigaction action {};
  action.sa_handler = leave;
  sigfillset(&action.sa_mask);  // a second Ctrl-C does not interrupt the first
  struct sigaction* former = former_;
  for (const int signal : kSignals) {
    sigaction(signal, nullptr, former);
    if (former->sa_handler != SIG_IGN) sigaction(signal, &action, nullptr);
    ++former;
  }
}

Interruption::~Interruption() {
  const struct sigaction* former = former_;
  for (const int signal : kSignals) sigaction(signal, former++, nullptr);
}

}  // namespace faltung
