// The signal that a pipeline is to be explained or checked for.
#include "apps/faltung/signal_shape.h"

#include <charconv>
#include <string_view>

namespace faltung {
namespace {

constexpr double kUsualRate_hz = 48000;
constexpr const char* kUsualShapes[] = {"2x480000", "1x480000", "3x1080x1920", "1x1080x1920",
                                        "1x64x256x256"};

[[noreturn]] void refuse(const std::string& shape, const std::string& why) {
  throw Error(Code::configuration,
              "shape '" + shape + "' " + why +
                  "; it is CHANNELSxEXTENT…, as in 2x480000 (sound), 3x1080x1920 (image)");
}

Shape parse_extents(const std::string& text) {
  Shape extents;
  std::string_view rest = text;
  for (;;) {
    Index value = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error != std::errc{} || value < 1) refuse(text, "is not a row of positive numbers");
    if (extents.rank() == kMaxRank) refuse(text, "has too many axes");
    extents.push_back(value);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    if (rest.empty()) return extents;
    if (rest.front() != 'x') refuse(text, "is not a row of positive numbers");
    rest.remove_prefix(1);
  }
}

}  // namespace

Format format_of_shape(const std::string& shape, double rate_hz) {
  const Shape extents = parse_extents(shape);
  if (extents.rank() < 2) refuse(shape, "has one axis only");
  checked_product(extents);
  Format format;
  format.channels = extents[0];
  format.extent = extents[1];
  format.inner = extents.from(2);
  if (format.is_series()) format.rate_hz = rate_hz > 0 ? rate_hz : kUsualRate_hz;
  return format;
}

void prepare_usual(double rate_hz, const std::function<void(const Format&)>& prepare) {
  std::string reasons;
  for (const char* shape : kUsualShapes) {
    try {
      return prepare(format_of_shape(shape, rate_hz));
    } catch (const Error& error) {
      reasons += std::string("\n  ") + shape + ": " + error.what();
    }
  }
  throw Error(Code::configuration,
              "this pipeline takes none of the usual signals; say for which" + reasons);
}

}  // namespace faltung
