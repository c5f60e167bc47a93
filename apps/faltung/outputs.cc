// Which output belongs to which input.
#include "apps/faltung/outputs.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "apps/faltung/glob.h"
#include "apps/faltung/output_pattern.h"
#include "apps/faltung/plots/picture_file.h"
#include "engine/io/formats.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

bool is_folder_name(const std::string& name) { return name.ends_with('/'); }
bool is_folder(const std::string& output) {
  return is_folder_name(output) || is_plain_folder(output);
}

// The folder that `output` is to lie in must exist: a misspelt path is not to become a new tree.
void require_folder(const std::string& output) {
  const fs::path folder = fs::path(holder_of(output)).parent_path();
  std::error_code error;
  if (folder.empty() || fs::is_directory(folder, error)) return;
  throw Error(Code::output, output + ": there is no folder '" + folder.string() + "'");
}

// "out/" is the pattern "out/{folder}/{name}{ext}".
std::string in_folder(const std::string& folder, const Input& input) {
  const std::string name = fs::path(input.path).filename().string();
  if (input.path == kStandardStream || name.empty()) {
    throw Error(Code::configuration,
                "'" + input.path + "' has no file name to keep in the folder '" + folder + "'");
  }
  return (fs::path(folder) / input.folder / name).string();
}

Job by_pattern(const std::string& pattern, const Input& input, int index) {
  const std::string whole = is_folder_name(pattern) ? pattern + "{name}{ext}" : pattern;
  if (input.path == kStandardStream) {
    throw Error(Code::configuration, "'-' has no file name to fill into '" + pattern + "'");
  }
  const std::string output = output_name(whole, input, index);
  return {input.path, output, fs::path(holder_of(output)).parent_path().string(), {}};
}

Job into_folder(const std::string& folder, const Input& input) {
  const std::string output = in_folder(folder, input);
  const bool makes = is_folder_name(folder) || !input.folder.empty();
  return {input.path, output, makes ? fs::path(output).parent_path().string() : "", {}};
}

std::vector<Job> name_outputs(const std::vector<Input>& inputs, const std::string& output) {
  const bool into = is_folder(output);
  std::vector<Job> jobs;
  for (const Input& input : inputs) {
    const int index = static_cast<int>(jobs.size()) + 1;
    if (is_output_pattern(output)) {
      jobs.push_back(by_pattern(output, input, index));
    } else if (into) {
      jobs.push_back(into_folder(output, input));
    } else {
      jobs.push_back({input.path, output, {}, {}});
    }
  }
  return jobs;
}

void refuse_collisions(const std::vector<Job>& jobs) {
  std::map<std::string, std::string> writers;  // of each output: its input
  for (const Job& job : jobs) {
    const auto [other, fresh] =
        writers.emplace(fs::path(job.output).lexically_normal().string(), job.input);
    if (fresh) continue;
    throw Error(Code::configuration, "the inputs '" + other->second + "' and '" + job.input +
                                         "' would both be written to '" + job.output + "'");
  }
}

using Node = std::pair<dev_t, ino_t>;

// The file that a path is or lies in, and the folders around it, as far as they exist.
std::vector<Node> nodes(const std::string& path) {
  std::vector<Node> found;
  struct stat status {};
  for (fs::path at = holder_of(path); !at.empty(); at = at.parent_path()) {
    if (::stat(at.c_str(), &status) == 0) found.emplace_back(status.st_dev, status.st_ino);
    if (at == at.parent_path()) break;
  }
  return found;
}

bool holds_any(const std::set<Node>& set, const std::vector<Node>& of) {
  return std::any_of(of.begin(), of.end(), [&](const Node& node) { return set.contains(node); });
}

// Inputs that some output may overwrite, or lie in. Asking about every output and every input
// would take a quarter of an hour for 10,000 of each.
std::vector<std::string> suspects(const std::vector<Job>& jobs) {
  std::set<Node> written, around;
  for (const Job& job : jobs) {
    const std::vector<Node> all = nodes(job.output);
    const bool exists = same_file(holder_of(job.output), holder_of(job.output));
    if (exists) written.insert(all.front());
    around.insert(all.begin(), all.end());
  }
  std::vector<std::string> found;
  for (const Job& job : jobs) {
    const std::vector<Node> all = nodes(job.input);
    const bool within = holds_any(written, all);
    if (within || (!all.empty() && around.contains(all.front()))) found.push_back(job.input);
  }
  return found;
}

}  // namespace

void make_folder(const std::string& name) {
  std::error_code error;
  fs::create_directories(name, error);
  if (error) throw Error(Code::output, name + ": cannot make this folder: " + error.message());
}

std::vector<Job> plan_jobs(const std::vector<Input>& inputs, const std::string& output) {
  const bool alone = !is_output_pattern(output) && !is_folder(output);
  if (alone && inputs.size() > 1) {
    throw Error(Code::configuration,
                "several inputs need a folder as output, and '" + output + "' is none; write '" +
                    output + "/' to make it, or name them by a pattern as in '{name}_out{ext}'");
  }
  const std::vector<Job> jobs = name_outputs(inputs, output);
  refuse_collisions(jobs);
  const std::vector<std::string> suspected = suspects(jobs);
  for (const Job& job : jobs) refuse_overwriting(job.output, suspected);
  if (alone && output != kStandardStream) require_folder(output);
  return jobs;
}

void name_previews(const std::vector<Input>& inputs, const std::string& preview,
                   std::vector<Job>& jobs) {
  if (jobs.size() > 1 && !is_output_pattern(preview)) {
    throw Error(Code::configuration, "several inputs need previews by a pattern, as in "
                                     "'{name}.png', not '" + preview + "'");
  }
  std::set<std::string> taken;
  for (const Job& job : jobs) taken.insert(fs::path(job.output).lexically_normal().string());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    jobs[i].preview = is_output_pattern(preview)
                          ? output_name(preview, inputs[i], static_cast<int>(i) + 1)
                          : fs::path(preview).lexically_normal().string();
    check_picture_path(jobs[i].preview);
    if (!taken.insert(jobs[i].preview).second) {
      throw Error(Code::configuration, "the preview '" + jobs[i].preview +
                                           "' would be another preview or an output as well");
    }
    refuse_overwriting(jobs[i].preview, {jobs[i].input});
    if (!is_output_pattern(preview)) require_folder(jobs[i].preview);
  }
}

void refuse_overwriting(const std::string& output, const std::vector<std::string>& files) {
  if (output == kStandardStream) return;
  for (const std::string& file : files) {
    if (file != kStandardStream && overlapping(output, file)) {
      const std::string how =
          same_file(output, file) ? "is the same file as" : "shares a place with";
      throw Error(Code::configuration, "the output '" + output + "' " + how + " '" + file +
                                           "', which is being read; choose another name");
    }
  }
}

}  // namespace faltung
