// The instruction sets that the vector code was compiled for and that this machine has.
#include "engine/simd/targets.h"

#include <cstdint>

#include "engine/simd/instruction_sets.h"

#include <hwy/highway.h>
#include <hwy/targets.h>

#include "engine/nd/error.h"

namespace faltung {

std::vector<std::string> simd_targets() {
  std::vector<std::string> names;
  for (std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    names.emplace_back(hwy::TargetName(target));
  }
  return names;
}

std::string simd_target() { return simd_targets().front(); }

void force_simd_target(const std::string& name) {
  hwy::SetSupportedTargetsForTest(0);
  std::int64_t chosen = 0;
  for (std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    if (name == hwy::TargetName(target)) chosen = target;
  }
  if (chosen == 0 && !name.empty()) {
    throw Error(Code::configuration, "no instruction set '" + name + "' here");
  }
  hwy::SetSupportedTargetsForTest(chosen);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace faltung
