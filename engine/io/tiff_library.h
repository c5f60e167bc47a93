// libtiff as the parts of the TIFF container see it: handles, fields, its complaints as text.
#pragma once

#include <tiffio.h>

#include <memory>
#include <string>
#include <utility>

namespace faltung {

struct TiffClose {
  void operator()(TIFF* tiff) const noexcept { TIFFClose(tiff); }
};
using TiffHandle = std::unique_ptr<TIFF, TiffClose>;

// The first thing libtiff complained about since it was asked. Outlives the handles it is given to.
class TiffComplaint {
 public:
  TiffComplaint();
  TiffComplaint(const TiffComplaint&) = delete;
  TiffComplaint& operator=(const TiffComplaint&) = delete;
  ~TiffComplaint();

  TIFFOpenOptions* options() const noexcept { return options_; }
  bool empty() const noexcept { return text_.empty(); }
  std::string take() { return std::exchange(text_, {}); }

 private:
  static int keep(TIFF*, void* self, const char* place, const char* form, va_list values);

  TIFFOpenOptions* options_;
  std::string text_;
};

template <class T>
T tiff_field(TIFF* tiff, ttag_t tag, T otherwise) {
  T value = otherwise;
  return TIFFGetFieldDefaulted(tiff, tag, &value) ? value : otherwise;
}

}  // namespace faltung
