// Which axis of an array file is what: items, channels, the stream axis, inner axes.
#include "engine/io/axis_roles.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace faltung {
namespace {

template <std::size_t n>
bool among(const std::array<std::string_view, n>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 5> kChannelNames{"c", "ch", "channel", "channels", "band"};
constexpr std::array<std::string_view, 2> kTimeNames{"t", "time"};

// The axis that the option makes the channels', whatever it is called; -1: none.
int asked_for(const std::string& channel_axis, int rank) {
  if (channel_axis == "none") return -1;
  if (channel_axis == "first") return 0;
  if (channel_axis == "last") return rank - 1;
  throw Error(Code::configuration,
              "channel axis '" + channel_axis + "'; allowed are none, first, last");
}

}  // namespace

AxisKind kind_of_name(const std::string& name) {
  std::string small = name;
  for (char& c : small) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return small.empty()                 ? AxisKind::unstated
         : among(kTimeNames, small)    ? AxisKind::time
         : among(kChannelNames, small) ? AxisKind::channel
                                       : AxisKind::space;
}

AxisRoles roles_of(const std::string& path, const std::vector<StatedAxis>& axes,
                   const std::string& channel_axis) {
  const int rank = static_cast<int>(axes.size());
  const int asked = channel_axis.empty() ? -1 : asked_for(channel_axis, rank);
  AxisRoles roles;
  std::string shape;
  for (int axis = 0; axis < rank; ++axis) {
    const StatedAxis& stated = axes[static_cast<std::size_t>(axis)];
    shape += (shape.empty() ? "" : "x") + std::to_string(stated.axis.extent);
    const bool channel = channel_axis.empty() ? stated.kind == AxisKind::channel : axis == asked;
    if (channel) {
      roles.channels.push_back(axis);
    } else if (stated.kind == AxisKind::time) {
      roles.items.push_back(axis);
    } else {
      roles.space.push_back(axis);
    }
  }
  if (roles.space.empty()) roles.space.swap(roles.items);  // a series over time
  if (roles.space.empty()) {
    throw Error(Code::input, path + ": shape " + (rank == 0 ? "scalar" : shape) +
                                 " has no axis to stream along");
  }
  if (roles.space.size() > kMaxRank - 2) {
    throw Error(Code::input, path + ": shape " + shape + " has more than " +
                                 std::to_string(kMaxRank - 2) + " axes besides channels");
  }
  return roles;
}

Description describe(const std::vector<StatedAxis>& axes, const AxisRoles& roles) {
  const auto some = [&](const std::vector<int>& numbers) {
    std::vector<FileAxis> result;
    for (int axis : numbers) result.push_back(axes[static_cast<std::size_t>(axis)].axis);
    return result;
  };
  Description description;
  description.items = some(roles.items);
  description.channels = some(roles.channels);
  description.space = some(roles.space);
  return description;
}

}  // namespace faltung
