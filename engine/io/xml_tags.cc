// The tags of an XML text, one after the other, with their attributes; nothing is expanded.
#include "engine/io/xml_tags.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "engine/nd/error.h"

namespace faltung {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

constexpr std::pair<std::string_view, char> kEntities[] = {
    {"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};

std::string_view without_namespace(std::string_view name) {
  return name.substr(name.find(':') == name.npos ? 0 : name.find(':') + 1);
}

// UTF-8; nothing where there is no such character.
std::string encoded(std::uint32_t code) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | (code >> shift & 0x3f)); };
  const auto lead = [&](unsigned mark, int shift) {
    return static_cast<char>(mark | code >> shift);
  };
  if (code == 0 || code > 0x10ffff) return "";
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {lead(0xc0, 6), tail(0)};
  if (code < 0x10000) return {lead(0xe0, 12), tail(6), tail(0)};
  return {lead(0xf0, 18), tail(12), tail(6), tail(0)};
}

std::string numeric_entity(std::string_view name) {
  const bool hexadecimal = name.starts_with("#x");
  const std::string_view digits = name.substr(hexadecimal ? 2 : 1);
  std::uint32_t code = 0;
  const auto [end, problem] =
      std::from_chars(digits.data(), digits.data() + digits.size(), code, hexadecimal ? 16 : 10);
  const bool whole = problem == std::errc() && end == digits.data() + digits.size();
  return whole ? encoded(code) : "";
}

std::string entity(std::string_view name) {
  if (name.starts_with('#')) return numeric_entity(name);
  for (const auto& [known, character] : kEntities) {
    if (name == known) return {character};
  }
  return "";
}

}  // namespace

const std::string* XmlTag::find(std::string_view attribute) const noexcept {
  const auto found = std::find_if(attributes.begin(), attributes.end(),
                                  [&](const auto& a) { return a.first == attribute; });
  return found == attributes.end() ? nullptr : &found->second;
}

XmlTags::XmlTags(std::string_view text, std::string where)
    : text_(text), where_(std::move(where)) {}

std::optional<XmlTag> XmlTags::next() {
  while (true) {
    at_ = text_.find('<', at_);
    if (at_ == text_.npos) return std::nullopt;
    if (skip("<!--", "-->") || skip("<?", "?>") || skip("<![CDATA[", "]]>")) continue;
    if (text_.substr(at_).starts_with("<!")) fail("declarations (<!DOCTYPE) are not read");
    char quote = 0;
    std::size_t end = at_ + 1;
    for (; end < text_.size() && (quote || text_[end] != '>'); ++end) {
      const char c = text_[end];
      if (quote ? c == quote : c == '"' || c == '\'') quote = quote ? 0 : c;
    }
    if (end == text_.size()) fail("a tag that does not end");
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return tag(inside);
  }
}

bool XmlTags::skip(std::string_view begin, std::string_view end) {
  if (!text_.substr(at_).starts_with(begin)) return false;
  const std::size_t found = text_.find(end, at_ + begin.size());
  if (found == text_.npos) fail("'" + std::string(begin) + "' without '" + std::string(end) + "'");
  at_ = found + end.size();
  return true;
}

XmlTag XmlTags::tag(std::string_view inside) const {
  XmlTag result;
  if (inside.starts_with('/')) result.closes = true, inside.remove_prefix(1);
  if (inside.ends_with('/')) inside.remove_suffix(1);
  std::size_t at = std::min(inside.find_first_of(kSpace), inside.size());
  result.name = without_namespace(inside.substr(0, at));
  while ((at = inside.find_first_not_of(kSpace, at)) != inside.npos) {
    const std::size_t equals = inside.find('=', at);
    const std::size_t open = inside.find_first_of("\"'", at);
    if (equals == inside.npos || open == inside.npos || open < equals)
      fail("an attribute without value");
    const std::size_t close = inside.find(inside[open], open + 1);
    if (close == inside.npos) fail("an attribute that does not end");
    std::string_view name = inside.substr(at, equals - at);
    name = name.substr(0, std::min(name.find_first_of(kSpace), name.size()));
    result.attributes.emplace_back(without_namespace(name),
                                   value(inside.substr(open + 1, close - open - 1)));
    at = close + 1;
  }
  return result;
}

std::string XmlTags::value(std::string_view raw) const {
  std::string result;
  for (std::size_t at = 0; at < raw.size();) {
    if (raw[at] != '&') {
      result += raw[at++];
      continue;
    }
    const std::size_t end = raw.find(';', at);
    const std::string text = end == raw.npos ? "" : entity(raw.substr(at + 1, end - at - 1));
    if (text.empty()) fail("an unknown entity '" + std::string(raw.substr(at, 12)) + "'");
    result += text;
    at = end + 1;
  }
  return result;
}

void XmlTags::fail(const std::string& reason) const {
  throw Error(Code::input, where_ + ": " + reason);
}

}  // namespace faltung
