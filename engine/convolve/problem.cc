// What is asked of a convolution, whichever way it is then done.
#include "engine/convolve/problem.h"

#include <algorithm>
#include <cmath>

namespace faltung {
namespace {

constexpr Index kMostReach = Index{1} << 28;  // 1.5 hours at 48 kHz: what history may hold

[[noreturn]] void refuse(const std::string& message) { throw Error(Code::configuration, message); }

void check_kernels(const Problem& p) {
  if (p.kernels.size() == 0) refuse("the kernel has no taps");
  for (Index i = 0; i < p.kernels.size(); ++i) {
    if (!std::isfinite(p.kernels[i])) {
      refuse("tap " + std::to_string(i % p.kernel_size()) + " of the kernel is " +
             (std::isnan(p.kernels[i]) ? "NaN" : "infinite") + "; taps must be finite");
    }
  }
  for (double b : p.bias) {
    if (!std::isfinite(b)) refuse("bias must be finite");
  }
}

void check_interleaved(const Problem& p, int axis) {
  const Padding& padding = p.padding_of(axis);
  const Index n = p.interleaved;
  const auto whole = [&](Index samples) { return n >= 1 && samples % n == 0; };
  if (whole(p.input_extent(axis)) && whole(padding.before) && whole(padding.after) &&
      whole(p.dilation[axis]) && (n == 1 || p.stride[axis] == 1)) {
    return;
  }
  refuse(std::to_string(n) + " interleaved samples along axis " + std::to_string(axis) +
         ": extent, padding and dilation must be multiples, the stride 1");
}

void check_axis(const Problem& p, int axis) {
  const std::string where = axis == 0 ? "the stream axis" : "axis " + std::to_string(axis);
  if (p.stride[axis] < 1) {
    refuse("stride " + std::to_string(p.stride[axis]) + " along " + where + ": at least 1");
  }
  if (p.dilation[axis] < 1) {
    refuse("dilation " + std::to_string(p.dilation[axis]) + " along " + where + ": at least 1");
  }
  const Padding& padding = p.padding_of(axis);
  if (padding.before < 0 || padding.after < 0) refuse("negative padding along " + where);
  if (std::max({padding.before, padding.after, p.dilated(axis)}) > kMostReach) {
    refuse("padding " + std::to_string(std::max(padding.before, padding.after)) +
           " and dilated kernel " + std::to_string(p.dilated(axis)) + " along " + where +
           ": at most " + std::to_string(kMostReach) + " positions");
  }
  if (axis == 0 && !p.extent) return;
  if (axis > 0 && axis + 1 == p.rank()) check_interleaved(p, axis);
  const Index n = p.input_extent(axis);
  const Index room = n + p.padding_of(axis).before + p.padding_of(axis).after;
  if (room < p.dilated(axis)) {
    refuse("kernel extent " + std::to_string(p.dilated(axis)) + " is larger than the padded input (" +
           std::to_string(room) + ") along " + where);
  }
  if (n == 0 && p.boundary != Boundary::zero && p.boundary != Boundary::constant) {
    refuse("an empty axis cannot be continued by boundary '" + std::string(name(p.boundary)) + "'");
  }
}

}  // namespace

Shape Problem::output_inner() const {
  Shape result;
  for (int axis = 1; axis < rank(); ++axis) result.push_back(output_extent_of(axis));
  return result;
}

Shape Problem::padded_inner() const {
  Shape result;
  for (int axis = 1; axis < rank(); ++axis) result.push_back(padded(axis));
  return result;
}

double Problem::flops_per_position() const {
  return 2.0 * static_cast<double>(paths.size()) * static_cast<double>(kernel_size()) *
         static_cast<double>(output_inner().product());
}

double Problem::gain_bound() const {
  std::vector<double> gains(static_cast<std::size_t>(out_channels), 0.0);
  std::vector<double> kernel_gains;
  for (Index k = 0; k < kernel_count(); ++k) {
    double sum = 0;
    for (Index i = 0; i < kernel_size(); ++i) sum += std::abs(kernel(k)[i]);
    kernel_gains.push_back(sum);
  }
  for (const Path& path : paths) {
    gains[static_cast<std::size_t>(path.out)] += kernel_gains[static_cast<std::size_t>(path.kernel)];
  }
  return gains.empty() ? 0 : *std::max_element(gains.begin(), gains.end());
}

std::string Problem::text() const {
  return std::to_string(kernel_count()) + (kernel_count() == 1 ? " kernel of " : " kernels of ") +
         kernels.extents().from(1).text() + ", " + std::to_string(in_channels) + " -> " +
         std::to_string(out_channels) + (out_channels == 1 ? " channel" : " channels");
}

void check(const Problem& p) {
  check_kernels(p);
  for (int axis = 0; axis < p.rank(); ++axis) check_axis(p, axis);
  if (p.rank() == 1 && p.interleaved != 1) refuse("a series cannot have interleaved samples");
  if (p.boundary == Boundary::wrap && !p.extent) {
    refuse("boundary 'wrap' needs to know where the stream ends: it cannot be had on an endless one");
  }
}

}  // namespace faltung
