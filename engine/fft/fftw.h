// Real transforms of any 2·3·5·7-smooth extents through FFTW 3.
#pragma once

#include <memory>

#include "engine/fft/real_transform.h"

namespace faltung {

template <class T>
std::shared_ptr<const RealTransform<T>> make_fftw(const Shape& extents);

}  // namespace faltung
