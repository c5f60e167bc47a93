// Two responses one after the other as one: their convolution.
#pragma once

#include "engine/nd/array.h"

namespace faltung {

// [channel, taps] each, with as many channels as the other or one for all of them; the result has
// taps + taps − 1. In float64, through transforms where they are long: relative error below 1e-14
// of the product of both sums of magnitudes.
Array<double> fold(const Array<double>& first, const Array<double>& second);

}  // namespace faltung
