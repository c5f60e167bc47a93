// OpenEXR as the parts of its container see it: our files as its streams, its channels in order.
#include "engine/io/openexr_library.h"

#include <Iex.h>

#include <algorithm>
#include <string_view>

namespace faltung {
namespace {

constexpr int kVersion = 2;  // of the format, in which all headers here are

std::string layer_of(const std::string& name) {
  const auto dot = name.rfind('.');
  return dot == name.npos ? "" : name.substr(0, dot);
}

std::size_t rank_in_layer(const std::string& name) {
  constexpr std::string_view kOrder = "RGBYA";
  const std::string own = name.substr(name.rfind('.') + 1);
  return own.size() == 1 ? std::min(kOrder.find(own), kOrder.size()) : kOrder.size();
}

}  // namespace

std::vector<ExrChannel> exr_channels(const Imf::Header& header) {
  std::vector<ExrChannel> channels;
  std::vector<std::string> layers{""};
  for (auto i = header.channels().begin(); i != header.channels().end(); ++i) {
    channels.push_back({i.name(), i.channel().type});
    const std::string layer = layer_of(i.name());
    if (std::find(layers.begin(), layers.end(), layer) == layers.end()) layers.push_back(layer);
  }
  const auto place = [&](const ExrChannel& channel) {
    const auto layer = std::find(layers.begin(), layers.end(), layer_of(channel.name));
    return std::pair(layer - layers.begin(), rank_in_layer(channel.name));
  };
  std::stable_sort(channels.begin(), channels.end(),
                   [&](const ExrChannel& a, const ExrChannel& b) { return place(a) < place(b); });
  return channels;
}

std::string exr_bytes(const Imf::Header& header) {
  Imf::StdOSStream stream;
  header.writeTo(stream);
  return stream.str();
}

Imf::Header exr_header(const std::string& bytes) {
  Imf::StdISStream stream;
  stream.str(bytes);
  Imf::Header header;
  int version = kVersion;
  header.readFrom(stream, version);
  return header;
}

bool ExrInput::read(char to[], int count) {
  const Index got = position_ < 0 ? 0 : file_.read_at(to, count, position_);
  if (got < count) throw IEX_NAMESPACE::InputExc("the file ends early");
  position_ += got;
  return position_ < file_.size();
}

}  // namespace faltung
