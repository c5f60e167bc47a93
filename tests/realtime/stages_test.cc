// Every stage, however it is cut: no allocation, lock, system call or page fault after prepare.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "engine/convolve/planner.h"
#include "tests/realtime/guard.h"
#include "tests/realtime/live_stage.h"
#include "tests/realtime/stage_cases.h"

using namespace faltung;
using namespace faltung::realtime;

namespace {

constexpr Index kBlocks[] = {1, 64, 100, 480};
constexpr Index kPositions = 3000;  // at least, of whole blocks: windows move on several times
constexpr Index kLeastBlocks = 30;
constexpr Index kMostBlocks = 100;
constexpr Index kMostFinishes = 100;  // a second of tail in slabs of one would take minutes

// What a live stream may ask of a stage, one after the other. `watch` runs what it is given.
template <class Watch>
void live(LiveStage& stage, Watch&& watch) {
  const Index block = stage.block();
  const Index whole = std::clamp(kPositions / block, kLeastBlocks, kMostBlocks);
  const auto process = [&](const char* what, Index blocks, auto&& extent_of) {
    for (Index b = 0; b < blocks; ++b) {
      stage.fill_input();
      watch(what, [&] { stage.process(extent_of(b)); });
    }
  };
  const auto all = [&](Index) { return block; };
  const auto part = [&](Index b) { return 1 + 17 * b % block; };
  process("whole slabs", whole, all);
  process("partial slabs", kLeastBlocks, part);
  Index given = 1;
  for (Index i = 0; i < kMostFinishes && given > 0; ++i) {
    watch("finish", [&] { given = stage.finish(); });
  }
  watch("reset", [&] { stage.reset(); });
  process("whole slabs after reset", kLeastBlocks, all);
  watch("reset within the signal", [&] { stage.reset(); });
  process("partial slabs after reset", kLeastBlocks, part);
}

// A first stage of the same kind brings code into memory, as a live program's warm-up does; it
// stays, so that the second one's buffers are fresh ones.
void check_live(const StageCase& c, SampleType type, Index block) {
  const Format format = live_format(c.channels, c.inner, type, block);
  LiveStage rehearsal(c.pipeline, format);
  live(rehearsal, [](const char*, auto&& body) { body(); });
  LiveStage stage(c.pipeline, format);
  Guard guard;
  std::string where;
  live(stage, [&](const char* what, auto&& body) {
    guard.watch(body);
    if (where.empty() && !guard.violations().none()) where = what;
  });
  const Violations found = guard.violations();
  CHECK_MESSAGE(found.none(), where << ": " << found.text());
}

void check_live(const StageCase& c) {
  CAPTURE(c.pipeline);
  for (const SampleType type : {SampleType::float32, SampleType::float64}) {
    CAPTURE(size_of(type));
    for (const Index block : kBlocks) {
      CAPTURE(block);
      check_live(c, type, block);
    }
  }
}

template <class Wanted>
void check_every(Wanted&& wanted) {
  for (const StageCase& c : stage_cases()) {
    if (wanted(c.stage)) check_live(c);
  }
}

// Names of the solvers that a stage or its parts have chosen.
void collect_solvers(const Explanation& explanation, std::set<std::string>& to) {
  for (const auto& candidate : explanation.candidates) {
    if (candidate.chosen) to.insert(candidate.solver);
  }
  for (const Explanation& part : explanation.parts) collect_solvers(part, to);
}

}  // namespace

TEST_CASE("realtime: convolve is safe live with every solver") {
  check_every([](const std::string& stage) { return stage == "convolve"; });
}

TEST_CASE("realtime: correlate is safe live with every solver") {
  check_every([](const std::string& stage) { return stage == "correlate"; });
}

TEST_CASE("realtime: every other stage, chain and parallel are safe live") {
  check_every([](const std::string& stage) { return stage != "convolve" && stage != "correlate"; });
}

TEST_CASE("realtime: no row of the stage table and no solver escapes these tests") {
  std::set<std::string> stages, chosen;
  for (const StageCase& c : stage_cases()) {
    CAPTURE(c.pipeline);
    stages.insert(c.stage);
    LiveStage stage(c.pipeline, live_format(c.channels, c.inner, SampleType::float32, 64));
    std::set<std::string> mine;
    collect_solvers(stage.stage().explain(), mine);
    if (!c.solver.empty()) CHECK(mine.count(c.solver) == 1);
    chosen.insert(mine.begin(), mine.end());
  }
  for (const StageRow& row : stage_table()) {
    CHECK_MESSAGE(stages.count(row.name) == 1, row.name << " is missing from stage_cases.cc");
  }
  Problem live;  // what a solver says to any live problem
  live.kernels = Array<double>(Shape{1, 3});
  live.paths = {{0, 0, 0}};
  live.stride = live.dilation = Shape{1};
  live.padding = {{2, 0}};
  live.block = 64;
  for (const Solver& solver : solvers()) {
    if (solver.why_not(live) == "offline only") continue;
    CHECK_MESSAGE(chosen.count(solver.name) == 1, solver.name << " is chosen by no stage case");
  }
}
