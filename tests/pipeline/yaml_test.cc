// YAML text to a tree: positions, and what is refused.
#include "engine/pipeline/yaml.h"

#include <doctest/doctest.h>

#include "engine/nd/error.h"

using namespace faltung;

namespace {

std::string refusal(const std::string& text) {
  try {
    parse_yaml(text, "p.yaml");
  } catch (const Error& error) {
    CHECK(error.code() == Code::configuration);
    return error.what();
  }
  return "accepted";
}

std::string place(const Node& node) {
  return std::to_string(node.position.line) + ":" + std::to_string(node.position.column);
}

}  // namespace

TEST_CASE("yaml: every value knows its line and column") {
  const Node root =
      parse_yaml("stages:\n  - gain: {db: -6}\n  - mix:\n      matrix: [[1, 2]]\n", "p");
  REQUIRE(root.kind == Node::Kind::map);
  CHECK(place(root) == "1:1");
  const Node& stages = *root.find("stages");
  REQUIRE(stages.items.size() == 2);
  CHECK(place(stages.items[0].entries[0].key) == "2:5");
  CHECK(place(*stages.items[0].entries[0].value.find("db")) == "2:16");
  CHECK(stages.items[0].entries[0].value.find("db")->text == "-6");
  CHECK(place(stages.items[1].entries[0].value.find("matrix")->items[0].items[1]) == "4:20");
  CHECK(root.find("rate") == nullptr);
}

TEST_CASE("yaml: a value left out stands where its key stands") {
  const Node root = parse_yaml("a: 1\nb:\nc: 3\n", "p");
  CHECK(root.find("b")->kind == Node::Kind::null);
  CHECK(place(*root.find("b")) == "2:1");
}

TEST_CASE("yaml: a quoted text is a text, and nothing is nothing") {
  const Node root = parse_yaml("a: ''\nb: ~\nc: \"null\"\n", "p");
  CHECK(root.find("a")->kind == Node::Kind::scalar);
  CHECK(root.find("b")->kind == Node::Kind::null);
  CHECK(root.find("c")->text == "null");
}

TEST_CASE("yaml: refuses what is not one tree of words") {
  CHECK(refusal("") == "p.yaml:1:1: the file is empty; a pipeline has 'stages:'");
  CHECK(refusal("# only a comment\n") == "p.yaml:1:1: the file is empty; a pipeline has 'stages:'");
  CHECK(refusal("a: 1\n---\nb: 2\n") == "p.yaml:2:1: a second document begins; a pipeline is one");
  for (const char* endless : {",", "a: 1\n,", "]", "? a\n}"}) CHECK(refusal(endless) != "");
  CHECK(refusal("a: 1\nb: {c: 1,\n    c: 2}\n") == "p.yaml:3:5: key 'c' is there twice");
  CHECK(refusal("a: 1\na: 2\n") == "p.yaml:2:1: key 'a' is there twice");
  CHECK(refusal("? [a]\n: 1\n") == "p.yaml:1:3: expected a name before ':', got a list");
  CHECK(refusal("a: [1, 2\n").starts_with("p.yaml:2:1: not YAML: "));
  CHECK(refusal("a:\n\t- b\n").starts_with("p.yaml:2:2: not YAML: "));
  CHECK(refusal("a: *b\n") == "p.yaml:1:4: not YAML: the referenced anchor is not defined");
}

TEST_CASE("yaml: anchors work, and cannot make a short text endless") {
  const Node root = parse_yaml("a: &taps [1, 2]\nb: *taps\n", "p");
  CHECK(root.find("b")->items.size() == 2);
  CHECK(refusal("a: &a [*a]\n").find("nested deeper than 64 levels") != std::string::npos);
  std::string bomb = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (int level = 1; level < 12; ++level) {
    const std::string name = "a" + std::to_string(level);
    const std::string last = "*a" + std::to_string(level - 1);
    bomb += name + ": &" + name + " [" + last;
    for (int i = 1; i < 10; ++i) bomb += ", " + last;
    bomb += "]\n";
  }
  CHECK(refusal(bomb).ends_with("more than 2000000 values"));
}

TEST_CASE("yaml: depth is bounded before the stack is") {
  const std::string deep(60, '['), end(60, ']');
  CHECK(refusal("a: " + deep + "1" + end) == "accepted");
  for (std::size_t depth : {70, 600, 300000}) {
    CAPTURE(depth);
    const std::string text = "a: " + std::string(depth, '[') + "1" + std::string(depth, ']');
    CHECK(refusal(text).ends_with("nested deeper than 64 levels"));
  }
}
