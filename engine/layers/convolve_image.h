// Convolves images as files have them: [row, column, channel], colours side by side, one kernel for
// all of them.
//
// The colours are never taken apart: the kernel's columns lie as many samples apart as there are
// channels. Bytes and 16-bit integers are converted a few rows at a time, within level 2.
#pragma once

#include "engine/layers/byte_blur.h"
#include "engine/layers/convolve_array.h"

namespace faltung {

struct ImageOptions {
  Index rows = 0, columns = 0, channels = 1;
  std::vector<Padding> padding;  // in pixels, of rows and columns; none: the output has the same shape
  Boundary boundary = Boundary::reflect;
  double constant = 0;  // for Boundary::constant
};

class ImageConvolution {
 public:
  // A correlation with `kernel`, [row, column]. Throws Error{configuration} for another rank, for
  // extents that are not positive, and for what ArrayConvolution refuses.
  ImageConvolution(const ImageOptions& options, Array<double> kernel, const ArraySetting& setting);

  const Plan& plan() const noexcept { return convolution_.plan(); }
  const Candidate& chosen() const noexcept { return convolution_.chosen(); }
  // Whether bytes are computed in whole numbers instead (byte_blur.h), where the method is "auto".
  bool blurs_bytes() const noexcept { return bytes_.has_value(); }
  Shape input_shape() const;   // [row, column, channel]
  Shape output_shape() const;  // the same

  // T as ArrayConvolution::run. Both are row-major without gaps and must not overlap; `out` is
  // written whole. Throws Error{configuration} for other shapes or layouts, before that.
  template <class T>
  void run(const View<const T>& in, const View<T>& out) const;

 private:
  ImageConvolution(Index channels, Problem problem, const ArraySetting& setting);

  Index channels_;
  std::optional<ByteBlur> bytes_;
  Workers* workers_;
  ArrayConvolution convolution_;
};

}  // namespace faltung
