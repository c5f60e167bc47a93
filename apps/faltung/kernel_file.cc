// Kernels read from files.
#include "apps/faltung/kernel_file.h"

#include <filesystem>
#include <utility>
#include <vector>

#include "engine/io/source.h"

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

// [channel, stream axis, inner…]; without the first axis where there is one channel.
Array<double> channel_after_channel(const Channels& channels, const Format& format) {
  const auto samples = static_cast<Index>(channels.front().size());
  Shape extents;
  if (format.channels > 1) extents.push_back(format.channels);
  extents.push_back(samples / std::max<Index>(1, format.inner_size()));
  for (const Index extent : format.inner) extents.push_back(extent);
  Array<double> values(extents);
  double* next = values.begin();
  for (const auto& channel : channels) next = std::copy(channel.begin(), channel.end(), next);
  return values;
}

// [line, number]: the channels of a table are its columns.
Array<double> line_after_line(const Channels& columns) {
  const auto lines = static_cast<Index>(columns.front().size());
  const auto width = static_cast<Index>(columns.size());
  Array<double> values({lines, width});
  for (Index line = 0; line < lines; ++line) {
    for (Index i = 0; i < width; ++i) {
      values({line, i}) = columns[static_cast<std::size_t>(i)][static_cast<std::size_t>(line)];
    }
  }
  return values;
}

}  // namespace

Kernel read_kernel_file(const std::string& path) {
  const auto source = open_source(path, SourceOptions{});
  const Channels channels = read_channels(*source);
  const Format& format = source->format();
  const bool text = source->encoding().container == "csv";
  Kernel kernel;
  kernel.values = text && format.channels > 1 ? line_after_line(channels)
                                              : channel_after_channel(channels, format);
  kernel.rate_hz = format.is_series() && !text ? format.rate_hz : 0;
  kernel.name = std::filesystem::path(path).filename().string();
  return kernel;
}

}  // namespace faltung
