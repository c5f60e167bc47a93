// The table of containers: who reads and writes what, found by content or by extension.
#include "engine/io/formats.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>

#include "engine/io/containers.h"
#include "engine/io/hdf5_bytes.h"
#include "engine/io/nifti_header.h"
#include "engine/io/samples.h"
#include "engine/io/zarr_store.h"

namespace faltung {
namespace {

using std::string_view;

constexpr Index kHeadBytes = kNiftiProbe;  // the longest mark: NIfTI's stands at the end

bool has(string_view head, std::size_t offset, string_view mark) {
  return head.size() >= offset + mark.size() && head.substr(offset, mark.size()) == mark;
}

bool is_wav(string_view head) {
  return (has(head, 0, "RIFF") || has(head, 0, "RIFX")) && has(head, 8, "WAVE");
}
bool is_rf64(string_view head) { return has(head, 0, "RF64") && has(head, 8, "WAVE"); }
bool is_w64(string_view head) { return has(head, 0, "riff") && has(head, 24, "wave"); }
bool is_flac(string_view head) { return has(head, 0, "fLaC"); }
bool is_aiff(string_view head) {
  return has(head, 0, "FORM") && (has(head, 8, "AIFF") || has(head, 8, "AIFC"));
}
bool is_opus(string_view head) { return has(head, 0, "OggS") && has(head, 28, "OpusHead"); }
bool is_ogg(string_view head) { return has(head, 0, "OggS"); }
bool is_npy(string_view head) { return has(head, 0, "\x93NUMPY"); }
bool is_hdf5(string_view head) { return has(head, 0, kHdf5Mark); }
bool is_png(string_view head) { return has(head, 0, "\x89PNG"); }
bool is_jpeg(string_view head) { return has(head, 0, "\xff\xd8\xff"); }
bool is_nrrd(string_view head) { return has(head, 0, "NRRD000"); }
bool is_metaimage(string_view head) {
  return has(head, 0, "ObjectType = Image") || has(head, 0, "ObjectType=Image");
}
bool is_exr(string_view head) { return has(head, 0, "\x76\x2f\x31\x01"); }
bool is_tiff(string_view head) {
  using namespace std::string_view_literals;
  return has(head, 0, "II*\0"sv) || has(head, 0, "MM\0*"sv) || has(head, 0, "II+\0"sv) ||
         has(head, 0, "MM\0+"sv);
}

constexpr std::array kContainers{
    Container{"wav", ".wav .wave", is_wav, open_sound, create_sound},
    Container{"rf64", ".rf64", is_rf64, open_sound, create_sound},
    Container{"w64", ".w64", is_w64, open_sound, create_sound},
    Container{"flac", ".flac", is_flac, open_sound, create_sound},
    Container{"aiff", ".aiff .aif .aifc", is_aiff, open_sound, create_sound},
    Container{"opus", ".opus", is_opus, open_sound, create_sound},
    Container{"ogg", ".ogg .oga", is_ogg, open_sound, create_sound},
    Container{"png", ".png", is_png, open_png, create_png, false, PlaceHeld::spacing},
    Container{"jpeg", ".jpg .jpeg", is_jpeg, open_jpeg, create_jpeg, false, PlaceHeld::spacing},
    Container{"tiff", ".tif .tiff", is_tiff, open_tiff, create_tiff, true, PlaceHeld::origin,
              nullptr, nullptr, nullptr, nullptr, held_by_tiff},
    Container{"openexr", ".exr", is_exr, open_exr, create_exr},
    Container{"npy", ".npy", is_npy, open_npy, create_npy},
    Container{"nifti", ".nii .nii.gz .hdr", NiftiHeader::is_nifti, open_nifti, create_nifti, true,
              PlaceHeld::directions},
    Container{"nrrd", ".nrrd .nhdr", is_nrrd, open_nrrd, create_nrrd, true, PlaceHeld::directions},
    Container{"metaimage", ".mha .mhd", is_metaimage, open_metaimage, create_metaimage, true,
              PlaceHeld::directions},
    Container{"zarr", ".zarr", nullptr, nullptr, nullptr, true, PlaceHeld::origin, is_zarr_path,
              zarr_root, open_zarr, create_zarr, held_by_zarr, unfinished_zarr, census_of_zarr,
              /*packs_chunks=*/true},
    Container{"hdf5", ".h5 .hdf5 .hdf", is_hdf5, nullptr, nullptr, true, PlaceHeld::origin,
              is_hdf5_path, hdf5_file_of, open_hdf5, create_hdf5, held_by_hdf5, unfinished_hdf5,
              census_of_hdf5, /*packs_chunks=*/false, /*only_lengths=*/true},
    Container{"csv", ".csv", nullptr, open_text, create_text},
    Container{"tsv", ".tsv .tab", nullptr, open_text, create_text},
    Container{"text", ".txt .dat", nullptr, open_text, create_text},
    Container{"raw", ".raw .pcm", nullptr, open_raw, create_raw},
    Container{"f32", ".f32", nullptr, open_raw, create_raw},
    Container{"s16", ".s16", nullptr, open_raw, create_raw},
};

bool lists(string_view extensions, string_view extension) {
  for (std::size_t begin = 0; begin < extensions.size();) {
    const auto end = std::min(extensions.find(' ', begin), extensions.size());
    if (extensions.substr(begin, end - begin) == extension) return true;
    begin = end + 1;
  }
  return false;
}

template <class Wanted>
const Container* find(Wanted&& wanted) {
  const auto found = std::find_if(kContainers.begin(), kContainers.end(), wanted);
  return found == kContainers.end() ? nullptr : &*found;
}

const Container* container_for_place(const std::string& path) {
  return find([&](const Container& c) { return c.claims && c.claims(path); });
}

// Of a place in a file, the file; of a place in a folder, the place.
std::string holder_if_file(const std::string& path) {
  std::error_code ignored;
  const std::string holder = holder_of(path);
  return std::filesystem::is_directory(holder, ignored) ? path : holder;
}

// Whether a path lies below a folder, links resolved.
bool is_within(const std::string& path, const std::string& folder) {
  std::error_code problem;
  const auto inner = std::filesystem::weakly_canonical(path, problem);
  const auto outer = std::filesystem::canonical(folder, problem);
  if (problem || !std::filesystem::is_directory(outer, problem)) return false;
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

const char* kind(int inner_rank) {
  constexpr std::array kinds{"series", "images", "volumes"};
  return inner_rank < 3 ? kinds[static_cast<std::size_t>(inner_rank)] : "arrays of higher rank";
}

}  // namespace

std::string extension_of(std::string_view path) {
  const auto name = path.substr(path.rfind('/') + 1);
  auto dot = name.rfind('.');
  std::string extension(dot == string_view::npos ? string_view() : name.substr(dot));
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (extension != ".gz" || dot == 0) return extension;
  const std::string before = extension_of(name.substr(0, dot));
  return before + extension;
}

const Container* container_for_path(string_view path) {
  if (path == "-") return container_named("raw");
  if (const Container* place = container_for_place(std::string(path))) return place;
  const std::string extension = extension_of(path);
  if (extension.empty()) return nullptr;
  return find([&](const Container& c) { return lists(c.extensions, extension); });
}

const Container* container_for_content(string_view head) {
  return find([&](const Container& c) { return c.sniff && c.sniff(head); });
}

const Container* container_named(string_view name) {
  return find([&](const Container& c) { return c.name == name; });
}

std::string holder_of(const std::string& path) {
  const Container* place = container_for_place(path);
  return place && place->holder ? place->holder(path) : path;
}

std::string known_extensions() {
  std::string result;
  for (const Container& c : kContainers)
    result += (result.empty() ? "" : " ") + std::string(c.extensions);
  return result;
}

void require_inner_rank(const Container& container, const Format& format, int least, int most) {
  const int rank = format.inner.rank();
  if (rank >= least && rank <= most) return;
  std::string held = kind(least);
  if (most > least) held += std::string(" and ") + kind(most);
  throw Error(Code::configuration, std::string(container.name) + " holds " + held +
                                       "; the signal is one of " + kind(rank) + " (" +
                                       format.text() + ")");
}

void require_picture(const Container& container, const Format& format, Index most_channels,
                     Index most_extent) {
  require_inner_rank(container, format, 1, 1);
  const std::string name = container.name;
  if (format.channels > most_channels) {
    throw Error(Code::configuration, name + " holds 1 to " + std::to_string(most_channels) +
                                         " channels; the signal has " +
                                         std::to_string(format.channels));
  }
  if (!format.extent) {
    throw Error(Code::configuration, name + " states its rows first; their number is not known");
  }
  const auto fits = [=](Index extent) { return extent >= 1 && extent <= most_extent; };
  if (fits(*format.extent) && fits(format.inner[0])) return;
  throw Error(Code::configuration, name + " holds 1 to " + std::to_string(most_extent) +
                                       " rows and columns; the signal is " + format.text());
}

const Container& container_for_input(const std::string& path) {
  if (const Container* place = container_for_place(path)) return *place;
  const Container* container = container_for_path(path);
  // A container without a mark could begin with anything: there the extension decides.
  if (container && !container->sniff) return *container;
  const InputFile file(path);
  if (const auto* found = container_for_content(file.bytes_at(0, kHeadBytes))) return *found;
  if (container) return *container;
  file.fail("unknown by content and by extension; allowed are " + known_extensions());
}

std::unique_ptr<Source> open_source(const std::string& path, const SourceOptions& options) {
  if (path == "-") return open_standard_input(options);
  const Container& container = container_for_input(path);
  if (container.open_place) return container.open_place(path, options);
  return container.open(InputFile(path), options);
}

bool Source::seek(Index, Index) { return false; }

void Sink::seek(Index, Index) {
  throw Error(Code::failure, "this output is written from its beginning to its end");
}

void Sink::salvage() { throw Error(Code::output, "nothing of it could be kept"); }

std::unique_ptr<Sink> create_sink(const std::string& path, const Format& format,
                                  const Encoding& like, const StoreOptions& options) {
  const Container* container = container_for_path(path);
  if (!container) {
    throw Error(Code::configuration, "cannot tell from '" + path + "' what to write; allowed are " +
                                         known_extensions() +
                                         ", and - for raw samples on standard output");
  }
  if (like.items > 1 && !container->holds_items) {
    throw Error(Code::configuration, std::string(container->name) +
                                         " holds one signal; the input has " +
                                         std::to_string(like.items) + ", one after the other");
  }
  if (like.chunks_per_file.rank() > 0 && !container->packs_chunks) {
    throw Error(Code::configuration,
                std::string(container->name) + " has no chunks in files; only Zarr stores have");
  }
  Encoding fitting = like;
  if (container->place != PlaceHeld::directions && like.description && like.description->affine) {
    fitting.description =
        std::make_shared<const Description>(without_directions(*like.description));
  }
  auto sink = container->create_place ? container->create_place(path, format, fitting, options)
                                      : container->create(*container, path, format, fitting);
  if (like.exact && sink->stored().sample != like.sample) {
    throw Error(Code::configuration,
                std::string(container->name) + " holds no " + name(like.sample) + " numbers");
  }
  return sink;
}

std::vector<std::string> lost_place(const std::string& path, const Description& description) {
  const Container* container = container_for_path(path);
  std::vector<std::string> lost;
  const auto lose = [&](const std::string& what) { lost.push_back(what + " is not carried on"); };
  if (is_turned(description) && !(container && container->place == PlaceHeld::directions)) {
    lose("holds no directions; that its axes x, y, z run " + directions_text(description));
  }
  const std::string spacing = unitless_spacing_text(description);
  if (!spacing.empty() && container && container->only_lengths) {
    lose("holds spacing and origin where all axes have a unit of length; spacing " + spacing);
  }
  return lost;
}

Index sink_memory_bytes(const std::string& path, const Format& format, const Encoding& like) {
  const Container* container = container_for_path(path);
  return container && container->held ? container->held(path, format, like) : 0;
}

bool can_be_shared(const std::string& path) {
  const Container* container = container_for_path(path);
  return container && container->census;
}

std::string shared_extensions() {
  std::string result;
  for (const Container& c : kContainers) {
    if (c.census) result += (result.empty() ? "" : " ") + std::string(c.extensions);
  }
  return result;
}

std::string unfinished_place(const std::string& path) {
  return container_for_path(path)->unfinished(path);
}

Census take_census(const std::string& path) { return container_for_path(path)->census(path); }

bool overlapping(const std::string& a, const std::string& b) {
  return same_file(a, b) || same_file(holder_if_file(a), holder_if_file(b)) || is_within(a, b) ||
         is_within(b, a);
}

}  // namespace faltung
