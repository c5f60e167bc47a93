// OME-XML in the first page of a TIFF: which page is which plane, and how large a voxel is.
#include <algorithm>
#include <cmath>
#include <set>

#include "engine/io/text_header.h"
#include "engine/io/tiff_stack.h"
#include "engine/io/units.h"
#include "engine/io/xml_tags.h"
#include "engine/nd/error.h"

namespace faltung {
namespace {

constexpr std::size_t kSniffed = 4096;  // where the root element must stand
constexpr std::uint32_t kNoPage = 0xffffffff;

// A run of planes and of the pages that hold them; -1: not stated.
struct Block {
  Index page = -1, c = 0, z = 0, t = 0, count = -1;
};

class Reader {
 public:
  explicit Reader(const TiffWords& words) : words_(words), where_(words.path + ": OME-XML") {}

  TiffStack stack() {
    XmlTags tags(words_.description, where_);
    while (const auto tag = tags.next()) {
      if (!tag->closes) take(*tag);
    }
    if (images_ == 0) fail("states no image, or one in another file; such sets are not read");
    if (files_.size() > 1) fail("states planes in several files; such sets are not read");
    place_planes();
    stack_.stated = true;
    if (images_ > 1) {
      stack_.notes.push_back("its first image is read, of " + std::to_string(images_));
    }
    return stack_;
  }

 private:
  void take(const XmlTag& tag) {
    if (tag.name == "Pixels" && ++images_ == 1) take_pixels(tag);
    if (images_ != 1) return;
    if (tag.name == "TiffData") take_block(tag);
    if (tag.name == "Plane") take_position(tag);
    const std::string* file = tag.name == "UUID" ? tag.find("FileName") : nullptr;
    if (file) files_.insert(*file);
  }

  void take_pixels(const XmlTag& tag) {
    const Index samples = words_.samples, channels = extent(tag, "SizeC");
    if (extent(tag, "SizeX") != words_.cols || extent(tag, "SizeY") != words_.rows ||
        channels % samples != 0) {
      fail("states " + std::to_string(extent(tag, "SizeX")) + "x" +
           std::to_string(extent(tag, "SizeY")) + " pixels of " + std::to_string(channels) +
           " channels, the first page has " + std::to_string(words_.cols) + "x" +
           std::to_string(words_.rows) + " of " + std::to_string(samples));
    }
    stack_.channels = channels / samples;
    stack_.slices = extent(tag, "SizeZ");
    stack_.times = extent(tag, "SizeT");
    read_spacing(tag, "PhysicalSizeX", stack_.x);
    read_spacing(tag, "PhysicalSizeY", stack_.y);
    read_spacing(tag, "PhysicalSizeZ", stack_.z);
    read_spacing(tag, "TimeIncrement", stack_.t);
    const std::string* order = tag.find("DimensionOrder");
    order_ = order ? *order : "XYCZT";
    std::string sorted = order_.substr(std::min<std::size_t>(order_.size(), 2));
    std::sort(sorted.begin(), sorted.end());
    if (!order_.starts_with("XY") || sorted != "CTZ") fail("states the order '" + order_ + "'");
  }

  void take_block(const XmlTag& tag) {
    Block block;
    block.c = number(tag, "FirstC", 0);
    block.z = number(tag, "FirstZ", 0);
    block.t = number(tag, "FirstT", 0);
    block.page = number(tag, "IFD", -1);
    block.count = number(tag, "PlaneCount", -1);
    blocks_.push_back(block);
  }

  void read_spacing(const XmlTag& tag, const std::string& name, FileAxis& axis) const {
    const std::string* size = tag.find(name);
    if (!size) return;
    axis.spacing = number_of(where_, name, *size);
    const std::string* unit = tag.find(name + "Unit");
    axis.unit = unit ? unit_named(*unit) : axis.name == "t" ? "s" : "micrometer";
    if (!std::isfinite(axis.spacing)) fail(name + " is not finite");
  }

