// Which output positions a job computes, and from where on it must read for them.
#include "apps/faltung/segments.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <numeric>
#include <optional>

#include "engine/io/census.h"

namespace faltung {
namespace {

std::optional<Index> number(std::string_view text) {
  Index value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size() || text.empty()) return {};
  return value;
}

std::optional<Index> from_environment(const char* name) {
  const char* text = std::getenv(name);
  return text ? number(text) : std::nullopt;
}

// Launchers that say which process of how many this is; array tasks may be numbered from anywhere.
struct Launcher {
  const char* rank;
  const char* size;
  const char* first = nullptr;
};
constexpr Launcher kLaunchers[] = {
    {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN"},
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
    {"PMI_RANK", "PMI_SIZE"},
    {"SLURM_PROCID", "SLURM_NTASKS"},
    {"JOB_COMPLETION_INDEX", "FALTUNG_SHARDS"},
};

Shard shard_of_launcher() {
  for (const Launcher& launcher : kLaunchers) {
    const auto rank = from_environment(launcher.rank);
    const auto size = rank ? from_environment("FALTUNG_SHARDS") : std::nullopt;
    const auto count = size ? size : from_environment(launcher.size);
    if (!rank || !count) continue;
    const Index first = launcher.first ? from_environment(launcher.first).value_or(0) : 0;
    const Index mine = *rank - first;
    if (*count >= 1 && mine >= 0 && mine < *count) return {mine, *count};
    throw Error(Code::configuration, std::string(launcher.rank) + " is " + std::to_string(*rank) +
                                         " of " + std::to_string(*count) +
                                         ": no shard has this number");
  }
  throw Error(
      Code::configuration,
      "--shard auto: the environment names no shard; it is set by a Slurm array or step, by "
      "mpirun, or by an indexed job of Kubernetes together with FALTUNG_SHARDS");
}

// The name of a stage after which nothing can be begun in the middle.
std::string who_never_forgets(const Explanation& held) {
  for (const Explanation& part : held.parts) {
    if (part.timing.period == 0) return who_never_forgets(part);
  }
  return held.text;
}

// Reads from the latest position on at which the pipeline can begin and still know all it must.
// `extent` is that of the whole output.
Segment segment_for(const Timing& timing, const Stretch& wanted, Index extent) {
  const ReceptiveField& field = timing.field;
  const Index period = std::lcm(timing.period, field.jump / std::gcd(field.jump, field.finer));
  // In a tile of transforms every sample changes the last bits of all outputs, hence the latency,
  // which holds all the tiles. Of outputs that read beyond the end, boundaries look back by as much
  // as a field.
  const Index reach = 2 * field.extent * field.finer / field.jump + timing.tail + 1;
  const Index foot = std::max(wanted.first, extent - 1 - reach);
  const Index begin = field.start - timing.latency;
  const Index needed = std::min(wanted.first * field.jump / field.finer + begin,
                                foot * field.jump / field.finer + begin - field.extent);
  Segment segment;
  segment.item = wanted.item;
  segment.first_in = std::max<Index>(0, needed) / period * period;
  segment.skip = wanted.first - segment.first_in / field.jump * field.finer -
                 segment.first_in % field.jump * field.finer / field.jump;
  segment.first = wanted.first;
  segment.count = wanted.count;
  return segment;
}

// A shard's rows, item after item, neighbours joined.
std::vector<Stretch> share_of(const Shard& shard, Index items, Index extent, Index row) {
  const Index rows = (extent + row - 1) / row, all = items * rows;
  const auto boundary = [&](Index n) {
    return all / shard.count * n + all % shard.count * n / shard.count;
  };
  std::vector<Stretch> result;
  for (Index next = boundary(shard.number), end = boundary(shard.number + 1); next < end;) {
    const Index item = next / rows, first = next % rows * row;
    const Index last = std::min(end, (item + 1) * rows);
    result.push_back({item, first, std::min(extent, (last - item * rows) * row) - first});
    next = last;
  }
  return result;
}

// What is left of a stretch; `done` is in order.
void append_missing(const Stretch& wanted, const std::vector<Stretch>& done,
                    std::vector<Stretch>& missing) {
  Index next = wanted.first;
  const Index end = wanted.first + wanted.count;
  for (const Stretch& there : done) {
    if (there.item != wanted.item || there.first + there.count <= next || there.first >= end)
      continue;
    if (there.first > next) missing.push_back({wanted.item, next, there.first - next});
    next = std::max(next, there.first + there.count);
  }
  if (next < end) missing.push_back({wanted.item, next, end - next});
}

}  // namespace

Shard read_shard(const std::string& text) {
  if (text == "auto") return shard_of_launcher();
  const auto slash = text.find('/');
  const auto mine = number(std::string_view(text).substr(0, slash));
  const auto count =
      slash == std::string::npos ? std::nullopt : number(std::string_view(text).substr(slash + 1));
  if (mine && count && *mine >= 1 && *mine <= *count) return {*mine - 1, *count};
  throw Error(Code::configuration,
              "shard '" + text + "'; allowed: auto, or a number and how many there are, as 2/8");
}

void refuse_unless_it_forgets(const Stage& stage) {
  if (stage.timing().period != 0) return;
  throw Error(Code::configuration,
              "--shard: " + who_never_forgets(stage.explain()) +
                  " needs everything that came before; such a pipeline runs as one job");
}

std::vector<Segment> plan_segments(const Stage& stage, const Format& out, Index items,
                                   const Sink& sink, const Shard& shard) {
  const Index row = sink.row_extent();
  if (shard.count > 1 && row == 0) {
    throw Error(Code::configuration,
                "--shard needs an input of known extent, and an output in chunks, which several jobs "
                "can write: " +
                    shared_extensions());
  }
  if (row == 0) return whole_items(items);
  const std::vector<Stretch> done = sink.done();
  if (shard.count == 1 && done.empty()) return whole_items(items);
  std::vector<Stretch> missing;
  for (const Stretch& mine : share_of(shard, items, *out.extent, row)) {
    append_missing(mine, done, missing);
  }
  const Timing timing = stage.timing();
  if (timing.period == 0) {
    if (shard.count == 1) return whole_items(items);
    refuse_unless_it_forgets(stage);
  }
  std::vector<Segment> segments;
  for (const Stretch& stretch : missing) segments.push_back(segment_for(timing, stretch, *out.extent));
  return segments;
}

}  // namespace faltung
