// NIfTI's two ways to say where a volume lies: qform (a rotation) and sform (any affine).
#include "engine/io/nifti_orientation.h"

#include <algorithm>
#include <cmath>

namespace faltung {
namespace {

using F = NiftiField;

constexpr double kOrthogonal = 1e-4;  // the cosine that float32 still takes for a right angle
constexpr int kScannerCode = 1;       // NIFTI_XFORM_SCANNER_ANAT

Affine sform(const NiftiHeader& header) {
  Affine result;
  for (int i = 0; i < 12; ++i) result[static_cast<std::size_t>(i)] = header.get(F::srow, i);
  return result;
}

void set_sform(NiftiHeader& header, const Affine& affine) {
  for (int i = 0; i < 12; ++i) header.set(F::srow, affine[static_cast<std::size_t>(i)], i);
}

double handedness(const NiftiHeader& header) { return header.get(F::pixdim, 0) < 0 ? -1 : 1; }

// nifti1.h, "QUATERNION REPRESENTATION OF ROTATION MATRIX (METHOD 2)".
Affine qform(const NiftiHeader& header) {
  const double b = header.get(F::quatern, 0), c = header.get(F::quatern, 1),
               d = header.get(F::quatern, 2);
  const double a = std::sqrt(std::max(0.0, 1 - (b * b + c * c + d * d)));
  const double aa = a * a, bb = b * b, cc = c * c, dd = d * d;
  const double q[3][3] = {{aa + bb - cc - dd, 2 * (b * c - a * d), 2 * (b * d + a * c)},
                          {2 * (b * c + a * d), aa + cc - bb - dd, 2 * (c * d - a * b)},
                          {2 * (b * d - a * c), 2 * (c * d + a * b), aa + dd - bb - cc}};
  Affine result;
  for (int row = 0; row < 3; ++row) {
    for (int col = 0; col < 3; ++col) {
      const double step = header.get(F::pixdim, col + 1) * (col == 2 ? handedness(header) : 1);
      entry(result, row, col) = q[row][col] * step;
    }
    entry(result, row, 3) = header.get(F::qoffset, row);
  }
  return result;
}

// Unit columns; false where a column has no direction or they are not orthogonal.
bool to_rotation(Affine& a) {
  const Triple length = step_lengths(a);
  for (int col = 0; col < 3; ++col) {
    const double l = length[static_cast<std::size_t>(col)];
    if (!(l > 0) || !std::isfinite(l)) return false;
    for (int row = 0; row < 3; ++row) entry(a, row, col) /= l;
  }
  for (int col = 0; col < 3; ++col) {
    double cosine = 0;
    for (int row = 0; row < 3; ++row) cosine += entry(a, row, col) * entry(a, row, (col + 1) % 3);
    if (std::abs(cosine) > kOrthogonal) return false;
  }
  return true;
}

double determinant(const Affine& a) {
  const auto minor = [&](int i, int j) {
    return entry(a, 1, i) * entry(a, 2, j) - entry(a, 1, j) * entry(a, 2, i);
  };
  return entry(a, 0, 0) * minor(1, 2) - entry(a, 0, 1) * minor(0, 2) + entry(a, 0, 2) * minor(0, 1);
}

// b, c, d of a proper rotation, with a >= 0: from the largest of the four (Shepperd 1978).
Triple quaternion(const Affine& r) {
  const double trace = entry(r, 0, 0) + entry(r, 1, 1) + entry(r, 2, 2);
  std::array<double, 4> q;  // a, b, c, d
  int most = 0;
  double largest = trace;
  for (int i = 0; i < 3; ++i) {
    if (entry(r, i, i) > largest) largest = entry(r, i, i), most = i + 1;
  }
  const auto at = [&](int i) -> double& { return q[static_cast<std::size_t>(i)]; };
  at(most) = std::sqrt(std::max(0.0, 1 + 2 * largest - trace)) / 2;
  const double by = 1 / (4 * at(most));
  if (most == 0) {
    for (int i = 0; i < 3; ++i) {
      at(i + 1) = (entry(r, (i + 2) % 3, (i + 1) % 3) - entry(r, (i + 1) % 3, (i + 2) % 3)) * by;
    }
  } else {
    const int i = most - 1, j = (i + 1) % 3, k = (i + 2) % 3;
    at(0) = (entry(r, k, j) - entry(r, j, k)) * by;
    at(j + 1) = (entry(r, j, i) + entry(r, i, j)) * by;
    at(k + 1) = (entry(r, k, i) + entry(r, i, k)) * by;
  }
  const double sign = q[0] < 0 ? -1 : 1;
  return {sign * q[1], sign * q[2], sign * q[3]};
}

}  // namespace

std::optional<Affine> nifti_affine(const NiftiHeader& header) {
  if (header.get(F::sform_code) > 0) return sform(header);
  if (header.get(F::qform_code) > 0) return qform(header);
  return std::nullopt;
}

void move_nifti(NiftiHeader& header, const Triple& step, const Triple& start) {
  if (step == Triple{1, 1, 1} && start == Triple{}) return;
  if (header.get(F::sform_code) > 0) set_sform(header, at_steps(sform(header), step, start));
  if (header.get(F::qform_code) > 0) {
    const Affine moved = at_steps(qform(header), step, start);
    for (int row = 0; row < 3; ++row) header.set(F::qoffset, entry(moved, row, 3), row);
  }
  for (int axis = 0; axis < 3; ++axis) {
    header.set(F::pixdim, header.get(F::pixdim, axis + 1) * step[static_cast<std::size_t>(axis)],
               axis + 1);
  }
}

void place_nifti(NiftiHeader& header, const Affine& affine) {
  const Triple length = step_lengths(affine);
  for (int axis = 0; axis < 3; ++axis) {
    header.set(F::pixdim, length[static_cast<std::size_t>(axis)], axis + 1);
  }
  set_sform(header, affine);
  header.set(F::sform_code, kScannerCode);
  Affine rotation = affine;
  if (!to_rotation(rotation)) return;
  const double sign = determinant(rotation) < 0 ? -1 : 1;
  for (int row = 0; row < 3; ++row) entry(rotation, row, 2) *= sign;
  const Triple q = quaternion(rotation);
  for (int i = 0; i < 3; ++i) {
    header.set(F::quatern, q[static_cast<std::size_t>(i)], i);
    header.set(F::qoffset, entry(affine, i, 3), i);
  }
  header.set(F::pixdim, sign, 0);
  header.set(F::qform_code, kScannerCode);
}

}  // namespace faltung
