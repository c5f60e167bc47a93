// How a signal becomes an array in chunks: its axes, their order and names, the chunks' extents.
#include "engine/io/chunk_plan.h"

#include <algorithm>
#include <limits>

#include "engine/io/samples.h"

namespace faltung {
namespace {

constexpr Index kChunkBytes = 1 << 20;  // below, files are many; above, a slab reads what it skips
constexpr Index kRowBytes = 64 << 20;

Index product(const std::vector<FileAxis>& axes) {
  Index result = 1;
  for (const FileAxis& axis : axes) result *= axis.extent;
  return result;
}

FileAxis new_axis(const std::string& name, Index extent) {
  FileAxis result;
  result.name = name;
  result.extent = extent;
  return result;
}

struct Axes {
  std::vector<FileAxis> items, channels, space;
};

// Stretches of items can only be told apart from space by name.
void name_all(Axes& axes) {
  for (FileAxis& axis : axes.items) {
    if (axis.name.empty()) axis.name = "t";
  }
  for (FileAxis& axis : axes.channels) {
    if (axis.name.empty()) axis.name = "c";
  }
  constexpr const char* kNames[] = {"x", "y", "z"};
  for (std::size_t i = 0; i < axes.space.size(); ++i) {
    std::string& name = axes.space[axes.space.size() - 1 - i].name;
    if (name.empty()) name = i < 3 ? kNames[i] : "u" + std::to_string(i);
  }
}

// The description's axes as far as they are still the signal's.
Axes axes_of(const Format& format, const Encoding& like) {
  Axes axes;
  if (like.description) {
    axes = {like.description->items, like.description->channels, like.description->space};
  }
  if (product(axes.items) != like.items) axes.items = {new_axis("", like.items)};
  if (product(axes.channels) != format.channels) {
    const std::string name = axes.channels.empty() ? "" : axes.channels[0].name;
    axes.channels = {new_axis(name, format.channels)};
  }
  if (axes.channels.empty() && like.channel_axis >= 0) axes.channels = {new_axis("", 1)};
  if (static_cast<int>(axes.space.size()) != format.spatial_rank()) {
    axes.space.assign(static_cast<std::size_t>(format.spatial_rank()), {});
  }
  axes.space[0].extent = format.extent.value_or(0);
  for (int axis = 0; axis < format.inner.rank(); ++axis) {
    axes.space[static_cast<std::size_t>(axis) + 1].extent = format.inner[axis];
  }
  const bool space_is_named = !axes.space.back().name.empty();
  if (!axes.items.empty() || (space_is_named && !axes.channels.empty())) name_all(axes);
  return axes;
}

void choose_chunks(Axes& axes, const Format& format, Index number_bytes, bool channels_last) {
  const bool given = std::all_of(axes.space.begin(), axes.space.end(),
                                 [](const FileAxis& axis) { return axis.chunk > 0; });
  for (FileAxis& axis : axes.items) axis.chunk = 1;
  for (FileAxis& axis : axes.channels) {
    if (axis.chunk == 0) axis.chunk = channels_last ? axis.extent : 1;
  }
  if (given) return;
  const Index together = channels_last ? product(axes.channels) : 1;
  const Index position = format.channels * format.inner_size() * number_bytes;
  const Index fitting = std::max<Index>(1, kRowBytes / std::max<Index>(1, position));
  Shape chunks = Shape::filled(format.spatial_rank(), 1), limits = chunks;
  limits[0] = std::min(fitting, format.extent.value_or(std::numeric_limits<Index>::max()));
  for (int axis = 1; axis < limits.rank(); ++axis) limits[axis] = format.inner[axis - 1];
  grow_evenly(chunks, limits, number_bytes * together, kChunkBytes);
  for (int axis = 0; axis < chunks.rank(); ++axis) {
    axes.space[static_cast<std::size_t>(axis)].chunk = chunks[axis];
    axes.space[static_cast<std::size_t>(axis)].chunks_per_file = 1;
  }
}

}  // namespace

void grow_evenly(Shape& extents, const Shape& limits, Index unit_bytes, Index most_bytes) {
  for (;;) {
    int smallest = -1;
    for (int axis = extents.rank() - 1; axis >= 0; --axis) {
      const bool grows = extents[axis] < limits[axis];
      if (grows && (smallest < 0 || extents[axis] < extents[smallest])) smallest = axis;
    }
    if (smallest < 0) return;
    Shape next = extents;
    next[smallest] = std::min(2 * extents[smallest], limits[smallest]);
    if (unit_bytes * next.product() > most_bytes) return;
    extents = next;
  }
}

ChunkPlan plan_chunks(const Format& format, const Encoding& like) {
  if (like.items > 1 && !format.extent) {
    throw Error(Code::configuration,
                "an array of several items needs to know their extent before it is written; the "
                "signal's is not known");
  }
  const bool channels_last = like.channel_axis > 0;
  ChunkPlan plan;
  plan.header.type = number_type_of(array_sample(format, like));
  Axes axes = axes_of(format, like);
  choose_chunks(axes, format, plan.header.type.bytes, channels_last);
  const auto add = [&](const std::vector<FileAxis>& list, AxisKind kind, std::vector<int>& roles) {
    for (const FileAxis& axis : list) {
      roles.push_back(plan.header.shape.rank());
      plan.header.order.push_back(plan.header.shape.rank());
      plan.header.shape.push_back(axis.extent);
      plan.header.chunks.push_back(axis.chunk);
      plan.header.axes.push_back({axis, axis.name.empty() ? AxisKind::unstated : kind});
    }
  };
  add(axes.items, AxisKind::time, plan.roles.items);
  if (!channels_last) add(axes.channels, AxisKind::channel, plan.roles.channels);
  add(axes.space, AxisKind::space, plan.roles.space);
  if (channels_last) add(axes.channels, AxisKind::channel, plan.roles.channels);
  return plan;
}

}  // namespace faltung
