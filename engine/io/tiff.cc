// TIFF images and volumes read: slices, channels and time points a page each, spacing.
//
// Time points are items, pages of one channel each are channels, slices the stream axis; without
// slices the rows are. Of pictures whose channels are pages, as many pages are open at a time.
#include <algorithm>
#include <memory>

#include "engine/io/containers.h"
#include "engine/io/samples.h"
#include "engine/io/tiff_directories.h"
#include "engine/io/tiff_page.h"
#include "engine/io/tiff_stack.h"

namespace faltung {
namespace {

constexpr Index kReleaseBytes = 8 << 20;   // mapped pages are let go after so many bytes
constexpr Index kHeaderBytes = 8192;       // of the map, that a page's header touches
constexpr Index kMostPagesOpen = 64;       // of the channels of a picture
constexpr std::size_t kMostEntry = 65536;  // of a description that is carried on

TiffWords words_of(const InputFile& file, const TiffPage& page, Index pages) {
  TiffWords words;
  words.path = file.path();
  words.description = page.text(TIFFTAG_IMAGEDESCRIPTION);
  words.pages = pages;
  words.rows = page.geometry().rows;
  words.cols = page.geometry().cols;
  words.samples = page.geometry().channels;
  const TiffPage::Resolution resolution = page.resolution();
  const auto finite = [](double x) { return x > 1e-30 && x < 1e30 ? x : 0; };
  words.x_resolution = finite(resolution.x);
  words.y_resolution = finite(resolution.y);
  words.metres = resolution.unit == RESUNIT_INCH         ? 0.0254
                 : resolution.unit == RESUNIT_CENTIMETER ? 0.01
                                                         : 0;
  return words;
}

// What other programs state of the file's own layout (tifffile's shapes, …) ends with it.
bool is_prose(const std::string& text) {
  return !text.empty() && text[0] != '{' && text[0] != '<' && !is_imagej(text);
}

class TiffSource : public Source {
 public:
  explicit TiffSource(InputFile file) : map_(std::move(file)), pages_(tiff_pages(map_.file())) {
    open_page().go_to(pages_[0]);
    geometry_ = open_[0]->geometry();
    const TiffWords words = words_of(map_.file(), *open_[0], std::ssize(pages_));
    stack_ = tiff_stack(words);
    if (!is_volume() && stack_.channels > kMostPagesOpen) {
      map_.file().fail("a picture whose " + std::to_string(stack_.channels) +
                       " channels are pages; at most " + std::to_string(kMostPagesOpen) +
                       " are read");
    }
    while (!is_volume() && std::ssize(open_) < stack_.channels) open_page();
    set_format();
    describe(words);
    begin_item();
  }

  const Format& format() const override { return format_; }
  const Encoding& encoding() const override { return encoding_; }

  Index read(const Slab& out) override {
    if (item_ == encoding_.items) return 0;
    const Index count = std::min(out.extent, *format_.extent - position_);
    for (Index n = 0; n < count; ++n, ++position_) {
      if (is_volume()) {
        read_slice(out, n * geometry_.rows);
      } else {
        read_line(out, n);
      }
    }
    if (count > 0 || ++item_ == encoding_.items) return count;
    position_ = 0;
    begin_item();
    return 0;
  }

  Index memory_bytes() const override {
    Index bytes = 0;
    for (const auto& page : open_) bytes += page->memory_bytes();
    return bytes;
  }

  bool seek(Index item, Index position) override {
    item_ = item;
    position_ = position;
    begin_item();
    return true;
  }

 private:
  bool is_volume() const { return stack_.slices > 1; }

  TiffPage& open_page() { return *open_.emplace_back(std::make_unique<TiffPage>(map_)); }

  void set_format() {
    format_.channels = stack_.channels * geometry_.channels;
    format_.type = slab_type(geometry_.sample());
    format_.extent = is_volume() ? stack_.slices : geometry_.rows;
    if (is_volume()) format_.inner.push_back(geometry_.rows);
    format_.inner.push_back(geometry_.cols);
    encoding_.container = "tiff";
    encoding_.sample = geometry_.sample();
    encoding_.full_scale = full_scale_of(encoding_.sample);
    encoding_.items = stack_.times;
    encoding_.notes = stack_.notes;
  }

  void describe(const TiffWords& words) {
    const std::string& text = words.description;
    const bool structured = is_ome_xml(text) || is_imagej(text);
    const bool carried = is_prose(text) && text.size() <= kMostEntry;
    if (!stack_.stated && !carried) return;
    Description description;
    if (stack_.times > 1) description.items.push_back(stack_.t);
    if (stack_.channels > 1) description.channels.push_back({"c", stack_.channels, 1, 0, "", 0});
    if (geometry_.channels > 1)
      description.channels.push_back({"s", geometry_.channels, 1, 0, "", 0});
    if (is_volume()) description.space.push_back(stack_.z);
    description.space.push_back(stack_.y);
    description.space.push_back(stack_.x);
    if (carried) description.entries["ImageDescription"] = text;
    description.container = structured ? "ome-tiff" : "tiff";
    encoding_.description = std::make_shared<Description>(std::move(description));
  }

  // The page of a channel's plane, in the file.
  void place(TiffPage& page, Index slice, Index channel) {
    const Index number = stack_.page(item_, slice, channel);
    page.go_to(pages_[static_cast<std::size_t>(number)]);
    read_bytes_ += kHeaderBytes;
    if (page.geometry() == geometry_) return;
    map_.file().fail("page " + std::to_string(number + 1) +
                     " differs from the first in size or type: not the slices of a volume");
  }

  void begin_item() {
    for (Index c = 0; !is_volume() && c < stack_.channels; ++c) {
      place(*open_[static_cast<std::size_t>(c)], 0, c);
    }
  }

  void read_slice(const Slab& out, Index first_row) {
    for (Index c = 0; c < stack_.channels; ++c) {
      place(*open_[0], position_, c);
      for (Index r = 0; r < geometry_.rows; ++r) {
        open_[0]->read_row(r, channels_of(out, c), (first_row + r) * geometry_.cols);
        release_now_and_then();
      }
    }
  }

  void read_line(const Slab& out, Index n) {
    for (Index c = 0; c < stack_.channels; ++c) {
      open_[static_cast<std::size_t>(c)]->read_row(position_, channels_of(out, c),
                                                   n * geometry_.cols);
      release_now_and_then();
    }
  }

  Slab channels_of(const Slab& out, Index page) const {
    return out.some_channels(page * geometry_.channels, geometry_.channels);
  }

  void release_now_and_then() {
    read_bytes_ += geometry_.channels * geometry_.bits / 8 * geometry_.cols;
    if (read_bytes_ < kReleaseBytes) return;
    map_.release(0, map_.size());
    read_bytes_ = 0;
  }

  MappedFile map_;
  std::vector<Index> pages_;                     // offsets
  std::vector<std::unique_ptr<TiffPage>> open_;  // one; of a picture, one for each page of channels
  TiffGeometry geometry_;
  TiffStack stack_;
  Format format_;
  Encoding encoding_;
  Index item_ = 0;
  Index position_ = 0;
  Index read_bytes_ = 0;  // since the map's pages were let go
};

}  // namespace

std::unique_ptr<Source> open_tiff(InputFile file, const SourceOptions&) {
  return std::make_unique<TiffSource>(std::move(file));
}

}  // namespace faltung
