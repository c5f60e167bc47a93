// Which output belongs to which input, and the refusal to overwrite what is read.
#pragma once

#include <string>
#include <vector>

#include "apps/faltung/inputs.h"

namespace faltung {

constexpr const char* kStandardStream = "-";  // as an input or an output: raw samples

struct Job {
  std::string input;
  std::string output;
  std::string new_folder;  // not empty: to be made before the output is begun
  std::string preview;     // a picture (.png); empty: none
};

// One input goes to `output` itself, or into it under its own name where it is a folder or ends in
// '/', in the folders it was found in; several always go into a folder or under names by a pattern
// (output_pattern.h). The folders of a pattern, and one that ends in '/', need not exist yet.
// Throws Error{configuration} for outputs that would collide or overwrite an input,
// Error{output} where the folder is missing.
std::vector<Job> plan_jobs(const std::vector<Input>& inputs, const std::string& output);

// Gives every job its preview, by a pattern where there are several. Throws Error{configuration}
// for one that is no .png, the same as another or as an input or output, Error{output} where its
// folder is missing.
void name_previews(const std::vector<Input>& inputs, const std::string& preview,
                   std::vector<Job>& jobs);

// Throws Error{output} where it cannot be made.
void make_folder(const std::string& name);

// Throws Error{configuration} where `output` is one of `files`, also through links.
void refuse_overwriting(const std::string& output, const std::vector<std::string>& files);

}  // namespace faltung
