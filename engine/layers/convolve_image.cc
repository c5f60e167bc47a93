// Convolves images as files have them: [row, column, channel], one kernel for all channels.
#include "engine/layers/convolve_image.h"

#include <cstdint>
#include <utility>

namespace faltung {
namespace {

[[noreturn]] void refuse(const std::string& message) { throw Error(Code::configuration, message); }

Problem image_problem(const ImageOptions& options, Array<double> kernel) {
  if (kernel.rank() != 2) {
    refuse("a kernel of shape " + kernel.extents().text() + " for an image; allowed: [row, column]");
  }
  if (options.rows < 1 || options.columns < 1 || options.channels < 1) {
    refuse("an image of " + std::to_string(options.rows) + " rows, " +
           std::to_string(options.columns) + " columns and " + std::to_string(options.channels) +
           " channels; allowed: at least one of each");
  }
  if (!options.padding.empty() && options.padding.size() != 2) {
    refuse(std::to_string(options.padding.size()) +
           " paddings for an image; allowed: of rows and columns, or none");
  }
  const Shape taps = kernel.extents();
  const Index n = options.channels;
  const auto padding = [&](std::size_t axis) {
    return options.padding.empty() ? padding_for(Mode::same, taps[static_cast<int>(axis)])
                                   : options.padding[axis];
  };
  Problem p;
  p.kernels = std::move(kernel).reshaped(Shape{1, taps[0], taps[1]});
  p.paths = {{0, 0, 0}};
  p.extent = options.rows;
  p.inner = Shape{checked_product({options.columns, n})};
  p.padding = {padding(0), {padding(1).before * n, padding(1).after * n}};
  p.stride = Shape{1, 1};
  p.dilation = Shape{1, n};
  p.interleaved = n;
  p.boundary = options.boundary;
  p.constant = options.constant;
  return p;
}

// The image as one item of one channel.
template <class T>
View<T> rows_of(const View<T>& image, const Shape& shape, const char* what) {
  if (!(image.extents() == shape)) {
    refuse(std::string(what) + " has shape " + image.extents().text() + "; allowed: " +
           shape.text());
  }
  if (!image.contiguous()) refuse(std::string(what) + " has gaps; samples must be row-major");
  return View<T>(image.data(), Shape{1, 1, shape[0], shape[1] * shape[2]});
}

Shape image_shape(const Shape& shape, Index channels) {
  return {shape[2], shape[3] / channels, channels};
}

}  // namespace

ImageConvolution::ImageConvolution(const ImageOptions& options, Array<double> kernel,
                                   const ArraySetting& setting)
    : ImageConvolution(options.channels, image_problem(options, std::move(kernel)), setting) {}

ImageConvolution::ImageConvolution(Index channels, Problem problem, const ArraySetting& setting)
    : channels_(channels),
      bytes_(setting.method == "auto" ? ByteBlur::of(problem) : std::nullopt),
      workers_(setting.workers),
      convolution_(std::move(problem), 1, setting) {}

Shape ImageConvolution::input_shape() const {
  return image_shape(convolution_.input_shape(), channels_);
}

Shape ImageConvolution::output_shape() const {
  return image_shape(convolution_.output_shape(), channels_);
}

template <class T>
void ImageConvolution::run(const View<const T>& in, const View<T>& out) const {
  const View<const T> from = rows_of(in, input_shape(), "input");
  const View<T> to = rows_of(out, output_shape(), "output");
  if constexpr (std::is_same_v<T, std::uint8_t>) {
    if (bytes_) return bytes_->run(from.data(), to.data(), workers_);
  }
  convolution_.run<T>(from, to);
}

template void ImageConvolution::run(const View<const float>&, const View<float>&) const;
template void ImageConvolution::run(const View<const double>&, const View<double>&) const;
template void ImageConvolution::run(const View<const std::uint8_t>&,
                                    const View<std::uint8_t>&) const;
template void ImageConvolution::run(const View<const std::uint16_t>&,
                                    const View<std::uint16_t>&) const;
template void ImageConvolution::run(const View<const std::int16_t>&,
                                    const View<std::int16_t>&) const;

}  // namespace faltung