  // The first plane lies at the origin of all.
  void take_position(const XmlTag& tag) {
    for (const char* number : {"TheZ", "TheC", "TheT"}) {
      const std::string* text = tag.find(number);
      if (!text || *text != "0") return;
    }
    read_position(tag, "PositionX", stack_.x);
    read_position(tag, "PositionY", stack_.y);
    read_position(tag, "PositionZ", stack_.z);
  }

  // In the axis' unit; what is not in a length is known where the spacing is not either.
  void read_position(const XmlTag& tag, const std::string& name, FileAxis& axis) const {
    const std::string* position = tag.find(name);
    if (!position) return;
    const std::string* stated = tag.find(name + "Unit");
    const double metres = stated ? metres_of(unit_named(*stated)) : 0, own = metres_of(axis.unit);
    if ((metres > 0) != (own > 0)) return;
    axis.origin = number_of(where_, name, *position) * (own > 0 ? metres / own : 1);
    if (!std::isfinite(axis.origin)) fail(name + " is not finite");
  }

  Index number(const XmlTag& tag, const char* name, Index otherwise) const {
    const std::string* text = tag.find(name);
    const Index value = text ? integer_of(where_, name, *text) : otherwise;
    if (value >= otherwise && value <= words_.pages) return value;
    fail(std::string(name) + "=" + std::to_string(value) + ", the file has " +
         std::to_string(words_.pages) + " pages");
  }

  Index extent(const XmlTag& tag, const char* name) const {
    const std::string* text = tag.find(name);
    const Index value = text ? integer_of(where_, name, *text) : 1;
    if (value >= 1) return value;
    fail(std::string(name) + "=" + std::to_string(value) + "; allowed are 1 and more");
  }

  // How many planes apart neighbours along an axis are, in the file's order.
  Index stride(char axis) const {
    Index stride = 1;
    for (std::size_t i = 2; order_[i] != axis; ++i) stride *= extent_of(order_[i]);
    return stride;
  }
  Index extent_of(char axis) const {
    return axis == 'C' ? stack_.channels : axis == 'Z' ? stack_.slices : stack_.times;
  }

  void place_planes() {
    const Shape claim{stack_.times, stack_.slices, stack_.channels};
    const auto most = static_cast<double>(words_.pages);
    if (static_cast<double>(claim[0]) * static_cast<double>(claim[1]) *
            static_cast<double>(claim[2]) >
        most) {
      fail("states " + claim.text() + " planes, the file has " + std::to_string(words_.pages) +
           " pages");
    }
    if (blocks_.empty()) blocks_.push_back({});
    stack_.pages.assign(static_cast<std::size_t>(claim.product()), kNoPage);
    for (const Block& block : blocks_) place(block, claim.product());
    for (std::uint32_t page : stack_.pages) {
      if (page == kNoPage) fail("names no page for some of its " + claim.text() + " planes");
    }
  }

  // As the schema has it: a page alone holds one plane, a block without either holds all.
  void place(const Block& block, Index planes) {
    const Index first = block.c * stride('C') + block.z * stride('Z') + block.t * stride('T');
    const Index count = block.count >= 0 ? block.count : block.page >= 0 ? 1 : planes - first;
    const Index page = std::max<Index>(block.page, 0);
    placed_ += count;
    if (count < 1 || first + count > planes || page + count > words_.pages || placed_ > planes) {
      fail("states planes " + std::to_string(first) + " to " + std::to_string(first + count - 1) +
           " in pages from " + std::to_string(page) + " on; there are " + std::to_string(planes) +
           " planes, each stated once, the file has " + std::to_string(words_.pages) + " pages");
    }
    for (Index i = 0; i < count; ++i) {
      const Index plane = first + i;
      const Index c = plane / stride('C') % stack_.channels;
      const Index z = plane / stride('Z') % stack_.slices, t = plane / stride('T') % stack_.times;
      const Index at = (t * stack_.slices + z) * stack_.channels + c;
      stack_.pages[static_cast<std::size_t>(at)] = static_cast<std::uint32_t>(page + i);
    }
  }

