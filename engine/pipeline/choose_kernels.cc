// Puts other kernel files in the place of those that a pipeline names.
#include "engine/pipeline/choose_kernels.h"

namespace faltung {
namespace {

struct Convolution {
  std::string path;  // "convolve#2"
  Node* settings;
};

// All there are, branches too, in the order of the text.
class Search {
 public:
  std::vector<Convolution> in(Node& root) {
    for (auto& [key, value] : root.entries) {
      if (key.text == "stages") walk(value);
    }
    return std::move(found_);
  }

 private:
  void walk(Node& node) {
    for (Node& item : node.items) walk(item);
    for (auto& [key, value] : node.entries) {
      if (key.text == "convolve" || key.text == "correlate") {
        const int times = ++seen_[key.text];
        found_.push_back({key.text + (times > 1 ? "#" + std::to_string(times) : ""), &value});
      } else if (key.text == "parallel") {
        for (auto& [name, branches] : value.entries) {
          if (name.text == "branches") walk(branches);
        }
      }
    }
  }

  std::map<std::string, int> seen_;
  std::vector<Convolution> found_;
};

void set_kernel(const Convolution& convolution, const std::string& file, const Located& at) {
  for (auto& [key, value] : convolution.settings->entries) {
    if (key.text != "kernel") continue;
    const Position position = value.position;
    value = Node{};
    value.kind = Node::Kind::scalar;
    value.position = position;
    value.text = file;
    return;
  }
  at.refuse(*convolution.settings, "'" + convolution.path + "' has no 'kernel' to be chosen");
}

}  // namespace

void choose_kernels(Node& root, const ChosenKernels& chosen, const Located& at) {
  const std::vector<Convolution> all = Search().in(root);
  std::string names;
  for (const Convolution& one : all) names += (names.empty() ? "" : ", ") + one.path;
  for (const auto& [path, file] : chosen) {
    if (path.empty() && all.size() != 1) {
      at.refuse(root, "which kernel? There are " + (names.empty() ? "none" : names));
    }
    const Convolution* found = path.empty() ? all.data() : nullptr;
    for (const Convolution& one : all) found = one.path == path ? &one : found;
    if (!found) {
      at.refuse(root, "no stage '" + path + "' with a kernel; there are " +
                          (names.empty() ? "none" : names));
    }
    set_kernel(*found, file, at);
  }
}

}  // namespace faltung
