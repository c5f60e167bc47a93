// What lies beside an output while a cluster computes it.
#include "apps/faltung/submit/folder.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/io/census.h"
#include "engine/io/file.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

constexpr int kLogLines = 10;               // shown of a log
constexpr std::streamoff kLogBytes = 4096;  // at most
constexpr const char* kLock = ".following";

std::string made(const std::string& path) {
  std::error_code problem;
  fs::create_directory(path, problem);
  if (problem) throw Error(Code::output, "cannot make " + path + ": " + problem.message());
  return path;
}

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

std::string SubmitFolder::place(const std::string& output) {
  const std::string part = fs::absolute(unfinished_place(output)).lexically_normal().string();
  return part.substr(0, part.rfind('.')) + ".slurm";
}

SubmitFolder::SubmitFolder(const std::string& output)
    : path_(made(place(output))), lock_(path_ + "/" + kLock, output) {
  if (lock_.try_alone()) return;
  throw Error(Code::busy,
              output + ": another process has submitted it and follows its jobs (" + path_ + ")");
}

std::string SubmitFolder::script() const { return text_of(script_path()); }

void SubmitFolder::begin_anew(const std::string& script) {
  std::error_code problem;
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(path_, problem)) {
    if (entry.path().filename() != kLock) old.push_back(entry.path());
  }
  for (const fs::path& path : old) fs::remove(path, problem);
  StagedFile file(script_path());
  file.write(script.data(), script.size());
  file.commit();
}

std::vector<std::string> SubmitFolder::jobs() const {
  std::vector<std::string> jobs;
  std::istringstream lines(text_of(path_ + "/jobs"));
  for (std::string line; std::getline(lines, line);) jobs.push_back(line);
  return jobs;
}

void SubmitFolder::add_job(const std::string& job) {
  std::string text = text_of(path_ + "/jobs") + job + "\n";
  StagedFile file(path_ + "/jobs");
  file.write(text.data(), text.size());
  file.commit();
}

std::optional<int> SubmitFolder::status(Index shard) const {
  int status = 0;
  if (std::ifstream(name(shard, ".status")) >> status) return status;
  return std::nullopt;
}

void SubmitFolder::forget_status(Index shard) {
  std::error_code ignored;
  fs::remove(name(shard, ".status"), ignored);
}

std::string SubmitFolder::log_end(Index shard) const {
  std::ifstream log(name(shard, ".log"), std::ios::binary | std::ios::ate);
  if (!log) return "";
  log.seekg(std::max<std::streamoff>(0, log.tellg() - kLogBytes));
  std::vector<std::string> lines;
  for (std::string line; std::getline(log, line);) lines.push_back(line);
  std::string text;
  const std::size_t first = lines.size() > kLogLines ? lines.size() - kLogLines : 0;
  for (std::size_t i = first; i < lines.size(); ++i) text += "  " + lines[i] + "\n";
  return text;
}

void SubmitFolder::remove() {
  lock_.release();
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string SubmitFolder::name(Index shard, const char* kind) const {
  return path_ + "/" + std::to_string(shard) + kind;
}

}  // namespace faltung
