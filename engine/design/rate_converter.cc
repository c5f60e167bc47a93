// Band-limited interpolation of interleaved samples. The only <samplerate.h>.
#include "engine/design/rate_converter.h"

#include <samplerate.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "engine/nd/error.h"

namespace faltung {
namespace {

struct Converter {
  int type;
  double
      half_length;  // of its sinc, in input frames at ratios from 1 on: from the library's tables
};
constexpr std::array kConverters{
    Converter{SRC_SINC_FASTEST, 2464.0 / 128},
    Converter{SRC_SINC_MEDIUM_QUALITY, 22438.0 / 491},
    Converter{SRC_SINC_BEST_QUALITY, 340239.0 / 2381},
};

const Converter& converter_of(ConverterQuality quality) {
  return kConverters[static_cast<std::size_t>(quality)];
}

[[noreturn]] void fail(int problem) {
  throw Error(Code::failure, std::string("resampling: ") + src_strerror(problem));
}

SRC_STATE* state_of(void* state) { return static_cast<SRC_STATE*>(state); }

}  // namespace

bool can_convert(double ratio) noexcept { return src_is_valid_ratio(ratio) != 0; }

void RateConverter::Delete::operator()(void* state) const noexcept { src_delete(state_of(state)); }

RateConverter::RateConverter(ConverterQuality quality, Index channels) {
  if (channels < 1 || channels > kMostChannels) {
    throw Error(Code::configuration, "cannot resample " + std::to_string(channels) +
                                         " channels at once; allowed are 1 to " +
                                         std::to_string(kMostChannels));
  }
  int problem = 0;
  state_.reset(src_new(converter_of(quality).type, static_cast<int>(channels), &problem));
  if (!state_) fail(problem);
}

RateConverter::Moved RateConverter::process(const float* in, Index in_frames, float* out,
                                            Index out_frames, double ratio) noexcept {
  SRC_DATA data{};
  data.data_in = in;
  data.input_frames = static_cast<long>(in_frames);
  data.data_out = out;
  data.output_frames = static_cast<long>(out_frames);
  data.src_ratio = ratio;
  src_set_ratio(state_of(state_.get()), ratio);  // else the library would ramp to it
  if (src_process(state_of(state_.get()), &data) != 0) return {};
  return {data.input_frames_used, data.output_frames_gen};
}

void RateConverter::reset() noexcept { src_reset(state_of(state_.get())); }

Index RateConverter::look_ahead(ConverterQuality quality, double ratio) {
  const double frames = (converter_of(quality).half_length + 2) / std::min(1.0, ratio);
  return static_cast<Index>(std::ceil(frames)) + 1;
}

void convert_whole(const float* in, Index in_frames, float* out, Index out_frames, double ratio) {
  SRC_DATA data{};
  data.data_in = in;
  data.input_frames = static_cast<long>(in_frames);
  data.data_out = out;
  data.output_frames = static_cast<long>(out_frames);
  data.src_ratio = ratio;
  if (const int problem = src_simple(&data, SRC_SINC_BEST_QUALITY, 1)) fail(problem);
}

}  // namespace faltung
