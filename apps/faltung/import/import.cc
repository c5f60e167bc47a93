// faltung import: a configuration of another convolver -> a pipeline.
#include "apps/faltung/import/import.h"

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "apps/faltung/import/formats.h"
#include "apps/faltung/import/writer.h"
#include "apps/faltung/outputs.h"
#include "apps/faltung/pipeline_file.h"
#include "engine/io/array.h"
#include "engine/io/file.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

// Found by itself only where it is BruteFIR's turn; what it says is in the pipeline's notes.
std::string defaults_path(const ImportOptions& options) {
  if (!options.defaults.empty()) return options.defaults;
  const char* home = std::getenv("HOME");
  const std::string path = home ? std::string(home) + "/.brutefir_defaults" : "";
  std::error_code error;
  return fs::is_regular_file(path, error) ? path : "";
}

ImportedPipeline brutefir(const std::string& text, const ImportOptions& options) {
  const std::string path = defaults_path(options);
  const std::string defaults = path.empty() ? "" : read_text_file(path, "defaults are a text");
  return import_brutefir(text, options.input, defaults, path);
}

ImportedPipeline jconvolver(const std::string& text, const ImportOptions& options) {
  return import_jconvolver(text, options.input);
}

ImportedPipeline camilladsp(const std::string& text, const ImportOptions& options) {
  return import_camilladsp(text, options.input);
}

// A row for each program, in the order in which their marks are looked for.
struct Foreign {
  const char* name;
  bool (*looks_like)(std::string_view text);
  ImportedPipeline (*import)(const std::string& text, const ImportOptions& options);
};
constexpr Foreign kForeign[] = {{"jconvolver", looks_like_jconvolver, jconvolver},
                                {"camilladsp", looks_like_camilladsp, camilladsp},
                                {"brutefir", looks_like_brutefir, brutefir}};

const Foreign& program_of(const std::string& text, const ImportOptions& options) {
  for (const Foreign& foreign : kForeign) {
    if (options.from.empty() ? foreign.looks_like(text) : options.from == foreign.name) {
      return foreign;
    }
  }
  throw Error(Code::configuration,
              options.input +
                  ": is no configuration of jconvolver, CamillaDSP or BruteFIR that can "
                  "be recognised; say which with --from");
}

// Kernel files written before a failure are taken away again.
class KernelFiles {
 public:
  explicit KernelFiles(const WrittenPipeline& written) {
    if (written.kernels.empty()) return;
    std::error_code error;
    if (!fs::is_directory(written.kernel_folder, error)) made_folder_ = written.kernel_folder;
    make_folder(written.kernel_folder);
    for (const KernelFile& file : written.kernels) write(file);
  }
  KernelFiles(const KernelFiles&) = delete;
  KernelFiles& operator=(const KernelFiles&) = delete;
  ~KernelFiles() {
    std::error_code error;
    for (const std::string& path : paths_) fs::remove(path, error);
    if (!made_folder_.empty()) fs::remove(made_folder_, error);  // if it is empty
  }
  void keep() {
    paths_.clear();
    made_folder_.clear();
  }

 private:
  void write(const KernelFile& file) {
    Kernel kernel;
    kernel.values = Array<double>({static_cast<Index>(file.taps.size())});
    std::copy(file.taps.begin(), file.taps.end(), kernel.values.begin());
    write_kernel(file.path, kernel, 0);
    paths_.push_back(file.path);
  }

  std::vector<std::string> paths_;
  std::string made_folder_;
};

void write_files(const ImportOptions& options, const WrittenPipeline& written) {
  StagedFile file(options.output);
  file.write(written.text.data(), written.text.size());
  KernelFiles kernels(written);
  file.commit();
  kernels.keep();
}

std::string counted(std::size_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

void refuse_overwriting_inputs(const ImportOptions& options, const ImportedPipeline& pipeline,
                               const WrittenPipeline& written) {
  std::vector<std::string> files = pipeline.files;
  files.push_back(options.input);
  refuse_overwriting(options.output, files);
  for (const KernelFile& kernel : written.kernels) refuse_overwriting(kernel.path, files);
}

}  // namespace

int run_import(const ImportOptions& options) {
  const std::string text = read_text_file(options.input, "a configuration is a text");
  const Foreign& program = program_of(text, options);
  const ImportedPipeline pipeline = program.import(text, options);
  const std::string heading = "From " + fs::path(options.input).filename().string() + ", a " +
                              program.name + " configuration, by faltung import.";
  const WrittenPipeline written = write_imported(pipeline, heading, options.output);
  refuse_overwriting_inputs(options, pipeline, written);
  const Console console(options.general);
  for (const std::string& note : pipeline.notes) console.detail(note);
  if (options.output == kStandardStream) {
    std::cout << written.text << std::flush;
    if (!std::cout) throw Error(Code::output, "cannot write standard output");
    return 0;
  }
  write_files(options, written);
  if (!options.general.quiet) {
    std::cout << options.output << ": " << counted(pipeline.stages.size(), "stage") << " from "
              << program.name << ", " << counted(written.kernels.size(), "kernel file") << ", "
              << counted(pipeline.notes.size(), "note") << " at its top\n";
  }
  return 0;
}

}  // namespace faltung
