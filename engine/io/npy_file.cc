// A .npy file: its header (versions 1 to 3), and its elements mapped into memory.
#include "engine/io/npy_file.h"

#include <cctype>
#include <charconv>
#include <cstring>

namespace faltung {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr Index kMostHeaderBytes = 64 * 1024;  // a plain array's needs about a hundred

// A cursor over the header's Python dictionary; only what numpy writes is understood.
struct Cursor {
  const InputFile& file;
  std::string_view rest;

  [[noreturn]] void fail() const {
    file.fail("corrupt .npy header near '" + std::string(rest.substr(0, 20)) + "'");
  }
  bool take(std::string_view token) {
    while (!rest.empty() && std::isspace(static_cast<unsigned char>(rest[0])))
      rest.remove_prefix(1);
    if (rest.substr(0, token.size()) != token) return false;
    rest.remove_prefix(token.size());
    return true;
  }
  void need(std::string_view token) {
    if (!take(token)) fail();
  }
  std::string_view quoted() {
    const std::string_view quote = take("'") ? "'" : "\"";
    if (quote == "\"") need(quote);
    const auto end = rest.find(quote);
    if (end == rest.npos) fail();
    const auto text = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return text;
  }
  Index integer() {
    take("");
    Index value = 0;
    const auto [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (problem != std::errc()) fail();
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    take("L");  // Python 2 wrote longs so
    return value;
  }
};

void read_type(Cursor& in, NpyHeader& header) {
  if (in.take("[")) in.file.fail(std::string("a structured array; ") + kNumberTypes);
  const std::string descr(in.quoted());
  const bool plain =
      descr.size() == 3 && std::strchr("<>|=", descr[0]) && descr[2] >= '1' && descr[2] <= '8';
  const std::string type = plain ? descr.substr(1) : descr;
  if (type.size() == 2) header.type = {type[0], type[1] - '0', false};
  if (type.size() != 2 || !is_allowed(header.type)) {
    in.file.fail("elements of type '" + descr + "'; " + kNumberTypes);
  }
  header.type.swapped = descr[0] == '>' && header.type.bytes > 1;
}

void read_shape(Cursor& in, NpyHeader& header) {
  in.need("(");
  while (!in.take(")")) {
    const Index extent = in.integer();
    if (extent < 0) {
      in.file.fail("header states an extent of " + std::to_string(extent) +
                   "; allowed are 1 and more");
    }
    if (header.shape.rank() == kMaxRank) {
      in.file.fail("more than " + std::to_string(kMaxRank) + " axes");
    }
    header.shape.push_back(extent);
    if (!in.take(",") && (in.need(")"), true)) break;
  }
}

// Refuses a shape that the file's bytes cannot hold, without multiplying past 64 bits.
void check_size(const InputFile& file, const NpyHeader& header) {
  const Index room = (file.size() - header.data_offset) / header.type.bytes;
  for (const Index extent : header.shape) {
    if (extent == 0) file.fail("has no elements (shape " + header.shape.text() + ")");
  }
  try {
    checked_product(header.shape, room);
  } catch (const Error&) {
    file.fail("truncated: header states " + header.shape.text() + " elements of " +
              std::to_string(header.type.bytes) + " bytes, " + std::to_string(room) + " are there");
  }
}

}  // namespace

NpyHeader read_npy_header(const InputFile& file) {
  const std::string start = file.bytes_at(0, 12);
  if (start.size() < 12 || start.compare(0, kMagic.size(), kMagic) != 0) {
    file.fail("not a .npy file");
  }
  const auto byte = [&](std::size_t i) {
    return static_cast<Index>(static_cast<unsigned char>(start[i]));
  };
  const Index version = byte(6);
  if (version < 1 || version > 3) {
    file.fail(".npy version " + std::to_string(version) + "; allowed are 1 to 3");
  }
  const Index text_begin = version == 1 ? 10 : 12;
  Index text_bytes = byte(8) + (byte(9) << 8);
  if (version > 1) text_bytes += (byte(10) << 16) + (byte(11) << 24);
  if (text_bytes > kMostHeaderBytes || text_begin + text_bytes > file.size()) {
    file.fail("truncated: the .npy header states " + std::to_string(text_bytes) + " bytes of text");
  }
  NpyHeader header;
  header.data_offset = text_begin + text_bytes;
  const std::string text = file.bytes_at(text_begin, text_bytes);
  Cursor in{file, text};
  in.need("{");
  int seen = 0;  // one bit for each of the three keys
  while (!in.take("}")) {
    const auto key = in.quoted();
    in.need(":");
    const int bit = key == "descr" ? 1 : key == "fortran_order" ? 2 : key == "shape" ? 4 : 0;
    if (bit == 0 || seen & bit) in.fail();
    seen |= bit;
    if (bit == 1) read_type(in, header);
    if (bit == 2) header.fortran = in.take("True") || (in.need("False"), false);
    if (bit == 4) read_shape(in, header);
    in.take(",");
  }
  if (seen != 7) in.fail();
  check_size(file, header);
  return header;
}

std::string npy_header(const std::string& descr, const Shape& shape, std::size_t bytes) {
  std::string text = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (";
  for (Index extent : shape) text += std::to_string(extent) + ", ";
  if (shape.rank() > 1) text.resize(text.size() - 2);
  if (shape.rank() == 1) text.resize(text.size() - 1);
  text += "), }";
  constexpr std::size_t kStart = 10;
  if (bytes == 0) bytes = (kStart + text.size() + 1 + 63) / 64 * 64;
  text.resize(bytes - kStart - 1, ' ');
  text += '\n';
  std::string result(kMagic);
  result +=
      {'\x01', '\x00', static_cast<char>(text.size() & 255), static_cast<char>(text.size() >> 8)};
  return result + text;
}

NpyFile::NpyFile(InputFile file) : file_(std::move(file)), header_(read_npy_header(file_.file())) {
  strides_ = row_major_strides(header_.shape);
  if (header_.fortran) {
    Index stride = 1;
    for (int axis = 0; axis < header_.shape.rank(); stride *= header_.shape[axis++]) {
      strides_[axis] = stride;
    }
  }
}

template <class T>
void NpyFile::convert(Index first, Index stride, Index count, T* to) const {
  const char* from = file_.data() + header_.data_offset + first * header_.type.bytes;
  convert_numbers(header_.type, from, stride * header_.type.bytes, count, to);
}

template void NpyFile::convert(Index, Index, Index, float*) const;
template void NpyFile::convert(Index, Index, Index, double*) const;

void NpyFile::release(Index first, Index count) const noexcept {
  file_.release(header_.data_offset + first * header_.type.bytes, count * header_.type.bytes);
}

}  // namespace faltung
