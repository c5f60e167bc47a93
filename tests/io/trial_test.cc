#include "engine/io/trial.h"

#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include "engine/nd/error.h"

namespace faltung {

TEST_CASE("io: what is tried in a copy of the process leaves nothing but its errors") {
  int calls = 0;
  CHECK(survives_trial([&] { ++calls; }));
  CHECK(calls == 0);
  try {
    survives_trial([] { throw Error(Code::output, "too much: " + std::string(10000, 'x')); });
    FAIL("an error was lost");
  } catch (const Error& error) {
    CHECK(error.code() == Code::output);
    CHECK(std::string(error.what()).starts_with("too much: xx"));
  }
}

TEST_CASE("io: a copy of the process that dies, or takes much memory, does not survive") {
  CHECK_FALSE(survives_trial([] { std::abort(); }));
  CHECK_FALSE(survives_trial([] { std::raise(SIGSEGV); }));
  CHECK_FALSE(survives_trial([] { _Exit(7); }));
  CHECK_FALSE(survives_trial([] {
    std::vector<std::vector<char>> taken;
    for (int i = 0; i < 200; ++i) taken.emplace_back(std::size_t{1} << 20, 'x');
  }));
  CHECK(survives_trial([] { std::vector<char>(std::size_t{1} << 20, 'x'); }));
}

TEST_CASE("io: a copy of the process that never ends has five seconds") {
  volatile bool on = true;
  CHECK_FALSE(survives_trial([&] {
    while (on) {
    }
  }));
}

}  // namespace faltung
