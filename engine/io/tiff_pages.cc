// How a signal's positions become pages of a TIFF, and what the first one says of them.
#include "engine/io/tiff_pages.h"

#include <algorithm>

#include "engine/io/resolution.h"
#include "engine/io/samples.h"
#include "engine/io/tiff_library.h"

namespace faltung {
namespace {

using Sample = Encoding::Sample;

Sample sample_for(const Format& format, const Encoding& like) {
  if (like.sample == Sample::none) {
    return format.type == SampleType::float64 ? Sample::f64 : Sample::f32;
  }
  return like.sample == Sample::s24 ? Sample::s32 : like.sample;
}

const char* ome_type(Sample sample) {
  constexpr const char* kTypes[] = {"",      "uint8", "uint16", "int8",  "int16",
                                    "int32", "int32", "float",  "double"};
  return kTypes[static_cast<std::size_t>(sample)];
}

// Whether an origin has to be said. Pictures have none: what strides move them by is not worth
// their words, in whose place OME-XML stands.
bool is_placed(const Description& description) {
  const std::string& from = description.container;
  if (from == "tiff" || from == "png" || from == "jpeg") return false;
  return std::any_of(description.space.begin(), description.space.end(),
                     [](const FileAxis& a) { return a.origin != 0; });
}

}  // namespace

TiffPages::TiffPages(const Format& format, const Encoding& like)
    : sample(sample_for(format, like)), cols(format.inner.back()), unit(RESUNIT_NONE) {
  const Description* description = like.description.get();
  const bool described = description && std::ssize(description->space) == format.spatial_rank();
  set_together(format, described ? description : nullptr);
  const bool volume = format.inner.rank() == 2;
  rows = volume ? format.inner[0] : format.extent.value_or(0);
  if (format.extent) count = (volume ? *format.extent * channels : 1) * like.items;
  if (described) set_resolution(*description);
  const bool picture = !volume && like.items == 1;
  const bool elsewhere = described && unit == RESUNIT_NONE &&
                         std::any_of(description->space.begin(), description->space.end(),
                                     [](const FileAxis& a) { return a.spacing != 1; });
  const bool moved = described && is_placed(*description);
  const bool stated =
      described && (!picture || elsewhere || moved || description->container == "ome-tiff");
  if (format.extent && (stated || like.items > 1)) {
    words = ome_xml(ome_words(format, like));
  } else if (described && description->entries.contains("ImageDescription")) {
    words = description->entries.at("ImageDescription");
  }
}

// Colours stay together, as do the channels of a picture, whose rows come one by one.
void TiffPages::set_together(const Format& format, const Description* description) {
  together = format.channels;
  if (!description || format.inner.rank() == 1) return;
  const bool colours = !description->channels.empty() && description->channels.back().name == "s";
  const Index samples = colours ? description->channels.back().extent : 1;
  together = samples > 0 && format.channels % samples == 0 ? samples : 1;
  channels = format.channels / together;
}

void TiffPages::set_resolution(const Description& description) {
  const auto [y_mm, x_mm] = picture_spacing_mm(description);
  if (!(x_mm > 0)) return;
  unit = RESUNIT_CENTIMETER;
  x_resolution = 10 / x_mm;
  y_resolution = 10 / y_mm;
}

OmeWords TiffPages::ome_words(const Format& format, const Encoding& like) const {
  OmeWords ome;
  ome.type = ome_type(sample);
  ome.samples = together;
  ome.channels = channels;
  ome.times = like.items;
  const bool volume = format.inner.rank() == 2;
  if (volume) ome.slices = *format.extent;
  const Description none;
  const Description& given = like.description ? *like.description : none;
  if (std::ssize(given.space) == format.spatial_rank()) {
    ome.x = given.space.back();
    ome.y = *(given.space.end() - 2);
    if (volume) ome.z = given.space.front();
  }
  if (!given.items.empty()) ome.t = given.items.back();
  ome.t.name = "t";
  ome.x.extent = format.inner.back();
  ome.y.extent = volume ? format.inner[0] : *format.extent;
  return ome;
}

Index TiffPages::pixel_bytes() const { return together * bytes_of(sample); }

}  // namespace faltung
