// The tags of an XML text, one after the other, with their attributes; nothing is expanded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace faltung {

struct XmlTag {
  std::string name;  // without a namespace
  bool closes = false;
  std::vector<std::pair<std::string, std::string>> attributes;

  const std::string* find(std::string_view attribute) const noexcept;  // null: has none
};

// Comments, CDATA and text between tags are passed over. The five named entities and numeric ones
// are understood in attributes; a DOCTYPE, with which others would come, is refused.
class XmlTags {
 public:
  // The text must outlive it; `where` begins each message.
  XmlTags(std::string_view text, std::string where);

  std::optional<XmlTag> next();  // throws Error{input} for what is not well formed

 private:
  bool skip(std::string_view begin, std::string_view end);
  XmlTag tag(std::string_view inside) const;
  std::string value(std::string_view raw) const;
  [[noreturn]] void fail(const std::string& reason) const;

  std::string_view text_;
  std::string where_;
  std::size_t at_ = 0;
};

}  // namespace faltung
