// YAML text -> the tree that stages read.
#include "engine/pipeline/yaml.h"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <sstream>
#include <unordered_set>

namespace faltung {
namespace {

constexpr int kDeepest = 64;
constexpr long kMostNodes = 2'000'000;  // an inline kernel of a million taps is still read

Position position_of(const YAML::Mark& mark) {
  return mark.is_null() ? Position{} : Position{mark.line + 1, mark.column + 1};
}

// Where the last document began; of no interest otherwise.
class DocumentStart : public YAML::EventHandler {
 public:
  const YAML::Mark& mark() const noexcept { return mark_; }

  void OnDocumentStart(const YAML::Mark& mark) override { mark_ = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  YAML::Mark mark_ = YAML::Mark::null_mark();
};

// Before anything is built: of a stray ',' yaml-cpp makes documents without end.
void refuse_second_document(const std::string& text, const std::string& file) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentStart start;
  if (!parser.HandleNextDocument(start) || !parser.HandleNextDocument(start)) return;
  throw Error(Code::configuration, Located(file).place(position_of(start.mark())) +
                                       "a second document begins; a pipeline is one");
}

class Converter {
 public:
  explicit Converter(const std::string& file) : located_(file) {}

  Node convert(const YAML::Node& from, int depth) {
    Node node;
    node.position = position_of(from.Mark());
    if (depth > kDeepest) {
      located_.refuse(node, "nested deeper than " + std::to_string(kDeepest) + " levels");
    }
    if (++count_ > kMostNodes) {
      located_.refuse(node, "more than " + std::to_string(kMostNodes) + " values");
    }
    if (from.IsScalar()) {
      node.kind = Node::Kind::scalar;
      node.text = from.Scalar();
    } else if (from.IsSequence()) {
      node.kind = Node::Kind::list;
      for (const YAML::Node& item : from) node.items.push_back(convert(item, depth + 1));
    } else if (from.IsMap()) {
      node.kind = Node::Kind::map;
      std::unordered_set<std::string> names;
      for (const auto& entry : from) add_entry(node, names, entry.first, entry.second, depth);
    }
    return node;
  }

 private:
  void add_entry(Node& map, std::unordered_set<std::string>& names, const YAML::Node& key,
                 const YAML::Node& value, int depth) {
    Node name = convert(key, depth + 1);
    if (name.kind != Node::Kind::scalar) {
      located_.refuse(name, "expected a name before ':', got " + name.description());
    }
    if (!names.insert(name.text).second) {
      located_.refuse(name, "key '" + name.text + "' is there twice");
    }
    Node converted = convert(value, depth + 1);
    // What is left out has no place of its own: yaml-cpp names whatever follows it.
    if (converted.kind == Node::Kind::null) converted.position = name.position;
    map.entries.push_back({std::move(name), std::move(converted)});
  }

  Located located_;
  long count_ = 0;
};

}  // namespace

Node parse_yaml(const std::string& text, const std::string& file) {
  YAML::Node document;
  try {
    refuse_second_document(text, file);
    document = YAML::Load(text);
  } catch (const YAML::DeepRecursion& error) {
    throw Error(Code::configuration, Located(file).place(position_of(error.mark)) +
                                         "nested deeper than " + std::to_string(kDeepest) +
                                         " levels");
  } catch (const YAML::Exception& error) {
    throw Error(Code::configuration,
                Located(file).place(position_of(error.mark)) + "not YAML: " + error.msg);
  }
  if (document.IsNull()) {
    throw Error(Code::configuration, file + ":1:1: the file is empty; a pipeline has 'stages:'");
  }
  return Converter(file).convert(document, 0);
}

}  // namespace faltung
