// The sound of `bench offline`: a long stereo signal like music, a long response, and what the
// convolution of the two is at some instants.
#pragma once

#include <string>
#include <vector>

#include "engine/nd/array.h"

namespace faltung {

struct SoundCase {
  Index frames = 0;
  Index taps = 0;
  double rate_hz = 48000;
};

constexpr Index kSoundChannels = 2;

// Sums of sines and white noise, 32-bit float WAV, peak below 1/4. Always the same.
void write_music(const std::string& path, const SoundCase& sound);

// Exponentially decaying noise (60 dB over its length), 32-bit float WAV, scaled so that the
// convolution with the music stays below full scale. Always the same; [channel][tap].
Array<float> make_response(const SoundCase& sound);
void write_response(const std::string& path, const Array<float>& response, double rate_hz);

// What peers without WAV want: interleaved float32 with `silence` frames at the end, and a channel.
void write_raw(const std::string& wav, const std::string& path, Index silence);
void write_raw_channel(const Array<float>& response, Index channel, const std::string& path);
void write_text_channel(const Array<float>& response, Index channel, const std::string& path);

// Frames of the full convolution, computed by plain dot products in double.
struct SoundReference {
  std::vector<Index> frames;  // ascending
  std::vector<double> values[kSoundChannels];
  double peak = 0;
};
SoundReference sound_reference(const std::string& music, const Array<float>& response, int count);

// A file against the reference. Peers may have a gain of their own, found by least squares; a
// frame the file does not have counts as zero.
struct SoundError {
  double error = 0;  // largest, relative to the reference's peak
  double gain = 1;   // of the file
};
enum class Gain { must_be_one, any };
SoundError sound_error(const std::string& path, const SoundReference& reference, Gain gain);

}  // namespace faltung
