// Output channels that read the same input channels: the groups of a layer.
#pragma once

#include <vector>

#include "engine/convolve/problem.h"

namespace faltung {

// Output channels [first_out, first_out + outs). The weights of output first_out + o for the
// channel ins[i] are kernel number paths[first_path + o·ins.size() + i].kernel.
struct ChannelGroup {
  Index first_out = 0;
  Index outs = 0;
  std::vector<Index> ins;
  Index first_path = 0;
};

// Neighbours in one group each; all output channels, also those that nothing reaches.
std::vector<ChannelGroup> channel_groups(const Problem& problem);

}  // namespace faltung
