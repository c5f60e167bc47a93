// Partitioned convolution of endless series, live: no latency beyond the block, no spikes.
//
// A schedule's head answers every call at once; its levels (engine/convolve/partition_level.h) do
// their work evenly over the calls, on the calling thread. Any call length is allowed. With a
// direct head the output is the same bit for bit however the stream is cut; with a transformed
// head a call that ends within a partition is computed from what there is of it, and rounds
// differently: transform_error bounds the difference. Source: Gardner 1995; García 2002; Wefers
// 2015, ch. 5 and 6.
#pragma once

#include "engine/convolve/planner.h"

namespace faltung {

// The row of the solver table: live series as above, all else as engine/convolve/partitioned_tiles.h.
std::string why_not_partitioned(const Problem& problem);
std::vector<Candidate> partitioned_candidates(const Problem& problem, const Costs& costs,
                                              Workers* workers);

// What the schedule of a problem (with its block) must serve.
ScheduleRequest schedule_request(const Problem& problem);

template <class T>
std::unique_ptr<Streaming> make_partitioned(const Problem& problem, const Schedule& schedule,
                                            const Costs& costs);

}  // namespace faltung
