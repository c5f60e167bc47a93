// The signal that a pipeline is to be explained or checked for, from a shape or by trying.
#pragma once

#include <functional>
#include <string>

#include "engine/io/source.h"

namespace faltung {

// Calls prepare with ten seconds of sound, an image, a volume in turn, until one does not throw.
// Throws Error{configuration} with all the reasons where each does.
void prepare_usual(double rate_hz, const std::function<void(const Format&)>& prepare);

// "2x480000" is 2 channels of 480000 frames, "3x1080x1920" an RGB image, "1x64x256x256" a volume.
// Frames come at `rate_hz`, or 48000 Hz where that is 0. Throws Error{configuration}.
Format format_of_shape(const std::string& shape, double rate_hz);

}  // namespace faltung
