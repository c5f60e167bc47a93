// What a stage is told by configuration: a tree of scalars, lists and maps, and readers of it.
//
// The tree knows where in which file every value stands, and nothing of YAML. All readers throw
// Error{configuration} of the form "hall.yaml:7:12: expected a number, got 'abc'".
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/nd/geometry.h"

namespace faltung {

struct Position {
  int line = 0;  // from 1; 0: nowhere in a file
  int column = 0;
};

struct Node {
  enum class Kind { null, scalar, list, map };
  struct Entry;
  Kind kind = Kind::null;
  Position position;
  std::string text;            // of a scalar
  std::vector<Node> items;     // of a list
  std::vector<Entry> entries;  // of a map, in order

  const Node* find(const std::string& key) const;  // null where there is none
  std::string description() const;                 // "'abc'", "a list", for messages
};

struct Node::Entry {
  Node key;  // a scalar
  Node value;
};

// Where a tree comes from; makes the errors.
class Located {
 public:
  explicit Located(std::string file) : file_(std::move(file)) {}

  const std::string& file() const { return file_; }
  std::string place(const Position& position) const;  // "hall.yaml:7:12: "
  [[noreturn]] void refuse(const Node& node, const std::string& message) const;

  double number(const Node& node) const;  // finite
  double positive(const Node& node) const;
  double factor_of_db(const Node& node) const;  // 10^(dB / 20), at most 200 dB either way
  Index integer(const Node& node, Index least) const;
  bool flag(const Node& node) const;  // true, false
  std::string word(const Node& node, const std::vector<std::string>& allowed) const;
  std::string text(const Node& node) const;
  std::vector<double> numbers(const Node& node) const;    // one or a list
  Shape integers(const Node& node, Index least) const;    // one or a list
  std::vector<Padding> paddings(const Node& node) const;  // 1, [1, 2], [[1, 2], [0, 1]]

  // Refuses a node that is not a map, or has other keys than these. `owner` is named in messages.
  void check_keys(const Node& node, const std::string& owner,
                  const std::vector<std::string>& allowed) const;
  // The value of a key that must be there.
  const Node& required(const Node& node, const std::string& owner, const std::string& key) const;

 private:
  std::string file_;
};

}  // namespace faltung
