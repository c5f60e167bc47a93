// YAML text -> stages.
#include "engine/pipeline/pipeline.h"

#include <map>
#include <memory>

#include "engine/pipeline/choose_kernels.h"
#include "engine/pipeline/yaml.h"
#include "engine/stages/read_convolve.h"
#include "engine/stages/stages.h"

namespace faltung {
namespace {

// "a/b/hall.yaml" -> "a/b", "/hall.yaml" -> "/", "hall.yaml" -> "": the current folder.
std::string folder_of(const std::string& file) {
  const std::size_t slash = file.rfind('/');
  if (slash == std::string::npos) return "";
  return file.substr(0, slash == 0 ? 1 : slash);
}

// Reads each file once, however often it is named.
KernelReader remembering(const KernelReader& read) {
  if (!read) return read;
  const auto known = std::make_shared<std::map<std::string, Kernel>>();
  return [read, known](const std::string& path) {
    auto found = known->find(path);
    if (found == known->end()) found = known->emplace(path, read(path)).first;
    return found->second.copy();
  };
}

}  // namespace

Pipeline parse_pipeline(const std::string& text, const std::string& file,
                        const KernelReader& read_kernel, const ChosenKernels& chosen) {
  Node root = parse_yaml(text, file);
  const StageContext context{Located(file), folder_of(file), remembering(read_kernel)};
  const Located& at = context.located;
  at.check_keys(root, "pipeline", {"stages", "rate", "name", "description"});
  const Node& stages = at.required(root, "pipeline", "stages");
  if (stages.kind != Node::Kind::list) {
    at.refuse(stages, "expected a list of stages, got " + stages.description());
  }
  if (!chosen.empty()) choose_kernels(root, chosen, at);
  Pipeline pipeline;
  if (const Node* rate = root.find("rate")) pipeline.rate_hz = at.positive(*rate);
  for (const char* key : {"name", "description"}) {
    if (const Node* value = root.find(key)) at.text(*value);
  }
  pipeline.stage = make_stages(stages, context);
  pipeline.stages = static_cast<Index>(stages.items.size());
  return pipeline;
}

Pipeline kernel_pipeline(const std::string& name_or_file, const KernelReader& read_kernel) {
  Pipeline pipeline;
  pipeline.stage = make_convolve(convolve_with(name_or_file, read_kernel));
  pipeline.stages = 1;
  return pipeline;
}

}  // namespace faltung
