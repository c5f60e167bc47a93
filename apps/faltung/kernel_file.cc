// Kernels read from files.
#include "apps/faltung/kernel_file.h"

#include <filesystem>
#include <utility>

#include "apps/faltung/signal_file.h"

namespace faltung {
namespace {

// Numbers in lines.
bool is_text(const Encoding& encoding) {
  return encoding.container == "csv" || encoding.container == "tsv" ||
         encoding.container == "text";
}

// The channels of a table are its columns: [channel, line] -> [line, number].
Array<double> transposed(const Array<double>& columns) {
  const Index width = columns.extents()[0];
  const Index lines = columns.extents()[1];
  Array<double> result({lines, width});
  for (Index line = 0; line < lines; ++line) {
    for (Index i = 0; i < width; ++i) result({line, i}) = columns({i, line});
  }
  return result;
}

}  // namespace

Kernel read_kernel_file(const std::string& path) {
  Signal signal = read_signal(path, SourceOptions{});
  const bool text = is_text(signal.encoding);
  Kernel kernel;
  if (signal.format.channels == 1) {
    const Shape extents = signal.values.extents().from(1);
    kernel.values = std::move(signal.values).reshaped(extents);
  } else {
    kernel.values = text ? transposed(signal.values) : std::move(signal.values);
  }
  kernel.rate_hz = signal.format.is_series() && !text ? signal.format.rate_hz : 0;
  kernel.name = std::filesystem::path(path).filename().string();
  return kernel;
}

}  // namespace faltung
