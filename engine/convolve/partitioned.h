// Partitioned overlap-save along the stream axis with a frequency-domain delay line.
//
// Uniform partitions of `partition` taps: for each block of as many positions one forward transform
// for each input, one inverse for each output, and one multiply-add of spectra for each partition
// and path (Kulp 1988; Wefers 2015, ch. 5). Holds back partition − 1 positions, none where slabs
// are whole blocks. Series only.
#pragma once

#include "engine/convolve/problem.h"
#include "engine/convolve/streaming.h"
#include "engine/convolve/workers.h"

namespace faltung {

// Why the problem is out of reach ("" where it is not): inner axes, boundaries other than zero, …
std::string why_not_partitioned(const Problem& problem);

template <class T>
std::unique_ptr<Streaming> make_partitioned(const Problem& problem, Index partition,
                                            Workers* workers);

}  // namespace faltung