  [[noreturn]] void fail(const std::string& reason) const {
    throw Error(Code::input, where_ + " " + reason);
  }

  const TiffWords& words_;
  std::string where_;
  TiffStack stack_;
  std::string order_;
  std::vector<Block> blocks_;
  std::set<std::string> files_;
  Index images_ = 0, placed_ = 0;
};

std::string attribute(const std::string& name, const std::string& value) {
  return " " + name + "=\"" + value + "\"";
}

std::string spacing_attributes(const std::string& name, const FileAxis& axis) {
  const bool stated = axis.spacing != 1 || !axis.unit.empty();
  if (!stated || !(axis.spacing > 0)) return "";
  const char* unit = ome_unit(axis.unit);
  const bool time = axis.name == "t";
  return attribute(name, text_of(axis.spacing)) + attribute(name + "Unit", unit   ? unit
                                                                           : time ? "s"
                                                                                  : "pixel");
}

std::string position_attributes(const std::string& name, const FileAxis& axis) {
  const char* unit = metres_of(axis.unit) > 0 ? ome_unit(axis.unit) : "reference frame";
  return attribute(name, text_of(axis.origin)) + attribute(name + "Unit", unit);
}

// Where the first plane lies, if that is stated.
std::string first_plane(const OmeWords& words) {
  if (words.x.origin == 0 && words.y.origin == 0 && words.z.origin == 0) return "";
  return "<Plane TheZ=\"0\" TheT=\"0\" TheC=\"0\"" + position_attributes("PositionX", words.x) +
         position_attributes("PositionY", words.y) +
         (words.slices > 1 ? position_attributes("PositionZ", words.z) : "") + "/>\n";
}

}  // namespace

bool is_ome_xml(const std::string& description) {
  const std::string head = description.substr(0, kSniffed);
  return head.find("<OME ") != head.npos || head.find(":OME ") != head.npos;
}

TiffStack ome_stack(const TiffWords& words) { return Reader(words).stack(); }

std::string ome_xml(const OmeWords& words) {
  constexpr const char* kSchema = "http://www.openmicroscopy.org/Schemas/OME/2016-06";
  const auto count = [](const char* name, Index n) { return attribute(name, std::to_string(n)); };
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OME" + attribute("xmlns", kSchema) +
      attribute("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance") +
      attribute("xsi:schemaLocation", std::string(kSchema) + " " + kSchema + "/ome.xsd") +
      ">\n<Image ID=\"Image:0\" Name=\"Image0\">\n<Pixels ID=\"Pixels:0\"" +
      attribute("DimensionOrder", "XYCZT") + attribute("Type", words.type) +
      count("SizeX", words.x.extent) + count("SizeY", words.y.extent) +
      count("SizeZ", words.slices) + count("SizeC", words.channels * words.samples) +
      count("SizeT", words.times) + spacing_attributes("PhysicalSizeX", words.x) +
      spacing_attributes("PhysicalSizeY", words.y);
  if (words.slices > 1) text += spacing_attributes("PhysicalSizeZ", words.z);
  if (words.times > 1) text += spacing_attributes("TimeIncrement", words.t);
  text += ">\n";
  for (Index c = 0; c < words.channels; ++c) {
    text += "<Channel" + attribute("ID", "Channel:0:" + std::to_string(c)) +
            count("SamplesPerPixel", words.samples) + "/>\n";
  }
  const Index planes = words.slices * words.times * words.channels;
  return text + "<TiffData IFD=\"0\"" + count("PlaneCount", planes) + "/>\n" + first_plane(words) +
         "</Pixels>\n</Image>\n</OME>\n";
}

}  // namespace faltung
