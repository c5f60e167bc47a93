// What a run may hold, planned for before it begins.
#include "apps/faltung/memory_promise.h"

#include <algorithm>
#include <cmath>
#include <fstream>

#include "apps/faltung/belt.h"
#include "apps/faltung/machine_memory.h"
#include "apps/faltung/transfer.h"

namespace faltung {
namespace {

// Code, libraries, stacks and small things. One number for all machines: what is left decides the
// plan, and jobs that share an output must plan alike.
constexpr Index kProcess = Index{72} << 20;
constexpr double kStages[] = {0.7, 0.5, 0.35, 0.25, 0.17, 0.12, 0.08, 0.05};  // of what is free
constexpr double kSlabs = 1.0 / 16;  // of what is free, for one slab
constexpr Index kLeastStage = Index{64} << 10;  // where the search for the least begins
constexpr Index kLeastSlab = Index{64} << 10;   // a position may be larger
constexpr double kMargin = 1.1;      // estimates of stages may be low by a little

Index memory_of(const Explanation& held) {
  Index bytes = held.memory_bytes;
  for (const Explanation& part : held.parts) bytes += memory_of(part);
  return bytes;
}

struct Attempt {
  Prepared prepared;
  Index bytes = 0;
};

Attempt attempt(Stage& stage, const Format& in, Index block, Index most_slab,
                const Writing& writing, const Setting& setting) {
  Attempt result;
  Prepared& p = result.prepared;
  p.in = in;
  p.cutting = choose_cutting(in, block, most_slab);
  p.in.max_slab = p.cutting.block;
  p.out = stage.prepare(p.in, setting);
  const Index room = room_for(p.out, p.cutting);
  const Index slabs = Belt::memory_bytes(p.in, p.cutting.slab) + Belt::memory_bytes(p.out, room);
  result.bytes = slabs + writing(p.out, room) +
                 static_cast<Index>(kMargin * static_cast<double>(memory_of(stage.explain())));
  return result;
}

// The plan that holds least: short slabs, and stages that may take no more than the least that one
// of them can work with. Throws what a stage says that no memory of this machine makes right.
Attempt smallest(Stage& stage, const Format& in, Index block, const Writing& writing,
                 Setting setting) {
  constexpr double kStep = 1.1;  // where several stages share what there is
  for (setting.memory = kLeastStage;;) {
    try {
      return attempt(stage, in, block, kLeastSlab, writing, setting);
    } catch (const Error& error) {
      const Index needed = error.needed_bytes();
      if (needed == 0 || std::max(needed, setting.memory) > machine_memory()) throw;
      const double more = kStep * static_cast<double>(setting.memory);
      setting.memory = std::max(needed, static_cast<Index>(more));
    }
  }
}

enum class Round { down, up };

// In megabytes, so that a number asked for is enough when it is given.
std::string bytes_text(Index bytes, Round round) {
  constexpr Index kMega = 1000 * 1000;
  const Index up = round == Round::up ? kMega - 1 : 0;
  return std::to_string((bytes + up) / kMega) + " MB";
}

}  // namespace

Index parse_memory(const std::string& text) {
  std::size_t used = 0;
  double value = -1;
  try {
    value = std::stod(text, &used);
  } catch (const std::exception&) {
  }
  const std::string unit = text.substr(used);
  double factor = 0;
  if (unit.empty() || unit == "B") factor = 1;
  constexpr std::string_view kPrefixes = "KMGT";
  const auto prefix = unit.empty() ? std::string_view::npos : kPrefixes.find(unit[0]);
  if (prefix != std::string_view::npos) {
    const double power = static_cast<double>(prefix + 1);
    const std::string rest = unit.substr(1);
    if (rest.empty() || rest == "iB") factor = std::pow(1024, power);
    if (rest == "B") factor = std::pow(1000, power);
  }
  if (factor > 0 && value > 0 && value * factor < 0x1p60) return static_cast<Index>(value * factor);
  throw Error(Code::configuration,
              "memory '" + text + "'; allowed: bytes, or as 512M, 1.5G, 64MiB");
}

Prepared prepare_within(Index promise, Stage& stage, const Format& in, Index block,
                        Index source_bytes, const Writing& writing, Setting setting) {
  const Index held = kProcess + source_bytes;
  const bool promised = promise > 0;
  if (!promised) {
    const Attempt found = attempt(stage, in, block, 0, writing, setting);
    promise = machine_memory();
    if (held + found.bytes <= promise) return found.prepared;
  }
  const double free = static_cast<double>(promise - held);
  const Index slab = std::max<Index>(1, static_cast<Index>(kSlabs * free));
  for (const double share : kStages) {
    setting.memory = static_cast<Index>(share * free);
    if (setting.memory <= 0) break;
    try {
      const Attempt found = attempt(stage, in, block, slab, writing, setting);
      if (held + found.bytes <= promise) return found.prepared;
    } catch (const Error& error) {
      if (error.needed_bytes() == 0) throw;
      break;  // the next share is smaller still
    }
  }
  const Attempt least = smallest(stage, in, block, writing, setting);
  if (held + least.bytes <= promise) return least.prepared;
  throw Error(Code::configuration, (promised ? "--memory " : "this machine's memory of ") +
                                       bytes_text(promise, Round::down) +
                                       " is not enough: it would need " +
                                       bytes_text(held + least.bytes, Round::up));
}

Index peak_memory() {
  // getrusage would count what the parent held before it became this program.
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6)) * 1024;
  }
  return 0;
}

}  // namespace faltung
