// The pipeline plugins: whatever a YAML file says.
#include <filesystem>

#include "apps/faltung/pipeline_file.h"
#include "plugins/lv2/processor.h"

namespace faltung::lv2 {

// Hosts keep links to files in their states: relative paths begin where the file itself is.
StagePtr pipeline_stage(const std::string& path, const Format&, int) {
  return load_pipeline(std::filesystem::weakly_canonical(path).string(), "").pipeline.stage;
}

}  // namespace faltung::lv2
