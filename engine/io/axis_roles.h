// Which axis of an array file is what: items, channels, the stream axis, inner axes.
#pragma once

#include <string>
#include <vector>

#include "engine/io/description.h"
#include "engine/nd/shape.h"

namespace faltung {

enum class AxisKind { unstated, time, channel, space };

struct StatedAxis {
  FileAxis axis;
  AxisKind kind = AxisKind::unstated;
};

// "t" and "time" are time, "c", "ch", "channel", … channels, any other name space, none unstated.
AxisKind kind_of_name(const std::string& name);

// Numbers of the file's axes, in the file's order.
struct AxisRoles {
  std::vector<int> items;     // time, where there is space beside it
  std::vector<int> channels;  // of that kind, or as asked for
  std::vector<int> space;     // the stream axis, then the inner axes
};

// `channel_axis` as in SourceOptions: "" leaves it to the axes' kinds. Throws Error{configuration}
// for another word, Error{input} where no axis, or more than kMaxRank - 2, would be left.
AxisRoles roles_of(const std::string& path, const std::vector<StatedAxis>& axes,
                   const std::string& channel_axis);

// What a source of that array says of its axes.
Description describe(const std::vector<StatedAxis>& axes, const AxisRoles& roles);

}  // namespace faltung
