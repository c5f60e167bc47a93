// A whole file in memory.
#include "apps/faltung/signal_file.h"

#include <algorithm>
#include <vector>

namespace faltung {
namespace {

constexpr Index kReadSamples = Index{1} << 20;  // of all channels, in one read

using Channels = std::vector<std::vector<double>>;

template <class T>
void append(const SlabOf<T>& slab, Index count, Channels& channels) {
  for (Index c = 0; c < slab.channels; ++c) {
    const T* first = slab.channel(c);
    auto& values = channels[static_cast<std::size_t>(c)];
    values.insert(values.end(), first, first + count * slab.inner);
  }
}

Channels read_channels(Source& source) {
  const Format& format = source.format();
  const Index position = std::max<Index>(1, format.channels * format.inner_size());
  const Index extent = std::max<Index>(1, kReadSamples / position);
  Channels channels(static_cast<std::size_t>(format.channels));
  with_sample_type(format.type, [&]<class T>() {
    Buffer<T> memory(slab_samples(format, extent));
    const SlabOf<T> slab{memory.data(), format.channels, extent, format.inner_size(),
                         extent * format.inner_size()};
    while (const Index count = source.read(slab)) append(slab, count, channels);
  });
  return channels;
}

}  // namespace

Signal read_signal(const std::string& path, const SourceOptions& options) {
  const auto source = open_source(path, options);
  const Channels channels = read_channels(*source);
  Signal signal{{}, source->format(), source->encoding()};
  const auto samples = static_cast<Index>(channels.front().size());
  signal.format.extent = samples / std::max<Index>(1, signal.format.inner_size());
  Shape extents{signal.format.channels, *signal.format.extent};
  for (const Index extent : signal.format.inner) extents.push_back(extent);
  signal.values = Array<double>(extents);
  double* next = signal.values.begin();
  for (const auto& channel : channels) next = std::copy(channel.begin(), channel.end(), next);
  return signal;
}

}  // namespace faltung
