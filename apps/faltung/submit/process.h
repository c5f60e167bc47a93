// A short program run to its end, without a shell in between.
#pragma once

#include <string>
#include <vector>

namespace faltung {

struct Ended {
  static constexpr int kNotFound = 127;  // no such program on PATH, as shells say it
  int status = 0;                        // 128 + signal where one ended it
  std::string said;                      // on standard output
  std::string complained;                // on standard error
};

// The program (found by PATH) first. Its standard input is empty. Throws Error{failure} where no
// process can be had.
Ended run_to_end(const std::vector<std::string>& arguments);

}  // namespace faltung
