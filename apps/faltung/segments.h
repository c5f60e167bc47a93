// Which output positions a job computes, and from where on it must read for them: all, or the rows
// of an output in chunks that are its share and are not there yet.
#pragma once

#include <vector>

#include "apps/faltung/transfer.h"
#include "engine/io/sink.h"

namespace faltung {

// One of several jobs that write one output together.
struct Shard {
  Index number = 0;  // from 0
  Index count = 1;
};

// "2/8" (the second of eight), or "auto": what the environment says, of a Slurm array or step, of
// mpirun, of an indexed job of Kubernetes (with FALTUNG_SHARDS saying how many). Throws
// Error{configuration}.
Shard read_shard(const std::string& text);

// Throws Error{configuration} for a pipeline with a stage that never forgets, by its name.
void refuse_unless_it_forgets(const Stage& stage);

// `out` states its extent where the sink has rows. Shards have equal shares, give or take a row;
// which they are depends on nothing but the shard and the output's extents. Throws
// Error{configuration} for a shard of an output that is not in chunks, or of a pipeline that never
// forgets.
std::vector<Segment> plan_segments(const Stage& stage, const Format& out, Index items,
                                   const Sink& sink, const Shard& shard);

}  // namespace faltung
