// What a run may hold, planned for before it begins.
#include "apps/faltung/memory_promise.h"

#include <unistd.h>

#include <cmath>
#include <fstream>

#include "apps/faltung/belt.h"
#include "apps/faltung/quantity.h"
#include "apps/faltung/transfer.h"

namespace faltung {
namespace {

// Code, libraries, stacks and small things. One number for all machines: what is left decides the
// plan, and jobs that share an output must plan alike.
constexpr Index kProcess = Index{72} << 20;
constexpr double kStages[] = {0.7, 0.5, 0.35, 0.25, 0.17, 0.12, 0.08, 0.05};  // of what is free
constexpr double kSlabs = 1.0 / 16;  // of what is free, for one slab
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

// Of the whole machine; what others hold of it is not ours to know.
Index machine_memory() { return Index{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE); }

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
  Index least = 0;
  std::string why;
  for (const double share : kStages) {
    if (free <= 0) break;
    setting.memory = static_cast<Index>(share * free);
    try {
      const Attempt found =
          attempt(stage, in, block, std::max<Index>(1, static_cast<Index>(kSlabs * free)), writing,
                  setting);
      if (held + found.bytes <= promise) return found.prepared;
      if (least == 0 || held + found.bytes < least) least = held + found.bytes;
    } catch (const Error& error) {
      if (error.code() != Code::configuration || least > 0) break;
      why = error.what();
      break;
    }
  }
  if (least == 0 && why.find("memory") == std::string::npos && !why.empty()) {
    throw Error(Code::configuration, why);
  }
  const auto megabytes = [](double bytes) { return quantity(bytes, "B"); };
  std::string needed = "it would need " + megabytes(static_cast<double>(least));
  if (least == 0) {
    needed = megabytes(static_cast<double>(held)) + " go to the program and to reading";
    if (free > 0)
      needed += "; of the rest a stage may take " + megabytes(kStages[0] * free) + ": " + why;
  }
  throw Error(Code::configuration, (promised ? "--memory " : "this machine's memory of ") +
                                       megabytes(static_cast<double>(promise)) +
                                       " is not enough: " + needed);
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
