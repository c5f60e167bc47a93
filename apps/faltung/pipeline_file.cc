// Pipelines as the user names them.
#include "apps/faltung/pipeline_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/io/array.h"

namespace faltung {
namespace {

// No pipeline is longer: whoever passes a film instead of a YAML file learns it at once.
constexpr std::size_t kLongestPipeline = 16 << 20;

}  // namespace

std::string read_text_file(const std::string& path, const std::string& what) {
  if (std::filesystem::is_directory(path)) {
    throw Error(Code::configuration, path + ": is a folder; " + what);
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(Code::configuration, path + ": " + std::strerror(errno));
  std::string text(kLongestPipeline, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.find('\0') != std::string::npos || text.size() == kLongestPipeline) {
    throw Error(Code::configuration, path + ": is not text; " + what);
  }
  return text;
}

LoadedPipeline load_pipeline(const std::string& path, const std::string& kernel,
                             const LoadOptions& options) {
  LoadedPipeline result;
  const auto files = result.files;
  const auto remember = [files, tell = options.on_file](const std::string& file) {
    files->push_back(file);
    if (tell) tell(file);
  };
  const KernelReader read = [remember](const std::string& file) {
    remember(file);
    return read_kernel(file);
  };
  if (kernel.empty()) {
    remember(path);
    result.name = std::filesystem::path(path).filename().string();
    result.pipeline = parse_pipeline(read_text_file(path, "a pipeline is a YAML file"), path, read,
                                     options.kernels);
  } else {
    result.name = kernel;
    result.pipeline = kernel_pipeline(kernel, read);
  }
  return result;
}

}  // namespace faltung
