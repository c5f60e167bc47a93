// Interleaves channels into finer axes: phase p of a channel becomes every stride-th sample.
//
// The last step of every upsampling by polyphase (sub-pixel shuffle; Shi et al. 2016): channels come
// as [channel, phase…] with one phase for each combination of the strides, row-major, and sample a
// of phase p becomes sample a·stride + p − crop.before of its channel.
#pragma once

#include <vector>

#include "engine/stream/stage.h"

namespace faltung {

struct InterleaveOptions {
  Shape stride;               // phases along each spatial axis
  std::vector<Padding> crop;  // samples dropped along each axis; not negative
};

// Holds back as many input positions as crop.after needs along the stream axis.
// Errors (prepare): channels that are not a multiple of the phases, nothing left by the crop.
StagePtr make_interleave(const InterleaveOptions& options);

}  // namespace faltung
