// Which output belongs to which input.
#include "apps/faltung/outputs.h"

#include <filesystem>
#include <set>
#include <system_error>

#include "engine/io/formats.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

bool is_folder_name(const std::string& name) { return name.ends_with('/'); }

// The folder that `output` is to lie in must exist: a misspelt path is not to become a new tree.
void require_folder(const std::string& output) {
  const fs::path folder = fs::path(holder_of(output)).parent_path();
  std::error_code error;
  if (folder.empty() || fs::is_directory(folder, error)) return;
  throw Error(Code::output, output + ": there is no folder '" + folder.string() + "'");
}

std::vector<Job> into_folder(const std::vector<std::string>& inputs, const std::string& folder) {
  std::vector<Job> jobs;
  std::set<std::string> names;
  for (const std::string& input : inputs) {
    const std::string name = fs::path(input).filename().string();
    if (input == kStandardStream || name.empty()) {
      throw Error(Code::configuration,
                  "'" + input + "' has no file name to keep in the folder '" + folder + "'");
    }
    if (!names.insert(name).second) {
      throw Error(Code::configuration, "two inputs are named '" + name +
                                           "' and would overwrite each other in '" + folder + "'");
    }
    jobs.push_back({input, (fs::path(folder) / name).string(),
                    is_folder_name(folder) ? folder : std::string()});
  }
  return jobs;
}

}  // namespace

void make_folder(const std::string& name) {
  std::error_code error;
  fs::create_directories(name, error);
  if (error) throw Error(Code::output, name + ": cannot make this folder: " + error.message());
}

std::vector<Job> plan_jobs(const std::vector<std::string>& inputs, const std::string& output) {
  std::error_code error;
  const bool store = container_for_path(output) != nullptr;  // a Zarr store is a folder, too
  const bool into = is_folder_name(output) || (fs::is_directory(output, error) && !store);
  if (!into && inputs.size() > 1) {
    throw Error(Code::configuration, "several inputs need a folder as output, and '" + output +
                                         "' is none; write '" + output + "/' to make it");
  }
  const std::vector<Job> jobs =
      into ? into_folder(inputs, output) : std::vector<Job>{{inputs.front(), output, {}}};
  for (const Job& job : jobs) refuse_overwriting(job.output, inputs);
  if (!into && output != kStandardStream) require_folder(output);
  return jobs;
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
