// Output channels that read the same input channels: the groups of a layer.
#include "engine/convolve/channel_groups.h"

#include <algorithm>

namespace faltung {

std::vector<ChannelGroup> channel_groups(const Problem& p) {
  std::vector<ChannelGroup> groups;
  auto path = p.paths.begin();
  for (Index o = 0; o < p.out_channels; ++o) {
    const auto first = path;
    while (path != p.paths.end() && path->out == o) ++path;
    const auto reads = [](Index in, const Path& mine) { return in == mine.in; };
    if (!groups.empty() && std::equal(groups.back().ins.begin(), groups.back().ins.end(), first,
                                      path, reads)) {
      ++groups.back().outs;
      continue;
    }
    ChannelGroup group{o, 1, {}, first - p.paths.begin()};
    for (auto mine = first; mine != path; ++mine) group.ins.push_back(mine->in);
    groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace faltung
