// Whole arrays [item, channel, axis…] as planes: what every layer asks of its arguments.
#include "engine/layers/planes.h"

namespace faltung {
namespace {

[[noreturn]] void refuse(const std::string& message) { throw Error(Code::configuration, message); }

// Row-major strides, except along axes of one position, which are never stepped along.
bool without_gaps(const Shape& extents, const Shape& strides) {
  Index expected = 1;
  for (int axis = extents.rank() - 1; axis >= 0; --axis) {
    if (extents[axis] != 1 && strides[axis] != expected) return false;
    expected *= extents[axis];
  }
  return true;
}

}  // namespace

template <class T>
void check_planes(const char* what, const View<T>& array) {
  const Shape& extents = array.extents();
  if (extents.rank() < 3) {
    refuse(std::string(what) + " has shape " + extents.text() +
           "; needed: [item, channel, axis…] with at least one spatial axis");
  }
  for (Index extent : extents.from(2)) {
    if (extent < 1) refuse(std::string(what) + " has shape " + extents.text() +
                           "; every spatial extent must be at least 1");
  }
  if (!without_gaps(extents.from(2), array.strides().from(2))) {
    refuse(std::string(what) + " has gaps or exchanged axes; the spatial axes must be row-major");
  }
}

void check_extents(const char* what, const Shape& given, const Shape& expected) {
  if (given == expected) return;
  refuse(std::string(what) + " has shape " + given.text() + "; it must be " + expected.text());
}

template void check_planes(const char*, const View<float>&);
template void check_planes(const char*, const View<double>&);
template void check_planes(const char*, const View<const float>&);
template void check_planes(const char*, const View<const double>&);
template void check_planes(const char*, const View<Index>&);
template void check_planes(const char*, const View<const Index>&);

}  // namespace faltung
