// libtiff as the parts of the TIFF container see it: handles, fields, its complaints as text.
#include "engine/io/tiff_library.h"

#include <cstdarg>
#include <cstdio>

namespace faltung {

TiffComplaint::TiffComplaint() : options_(TIFFOpenOptionsAlloc()) {
  const auto silence = [](TIFF*, void*, const char*, const char*, va_list) { return 1; };
  TIFFOpenOptionsSetErrorHandlerExtR(options_, keep, this);
  TIFFOpenOptionsSetWarningHandlerExtR(options_, silence, nullptr);
}

TiffComplaint::~TiffComplaint() { TIFFOpenOptionsFree(options_); }

int TiffComplaint::keep(TIFF*, void* self, const char*, const char* form, va_list values) {
  std::string& text = static_cast<TiffComplaint*>(self)->text_;
  char line[200];
  std::vsnprintf(line, sizeof line, form, values);
  if (text.empty()) text = line;
  return 1;
}

}  // namespace faltung
