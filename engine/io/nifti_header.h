// The header of a NIfTI file, versions 1 and 2, in either byte order: named fields over its bytes.
//
// Formats: nifti1.h (Cox et al. 2004), nifti2.h (Hanke et al. 2011). Numbers are given and taken as
// double, which holds them exactly up to 2^53.
#pragma once

#include <string>
#include <string_view>

#include "engine/io/file.h"

namespace faltung {

enum class NiftiField {
  dim_info,
  dim,
  intent_p,
  intent_code,
  datatype,
  bitpix,
  slice_start,
  pixdim,
  vox_offset,
  slope,
  intercept,
  slice_end,
  slice_code,
  units,
  cal_max,
  cal_min,
  slice_duration,
  toffset,
  qform_code,
  sform_code,
  quatern,
  qoffset,
  srow,
};
enum class NiftiText { descrip, aux_file, intent_name };

constexpr Index kNiftiProbe = 348;  // bytes that tell version and byte order

class NiftiHeader {
 public:
  explicit NiftiHeader(int version);        // without contents, in this machine's byte order
  explicit NiftiHeader(std::string bytes);  // of which is_nifti is true

  // Whether `head` (kNiftiProbe bytes or more) begins a file of either version.
  static bool is_nifti(std::string_view head) noexcept;
  // The bytes that the header has, without extensions: 348 or 540.
  static Index size_of(int version) noexcept;

  int version() const noexcept { return version_; }
  bool swapped() const noexcept { return swapped_; }
  bool single() const noexcept;  // header and data are one file
  const std::string& bytes() const noexcept { return bytes_; }

  double get(NiftiField field, int i = 0) const noexcept;
  Index integer(NiftiField field, int i = 0) const noexcept;  // 2^53 where it is more, or no number
  void set(NiftiField field, double value, int i = 0) noexcept;
  std::string get(NiftiText field) const;
  void set(NiftiText field, const std::string& text);  // what does not fit is left out

  void make_single() noexcept;
  NiftiHeader in_version(int version) const;  // the same contents, and byte order

 private:
  int version_ = 1;
  bool swapped_ = false;
  std::string bytes_;
};

}  // namespace faltung
