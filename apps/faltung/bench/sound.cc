// The sound of `bench offline`, and what its convolution is.
#include "apps/faltung/bench/sound.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <numbers>
#include <random>

#include "engine/io/sink.h"
#include "engine/io/source.h"

namespace faltung {
namespace {

constexpr Index kSlab = 1 << 16;
constexpr double kSine = 0.02;  // each; the sines are a tenth of full scale together
constexpr double kNoise = 0.1;  // uniform between ± this
constexpr double kSinesHz[] = {55.0, 110.2, 220.9, 441.3, 1318.5, 3520.7};
constexpr double kDecay = 6.91;  // natural logarithm of 60 dB
constexpr double kEnergy = 0.1;  // of the response: even a sine on a peak of its spectrum fits
constexpr unsigned kSeed = 20240611;

double uniform(std::mt19937& random) {  // std::uniform_real_distribution may differ by library
  return static_cast<double>(random()) / 2147483648.0 - 1.0;
}

Format format_of(Index frames, double rate_hz) {
  Format format;
  format.channels = kSoundChannels;
  format.rate_hz = rate_hz;
  format.max_slab = kSlab;
  format.extent = frames;
  return format;
}

// `fill` gives sample (channel, frame), asked frame after frame.
void write_wav(const std::string& path, Index frames, double rate_hz,
               const std::function<float(Index, Index)>& fill) {
  Encoding encoding;
  encoding.container = "wav";
  encoding.sample = Encoding::Sample::f32;
  const Format format = format_of(frames, rate_hz);
  const auto sink = create_sink(path, format, encoding);
  Array<float> memory(Shape{kSoundChannels, kSlab});
  for (Index first = 0; first < frames; first += kSlab) {
    const Index count = std::min(kSlab, frames - first);
    for (Index n = 0; n < count; ++n) {
      for (Index c = 0; c < kSoundChannels; ++c) memory[c * kSlab + n] = fill(c, first + n);
    }
    sink->write(Slab(SlabOf<float>{memory.data(), kSoundChannels, count, 1, kSlab}));
  }
  sink->commit();
}

// Calls use(slab, first frame) for all of a file.
template <class Use>
void read_wav(const std::string& path, Use&& use) {
  SourceOptions options;
  options.channels = kSoundChannels;  // of raw samples
  const auto source = open_source(path, options);
  if (source->format().channels != kSoundChannels) {
    throw Error(Code::failure, path + ": not " + std::to_string(kSoundChannels) + " channels");
  }
  Array<float> memory(Shape{kSoundChannels, kSlab});
  const SlabOf<float> slab{memory.data(), kSoundChannels, kSlab, 1, kSlab};
  Index first = 0;
  while (const Index count = source->read(slab)) {
    use(Slab(slab).part(0, count).as<float>(), first);
    first += count;
  }
}

void write_floats(std::ofstream& file, const float* values, Index count) {
  file.write(reinterpret_cast<const char*>(values),
             static_cast<std::streamsize>(count) * static_cast<std::streamsize>(sizeof(float)));
  if (!file) throw Error(Code::output, "cannot write a benchmark's samples");
}

// A third of them where responses are hardest: at the beginning and in the tail.
std::vector<Index> frames_to_check(Index frames, Index taps, int count) {
  std::mt19937 random(kSeed + 1);
  std::vector<Index> result{0, taps - 1, frames - 1, frames, frames + taps - 2};
  const auto below = [&](Index n) {
    return static_cast<Index>(random() % static_cast<unsigned long>(std::max<Index>(n, 1)));
  };
  while (static_cast<int>(result.size()) < count) {
    result.push_back(below(std::min(taps, frames)));
    result.push_back(frames - 1 + below(taps));
    for (int i = 0; i < 4; ++i) result.push_back(below(frames));
  }
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

}  // namespace

void write_music(const std::string& path, const SoundCase& sound) {
  std::mt19937 random(kSeed);
  write_wav(path, sound.frames, sound.rate_hz, [&](Index c, Index n) {
    double value = kNoise * uniform(random);
    for (const double hz : kSinesHz) {
      value += kSine * std::sin(2 * std::numbers::pi * hz / sound.rate_hz * static_cast<double>(n) *
                                (c == 0 ? 1.0 : 1.003));
    }
    return static_cast<float>(value);
  });
}

Array<float> make_response(const SoundCase& sound) {
  std::mt19937 random(kSeed + 2);
  Array<float> response(Shape{kSoundChannels, sound.taps});
  for (Index c = 0; c < kSoundChannels; ++c) {
    float* taps = response.data() + c * sound.taps;
    double energy = 0;
    for (Index m = 0; m < sound.taps; ++m) {
      const double envelope =
          std::exp(-kDecay * static_cast<double>(m) / static_cast<double>(sound.taps));
      taps[m] = static_cast<float>(envelope * uniform(random));
      energy += static_cast<double>(taps[m]) * taps[m];
    }
    const double scale = std::sqrt(kEnergy / energy);
    for (Index m = 0; m < sound.taps; ++m) taps[m] = static_cast<float>(scale * taps[m]);
  }
  return response;
}

void write_response(const std::string& path, const Array<float>& response, double rate_hz) {
  const Index taps = response.extents()[1];
  write_wav(path, taps, rate_hz, [&](Index c, Index m) { return response[c * taps + m]; });
}

void write_raw(const std::string& wav, const std::string& path, Index silence) {
  std::ofstream file(path, std::ios::binary);
  std::vector<float> frames(static_cast<std::size_t>(kSlab * kSoundChannels));
  read_wav(wav, [&](const SlabOf<float>& slab, Index) {
    for (Index n = 0; n < slab.extent; ++n) {
      for (Index c = 0; c < kSoundChannels; ++c) {
        frames[static_cast<std::size_t>(n * kSoundChannels + c)] = slab.channel(c)[n];
      }
    }
    write_floats(file, frames.data(), slab.extent * kSoundChannels);
  });
  const std::vector<float> zeros(static_cast<std::size_t>(silence * kSoundChannels));
  write_floats(file, zeros.data(), silence * kSoundChannels);
}

void write_raw_channel(const Array<float>& response, Index channel, const std::string& path) {
  std::ofstream file(path, std::ios::binary);
  const Index taps = response.extents()[1];
  write_floats(file, response.data() + channel * taps, taps);
}

void write_text_channel(const Array<float>& response, Index channel, const std::string& path) {
  std::ofstream file(path);
  file.precision(9);  // enough for every float32
  const Index taps = response.extents()[1];
  for (Index m = 0; m < taps; ++m) file << response[channel * taps + m] << '\n';
  if (!file) throw Error(Code::output, "cannot write " + path);
}

SoundReference sound_reference(const std::string& music, const Array<float>& response, int count) {
  std::vector<float> signal[kSoundChannels];
  read_wav(music, [&](const SlabOf<float>& slab, Index) {
    for (Index c = 0; c < kSoundChannels; ++c) {
      auto& channel = signal[static_cast<std::size_t>(c)];
      channel.insert(channel.end(), slab.channel(c), slab.channel(c) + slab.extent);
    }
  });
  const Index taps = response.extents()[1];
  const Index frames = static_cast<Index>(signal[0].size());
  SoundReference reference;
  reference.frames = frames_to_check(frames, taps, count);
  for (Index c = 0; c < kSoundChannels; ++c) {
    const float* x = signal[c].data();
    const float* h = response.data() + c * taps;
    for (const Index n : reference.frames) {
      const Index first = std::max<Index>(0, n - frames + 1), last = std::min(n, taps - 1);
      double sum = 0;
      for (Index m = first; m <= last; ++m) sum += static_cast<double>(h[m]) * x[n - m];
      reference.values[c].push_back(sum);
      reference.peak = std::max(reference.peak, std::abs(sum));
    }
  }
  return reference;
}

SoundError sound_error(const std::string& path, const SoundReference& reference, Gain gain) {
  std::vector<double> found[kSoundChannels];
  for (auto& channel : found) channel.assign(reference.frames.size(), 0.0);
  read_wav(path, [&](const SlabOf<float>& slab, Index first) {
    const auto from = std::lower_bound(reference.frames.begin(), reference.frames.end(), first);
    for (auto at = from; at != reference.frames.end() && *at < first + slab.extent; ++at) {
      const auto i = static_cast<std::size_t>(at - reference.frames.begin());
      for (Index c = 0; c < kSoundChannels; ++c) found[c][i] = slab.channel(c)[*at - first];
    }
  });
  double product = 0, energy = 0;
  for (Index c = 0; c < kSoundChannels; ++c) {
    for (std::size_t i = 0; i < reference.frames.size(); ++i) {
      product += found[c][i] * reference.values[c][i];
      energy += reference.values[c][i] * reference.values[c][i];
    }
  }
  SoundError result;
  if (gain == Gain::any && product > 0) result.gain = product / energy;
  for (Index c = 0; c < kSoundChannels; ++c) {
    for (std::size_t i = 0; i < reference.frames.size(); ++i) {
      const double off = std::abs(found[c][i] / result.gain - reference.values[c][i]);
      result.error = std::max(result.error, std::isnan(off) ? 1.0 : off / reference.peak);
    }
  }
  return result;
}

}  // namespace faltung
