// An imported configuration -> the text of a pipeline, and the kernel files beside it.
//
// Few taps are written into the text, more into PIPELINE-files/NAME.npy in float64; for standard
// output ('-') everything is in the text. Paths are relative to the pipeline's folder where the
// configuration's were.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "apps/faltung/import/model.h"

namespace faltung {

// Of factors, times, …: one number where all are equal, else a list.
std::string imported_numbers(const std::vector<double>& values);
std::string imported_number(double value);  // the shortest text that reads as the same number

struct KernelFile {
  std::string path;
  std::vector<double> taps;
};

struct WrittenPipeline {
  std::string text;
  std::string kernel_folder;  // empty where there are no kernel files
  std::vector<KernelFile> kernels;
};

// Lines of the text begin with what `heading` says. Throws Error{configuration} for paths that YAML
// cannot hold (not UTF-8).
WrittenPipeline write_imported(const ImportedPipeline& pipeline, const std::string& heading,
                               const std::string& output);

}  // namespace faltung
