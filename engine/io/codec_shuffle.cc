// HDF5's shuffle: the first bytes of all numbers, then the second ones, …, so that they compress.
#include "engine/io/codec_makers.h"

namespace faltung {
namespace {

enum class Way { in, out };

class Shuffle : public Codec {
 public:
  explicit Shuffle(int number_bytes) : width_(static_cast<std::size_t>(number_bytes)) {}

  void encode(const Bytes& in, Bytes& out) const override { exchange(in, Way::in, out); }

  void decode(const Bytes& in, std::size_t most, Bytes& out) const override {
    if (in.size() > most) {
      throw Error(Code::input, std::to_string(in.size()) + " bytes where at most " +
                                   std::to_string(most) + " belong");
    }
    exchange(in, Way::out, out);
  }

 private:
  // Bytes that make no whole number stay at the end.
  void exchange(const Bytes& in, Way way, Bytes& out) const {
    out = in;
    const std::size_t count = in.size() / width_;
    for (std::size_t byte = 0; byte < width_; ++byte) {
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t together = i * width_ + byte, apart = byte * count + i;
        if (way == Way::in) {
          out[apart] = in[together];
        } else {
          out[together] = in[apart];
        }
      }
    }
  }

  std::size_t width_;
};

}  // namespace

std::unique_ptr<Codec> make_shuffle(const CodecChoice& choice) {
  if (choice.number_bytes < 1 || choice.number_bytes > 8) {
    throw Error(Code::input, "a shuffle of numbers of " + std::to_string(choice.number_bytes) +
                                 " bytes; allowed are 1 to 8");
  }
  return std::make_unique<Shuffle>(choice.number_bytes);
}

}  // namespace faltung
