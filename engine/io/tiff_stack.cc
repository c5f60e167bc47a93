// What the pages of a TIFF are to each other: slices, channels, time points, and how far apart.
#include "engine/io/tiff_stack.h"

#include <charconv>
#include <cmath>

#include "engine/io/units.h"
#include "engine/nd/error.h"

namespace faltung {
namespace {

// "key=value" on a line of its own; empty: there is none.
std::string imagej_value(const std::string& text, const std::string& key) {
  const std::size_t found = text.find("\n" + key + "=");
  if (found == text.npos) return "";
  const std::size_t begin = found + key.size() + 2;
  return text.substr(begin, text.find_first_of("\r\n", begin) - begin);
}

double number_or(const std::string& text, double otherwise) {
  double value = 0;
  const auto end = text.data() + text.size();
  const bool read = std::from_chars(text.data(), end, value).ec == std::errc();
  return read && std::isfinite(value) ? value : otherwise;
}

Index imagej_extent(const TiffWords& words, const char* key) {
  const std::string text = imagej_value(words.description, key);
  const double extent = number_or(text, 1);
  const bool whole = extent >= 1 && extent == std::floor(extent) && extent <= 1e9;
  if (whole) return static_cast<Index>(extent);
  throw Error(Code::input,
              words.path + ": corrupt: ImageJ's description states " + key + "=" + text);
}

double positive(double spacing) { return spacing > 0 ? spacing : 1; }

// Two axes of pixels by the tags of every TIFF.
void set_resolution(const TiffWords& words, double metres, const std::string& unit,
                    TiffStack& stack) {
  const double scale = words.metres > 0 ? words.metres / metres : 1;
  if (words.x_resolution > 0) stack.x.spacing = scale / words.x_resolution, stack.x.unit = unit;
  if (words.y_resolution > 0) stack.y.spacing = scale / words.y_resolution, stack.y.unit = unit;
}

TiffStack plain_stack(const TiffWords& words) {
  TiffStack stack;
  stack.slices = words.pages;
  stack.stated = words.metres > 0 && words.x_resolution > 0 && words.y_resolution > 0;
  if (stack.stated) set_resolution(words, 1e-3, "mm", stack);
  return stack;
}

}  // namespace

Index TiffStack::page(Index time, Index slice, Index channel) const noexcept {
  const Index plane = (time * slices + slice) * channels + channel;
  return pages.empty() ? plane : pages[static_cast<std::size_t>(plane)];
}

TiffStack tiff_stack(const TiffWords& words) {
  TiffStack stack = is_ome_xml(words.description)  ? ome_stack(words)
                    : is_imagej(words.description) ? imagej_stack(words)
                                                   : plain_stack(words);
  stack.t.extent = stack.times;
  stack.z.extent = stack.slices;
  stack.y.extent = words.rows;
  stack.x.extent = words.cols;
  for (FileAxis* axis : {&stack.t, &stack.z, &stack.y, &stack.x}) {
    axis->spacing = positive(axis->spacing);
  }
  return stack;
}

bool is_imagej(const std::string& description) { return description.starts_with("ImageJ="); }

TiffStack imagej_stack(const TiffWords& words) {
  TiffStack stack;
  stack.stated = true;
  stack.channels = imagej_extent(words, "channels");
  stack.slices = imagej_extent(words, "slices");
  stack.times = imagej_extent(words, "frames");
  const Index images = imagej_extent(words, "images");
  if (stack.channels == 1 && stack.slices == 1 && stack.times == 1) stack.slices = images;
  const double planes = static_cast<double>(stack.channels) * static_cast<double>(stack.slices) *
                        static_cast<double>(stack.times);
  if (planes != static_cast<double>(images) || images > words.pages) {
    throw Error(Code::input,
                words.path + ": ImageJ's description states " + std::to_string(images) +
                    " images (" + std::to_string(stack.channels) + " channels, " +
                    std::to_string(stack.slices) + " slices, " + std::to_string(stack.times) +
                    " frames), the file has " + std::to_string(words.pages) +
                    " pages; what ImageJ appends without pages is not read");
  }
  const std::string unit = unit_named(imagej_value(words.description, "unit"));
  const double metres = words.metres > 0 ? 1e-3 : 1;
  set_resolution(words, metres, words.metres > 0 ? "mm" : unit, stack);
  const double own = metres_of(unit);
  stack.z.spacing = number_or(imagej_value(words.description, "spacing"), 1);
  stack.z.unit = unit;
  if (words.metres > 0 && own > 0) stack.z.spacing *= own / metres, stack.z.unit = "mm";
  stack.t.spacing = number_or(imagej_value(words.description, "finterval"), 1);
  if (stack.t.spacing != 1) stack.t.unit = "s";
  return stack;
}

}  // namespace faltung
