// What a stage says when it refuses a signal.
#pragma once

#include <string>

#include "tests/stages/slab_invariance.h"

namespace faltung::testing {

// The message of its prepare; "accepted" where there is none.
inline std::string refusal(const StagePtr& stage, const Signal& in) {
  Format format = in.format;
  format.max_slab = 8;
  try {
    stage->prepare(format, {});
  } catch (const Error& error) {
    CHECK(error.code() == Code::configuration);
    return error.what();
  }
  return "accepted";
}

}  // namespace faltung::testing
