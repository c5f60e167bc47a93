// Pictures of what Faltung works on: sound, kernels and images, before and after.
//
// Dark text on white, colours that do not depend on the kind of colour vision. Sound is
// [channel, frame], an image [channel, row, column]; a rate of 0 counts frames instead of seconds.
#pragma once

#include <string>

#include "apps/faltung/plots/canvas.h"
#include "engine/convolve/kernel.h"

namespace faltung {

// One panel for each channel (the first eight): the range of the samples in every pixel column,
// and inside it, darker, their root mean square.
Canvas waveform(const Array<double>& sound, double rate_hz, const std::string& title);

// Power of all channels over time and frequency, in dB below the loudest point; frequencies above
// which nothing is left are cut off.
Canvas spectrogram(const Array<double>& sound, double rate_hz, const std::string& title);

// Of responses, [taps] or [channel, taps]: magnitude over logarithmic frequency; below it the taps.
Canvas response_plot(const Kernel& kernel, const std::string& title);

// Of kernels of two and more axes: the values, and beside them the magnitude response. Of more
// axes, the plane that holds most: of several such the first.
Canvas kernel_map(const Kernel& kernel, const std::string& title);

// Whichever of the two fits the kernel.
Canvas kernel_plot(const Kernel& kernel);

// "lowpass, 511 taps at 48000 Hz"
std::string kernel_text(const Kernel& kernel);

// The image itself: one channel is grey, of more than three the first three are shown; 0 is black,
// `full_scale` white, what lies beyond is clipped.
Canvas picture(const Array<double>& image, double full_scale);

// Two pictures side by side at one scale, with captions.
Canvas before_after(const Canvas& before, const std::string& before_caption, const Canvas& after,
                    const std::string& after_caption, const std::string& title);

}  // namespace faltung
