// What each container's file offers to the table; see formats.h for the signatures' meaning.
#pragma once

#include <memory>
#include <string>

#include "engine/io/formats.h"

namespace faltung {

// sndfile.cc: wav, rf64, w64, flac, aiff, ogg, opus
std::unique_ptr<Source> open_sound(InputFile file, const SourceOptions& options);
std::unique_ptr<Sink> create_sound(const Container& container, const std::string& path,
                                   const Format& format, const Encoding& like);

// raw.cc: raw, f32, s16
std::unique_ptr<Source> open_raw(InputFile file, const SourceOptions& options);
std::unique_ptr<Source> open_standard_input(const SourceOptions& options);
std::unique_ptr<Sink> create_raw(const Container& container, const std::string& path,
                                 const Format& format, const Encoding& like);

// text.cc: csv, tsv, text
std::unique_ptr<Source> open_text(InputFile file, const SourceOptions& options);
std::unique_ptr<Sink> create_text(const Container& container, const std::string& path,
                                  const Format& format, const Encoding& like);

// npy.cc: npy
std::unique_ptr<Source> open_npy(InputFile file, const SourceOptions& options);
std::unique_ptr<Sink> create_npy(const Container& container, const std::string& path,
                                 const Format& format, const Encoding& like);

// nifti.cc, nifti_writing.cc
std::unique_ptr<Source> open_nifti(InputFile file, const SourceOptions& options);
std::unique_ptr<Sink> create_nifti(const Container& container, const std::string& path,
                                   const Format& format, const Encoding& like);

// nrrd.cc, nrrd_writing.cc
std::unique_ptr<Source> open_nrrd(InputFile file, const SourceOptions& options);
std::unique_ptr<Sink> create_nrrd(const Container& container, const std::string& path,
                                  const Format& format, const Encoding& like);

// metaimage.cc, metaimage_writing.cc
std::unique_ptr<Source> open_metaimage(InputFile file, const SourceOptions& options);
std::unique_ptr<Sink> create_metaimage(const Container& container, const std::string& path,
                                       const Format& format, const Encoding& like);
// zarr_store.cc, zarr_sink.cc
std::unique_ptr<Source> open_zarr(const std::string& path, const SourceOptions& options);
std::unique_ptr<Sink> create_zarr(const std::string& path, const Format& format,
                                  const Encoding& like, const StoreOptions& options);
Index held_by_zarr(const std::string& path, const Format& format, const Encoding& like);
std::string unfinished_zarr(const std::string& path);  // zarr_census.cc
Census census_of_zarr(const std::string& path);

// hdf5.cc, hdf5_sink.cc
bool is_hdf5_path(const std::string& path);
std::string hdf5_file_of(const std::string& path);
std::unique_ptr<Source> open_hdf5(const std::string& path, const SourceOptions& options);
std::unique_ptr<Sink> create_hdf5(const std::string& path, const Format& format,
                                  const Encoding& like, const StoreOptions& options);
Index held_by_hdf5(const std::string& path, const Format& format, const Encoding& like);
std::string unfinished_hdf5(const std::string& path);  // hdf5_census.cc
Census census_of_hdf5(const std::string& path);

// png.cc, jpeg.cc, tiff.cc, tiff_writing.cc
std::unique_ptr<Source> open_png(InputFile file, const SourceOptions& options);
std::unique_ptr<Sink> create_png(const Container& container, const std::string& path,
                                 const Format& format, const Encoding& like);
std::unique_ptr<Source> open_jpeg(InputFile file, const SourceOptions& options);
std::unique_ptr<Sink> create_jpeg(const Container& container, const std::string& path,
                                  const Format& format, const Encoding& like);
std::unique_ptr<Source> open_tiff(InputFile file, const SourceOptions& options);
std::unique_ptr<Sink> create_tiff(const Container& container, const std::string& path,
                                  const Format& format, const Encoding& like);
Index held_by_tiff(const std::string& path, const Format& format, const Encoding& like);

// openexr.cc, openexr_writing.cc
std::unique_ptr<Source> open_exr(InputFile file, const SourceOptions& options);
std::unique_ptr<Sink> create_exr(const Container& container, const std::string& path,
                                 const Format& format, const Encoding& like);

}  // namespace faltung
