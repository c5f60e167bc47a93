// Image kernels, most of them for any rank: gaussian, box, sobel, prewitt, laplace, sharpen, …
#include "engine/design/kernels.h"

#include <cmath>
#include <string>

#include "engine/design/number_text.h"

namespace faltung {
namespace {

constexpr Index kMaxValues = Index{1} << 27;  // 1 GB: beyond that it is a slip, not a kernel

using Profile = std::vector<double>;  // along one axis

Index count(const Profile& profile) { return static_cast<Index>(profile.size()); }

Array<double> allocate(const Shape& extents, const std::string& name) {
  double values = 1;
  for (const Index extent : extents) values *= static_cast<double>(extent);
  if (values > static_cast<double>(kMaxValues)) {
    throw Error(Code::configuration, name + ": " + extents.text() + " values; at most " +
                                         std::to_string(kMaxValues) + " are allowed");
  }
  return Array<double>(extents);
}

// The product of one profile for each axis.
Kernel outer_product(const std::vector<Profile>& profiles, const std::string& name) {
  Shape extents;
  for (const Profile& profile : profiles) extents.push_back(count(profile));
  Kernel kernel;
  kernel.name = name;
  kernel.values = allocate(extents, name);
  double* next = kernel.values.begin();
  for_each_position(extents, [&](const Shape& position) {
    double value = 1;
    for (int axis = 0; axis < extents.rank(); ++axis) {
      value *= profiles[static_cast<std::size_t>(axis)][static_cast<std::size_t>(position[axis])];
    }
    *next++ = value;
  });
  return kernel;
}

Index middle(const Kernel& kernel) { return kernel.values.size() / 2; }  // extents are odd

Index gaussian_radius(double sigma, double truncate) {
  const double radius = truncate * sigma + 0.5;
  if (!(radius >= 0 && radius < static_cast<double>(kMaxValues))) {
    throw Error(Code::configuration, "gaussian: a sigma of " + number_text(sigma) + " cut at " +
                                         number_text(truncate) + " sigma is too large");
  }
  return static_cast<Index>(radius);
}

Profile gaussian_profile(double sigma, double truncate) {
  if (sigma == 0) return {1.0};
  const Index radius = gaussian_radius(sigma, truncate);
  Profile profile(static_cast<std::size_t>(2 * radius + 1));
  double sum = 0;
  for (Index i = 0; i < count(profile); ++i) {
    const double x = static_cast<double>(i - radius);
    sum += profile[static_cast<std::size_t>(i)] = std::exp(-0.5 / (sigma * sigma) * x * x);
  }
  for (double& value : profile) value /= sum;
  return profile;
}

}  // namespace

Kernel gaussian(const std::vector<double>& sigma, double truncate) {
  std::vector<Profile> profiles;
  for (const double s : sigma) profiles.push_back(gaussian_profile(s, truncate));
  return outer_product(profiles, "gaussian");
}

Kernel box(const std::vector<Index>& size) {
  Shape extents;
  for (const Index s : size) extents.push_back(s);
  Kernel kernel;
  kernel.name = "box";
  kernel.values = allocate(extents, kernel.name);
  const double mean = 1.0 / static_cast<double>(kernel.values.size());
  for (double& value : kernel.values) value = mean;
  return kernel;
}

Kernel delta(int rank, Index size) {
  Profile profile(static_cast<std::size_t>(size), 0.0);
  profile[profile.size() / 2] = 1;
  return outer_product(std::vector<Profile>(static_cast<std::size_t>(rank), profile), "delta");
}

Kernel derivative(int rank, int axis, Smoothing smoothing) {
  const Profile smooth = smoothing == Smoothing::sobel ? Profile{1, 2, 1} : Profile{1, 1, 1};
  std::vector<Profile> profiles(static_cast<std::size_t>(rank), smooth);
  profiles[static_cast<std::size_t>(axis)] = {1, 0, -1};
  return outer_product(profiles, smoothing == Smoothing::sobel ? "sobel" : "prewitt");
}

Kernel laplace(int rank) {
  Kernel kernel = delta(rank, 3);
  kernel.name = "laplace";
  const Index centre = middle(kernel);
  kernel.values[centre] = -2.0 * rank;
  for (Index stride : row_major_strides(kernel.values.extents())) {
    kernel.values[centre - stride] = kernel.values[centre + stride] = 1;
  }
  return kernel;
}

Kernel sharpen(int rank, double amount) {
  Kernel kernel = laplace(rank);
  kernel.name = "sharpen";
  for (double& value : kernel.values) value = value == 0 ? 0 : -amount * value;
  kernel.values[middle(kernel)] += 1;
  return kernel;
}

Kernel unsharp(const std::vector<double>& sigma, double amount, double truncate) {
  Kernel kernel = gaussian(sigma, truncate);
  kernel.name = "unsharp";
  for (double& value : kernel.values) value *= -amount;
  kernel.values[middle(kernel)] += 1 + amount;
  return kernel;
}

}  // namespace faltung
