// Pipelines as the user names them: a YAML file, or a kernel by itself.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/pipeline/pipeline.h"

namespace faltung {

struct LoadedPipeline {
  Pipeline pipeline;
  std::string name;  // "hall.yaml", for messages
  // Every file read so far, which no output may overwrite. Grows while stages are prepared, for
  // some read their kernel only then.
  std::shared_ptr<std::vector<std::string>> files = std::make_shared<std::vector<std::string>>();
};

struct LoadOptions {
  std::function<void(const std::string& file)> on_file;  // called before each is read
  ChosenKernels kernels;
};

// The whole text of a file. `what` it should be ends the message where it is none: "a pipeline is a
// YAML file". Throws Error{configuration}.
std::string read_text_file(const std::string& path, const std::string& what);

// One of `path` (a pipeline) and `kernel` (a name or a file) is empty.
// Throws Error{configuration} for a pipeline that cannot be read or is wrong, Error{input} for a
// kernel file that cannot be read.
LoadedPipeline load_pipeline(const std::string& path, const std::string& kernel,
                             const LoadOptions& options = {});

}  // namespace faltung
