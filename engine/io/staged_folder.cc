// An output of many files, or one made of many: a folder under another name, renamed when it is
// complete.
#include "engine/io/staged_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>

#include "engine/io/file.h"
#include "engine/io/json.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr const char* kJournal = ".faltung-journal.json";
constexpr const char* kShard = ".faltung-shard-";
constexpr auto kPatience = 10s;  // for another shard that is preparing the folder
constexpr auto kPause = 20ms;

std::string journal_text(const StoreOptions& options) {
  JsonObject identity;
  for (const auto& [name, value] : options.identity) identity[name] = value;
  return Json(JsonObject{{"faltung_journal", 1}, {"identity", identity}}).dump() + "\n";
}

std::string read_text(const std::string& path) {
  std::error_code problem;
  if (!fs::is_regular_file(path, problem) || fs::file_size(path, problem) == 0) return "";
  const InputFile file(path);
  return file.bytes_at(0, std::min(file.size(), kMostJsonBytes));
}

// Which parts of the identity differ, for a note.
std::string differences(const std::string& former, const StoreOptions& options) {
  Json journal;
  try {
    journal = parse_json(former);
  } catch (const Error&) {
    return "its journal is not readable";
  }
  std::string names;
  for (const auto& [name, value] : options.identity) {
    const std::string* was = journal["identity"][name].as<std::string>();
    if (!was || *was != value) names += (names.empty() ? "" : ", ") + name;
  }
  return names.empty() ? "what it follows from has changed" : names + " changed";
}

// Links resolved, as far as it exists.
std::string resolved(const std::string& path) {
  std::error_code problem;
  const fs::path real = fs::canonical(path, problem);
  return problem ? path : real.string();
}

fs::path part_beside(const std::string& target, const std::string& beside) {
  const fs::path holder = fs::path(resolved(beside)).lexically_normal();
  std::string name = holder.filename().string();
  if (target.size() > beside.size()) {
    for (char c : target.substr(beside.size())) name += c == '/' ? '.' : c;
  }
  return holder.parent_path() / ("." + name);
}

// A folder that may not be read cannot be synced; what was renamed in it is there all the same.
void sync_folder(const std::string& path) {
  const int folder = ::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  ::fsync(folder);
  ::close(folder);
}

// Whether a job was killed here before its journal had its name.
bool is_barely_begun(const fs::path& folder) {
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(folder, problem)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(std::string(FileBatch::kTemporary) + kJournal)) return false;
  }
  return !problem;
}

std::string without_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

StagedFolder::StagedFolder(const std::string& target, const std::string& beside,
                           const StoreOptions& options,
                           bool (*replaceable)(const std::string& folder))
    : target_(without_slashes(target)),
      part_(unfinished(target_, beside)),
      options_(options),
      replaceable_(replaceable),
      journal_(journal_text(options)),
      lock_(part_.substr(0, part_.size() - 4) + "lock", target_),
      shard_lock_(part_ + "/" + kShard + std::to_string(options.shard) + "-of-" +
                      std::to_string(options.shards),
                  target_),
      // Without an identity nobody goes on with it: then commit's syncing is enough.
      files_(options.identity.empty() ? FileBatch::Survives::death
                                      : FileBatch::Survives::power_failure) {
  if (shared() && options_.identity.empty()) {
    throw Error(Code::failure, "shards of an output need an identity to know each other by");
  }
  target_ = resolved(target_);
  std::error_code ignored;
  if (fs::exists(target_, ignored) && !replaceable_(target_)) {
    fail("something else of that name is there and is not replaced");
  }
  enter();
}

std::string StagedFolder::unfinished(const std::string& target, const std::string& beside) {
  return part_beside(without_slashes(target), without_slashes(beside)).string() + ".part";
}

std::string StagedFolder::stated(const std::string& unfinished, const std::string& name) {
  const std::string journal = read_text(unfinished + "/" + kJournal);
  if (journal.empty()) return "";
  const Json text = parse_json(journal);
  const std::string* found = text["identity"][name].as<std::string>();
  return found ? *found : "";
}

void StagedFolder::for_each_whole(const std::string& folder,
                                  const std::function<void(const std::string& path)>& body) {
  std::error_code problem, gone;
  fs::recursive_directory_iterator entries(folder, problem);
  while (!problem && entries != fs::recursive_directory_iterator()) {
    const bool named = entries->path().filename().string()[0] != '.';
    if (named && entries->is_regular_file(gone)) body(entries->path().string());
    entries.increment(problem);
  }
}

StagedFolder::~StagedFolder() {
  if (committed_ || !options_.identity.empty() || shared()) return;
  remove_part();
}

void StagedFolder::enter() {
  if (shared()) return enter_shared();
  if (!lock_.try_alone()) lock_.refuse();
  prepare();
}

// The first to come prepares alone and then lets the others in; see FileLock for what may happen in
// between.
void StagedFolder::enter_shared() {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  bool in = false;
  while (!in && std::chrono::steady_clock::now() < end) {
    if (lock_.try_alone()) prepare();
    in = lock_.try_together();
    if (!in) std::this_thread::sleep_for(kPause);
  }
  if (!in || !is_ours()) lock_.refuse();
  if (!shard_lock_.try_alone()) {
    throw Error(Code::busy, target_ + ": another job is writing shard " +
                                std::to_string(options_.shard) + " of it");
  }
}

bool StagedFolder::is_ours() const { return read_text(part_ + "/" + kJournal) == journal_; }

void StagedFolder::prepare() {
  const bool same = is_ours() && !options_.identity.empty();
  if (same) {
    if (shared()) return;
    remove_leftovers();
    if (options_.note) options_.note(target_ + ": goes on where an earlier job stopped");
    return;
  }
  begin_anew();
  write(kJournal, journal_);
  flush();
}

void StagedFolder::begin_anew() {
  std::error_code problem;
  const std::string former = read_text(part_ + "/" + kJournal);
  // A former output that is being removed has an empty journal, or none yet.
  const bool ours = fs::exists(part_ / fs::path(kJournal), problem) || is_barely_begun(part_);
  const bool folder = fs::is_directory(part_, problem);
  if (!ours && !(folder && replaceable_(part_)) && fs::exists(part_, problem)) {
    fail(part_ + " is in the way and holds no journal; please remove it");
  }
  if (!former.empty() && options_.note && !options_.identity.empty()) {
    options_.note(target_ + ": begins anew, for " + differences(former, options_));
  }
  remove_part();
  fs::create_directory(part_, problem);
  if (problem) fail(problem.message());
}

// The journal goes last: what is left of a removal that was cut off is still known as ours.
void StagedFolder::remove_part() const {
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(part_, problem)) {
    if (entry.path().filename() != kJournal) fs::remove_all(entry.path(), problem);
  }
  fs::remove_all(part_, problem);
}

void StagedFolder::remove_leftovers() const {
  std::error_code problem;
  std::vector<fs::path> leftovers;
  for (const auto& entry : fs::recursive_directory_iterator(part_, problem)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(FileBatch::kTemporary) || name.starts_with(kShard))
      leftovers.push_back(entry.path());
  }
  for (const fs::path& path : leftovers) fs::remove(path, problem);
}

void StagedFolder::write(const std::string& name, std::string_view bytes) {
  files_.write(path(name), bytes);
}

void StagedFolder::flush() { files_.flush(); }

bool StagedFolder::has(const std::string& name) const {
  return ::access(path(name).c_str(), F_OK) == 0;
}

bool StagedFolder::alone() {
  if (!shared()) return true;
  shard_lock_.release();
  lock_.release();
  // Whoever is last finds nobody else here; of two that are last together one comes too late.
  if (!lock_.try_alone()) return false;
  if (is_ours()) return true;
  lock_.release();  // the other one has completed it
  return false;
}

void StagedFolder::commit() {
  flush();
  remove_leftovers();
  const int folder = ::open(part_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) fail(std::strerror(errno));
  const bool synced = ::syncfs(folder) == 0;  // all its folders' names: fsync on each is slower
  const int problem = errno;
  ::close(folder);
  if (!synced) fail(std::strerror(problem));
  put_in_place();
  committed_ = true;
  lock_.release();
}

void StagedFolder::sync(const std::string& name) const {
  if (!options_.identity.empty()) sync_file(name);
}

void StagedFolder::sync_file(const std::string& name) const {
  const int file = ::open(path(name).c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = file >= 0 && ::fsync(file) == 0;
  const int problem = errno;
  if (file >= 0) ::close(file);
  if (!synced) fail(std::strerror(problem));
}

// The file replaces a former one at once; from then on the folder is not needed.
void StagedFolder::commit_file(const std::string& name) {
  std::error_code problem;
  const fs::file_status former = fs::status(target_, problem);
  if (fs::exists(former)) fs::permissions(path(name), former.permissions(), problem);
  sync_file(name);
  fs::rename(path(name), target_, problem);
  if (problem) fail(problem.message());
  sync_folder(fs::path(target_).parent_path().string());
  remove_part();
  committed_ = true;
  lock_.release();
}

void StagedFolder::put_in_place() {
  std::error_code problem;
  const bool replaces = fs::exists(target_, problem);
  if (replaces && !replaceable_(target_)) fail("something else of that name has appeared");
  const unsigned how = replaces ? RENAME_EXCHANGE : RENAME_NOREPLACE;
  if (::renameat2(AT_FDCWD, part_.c_str(), AT_FDCWD, target_.c_str(), how) != 0) {
    const bool unable = errno == EINVAL;
    if (!unable) fail(std::strerror(errno));
    if (replaces) fail("it is there already, and this file system cannot exchange folders");
    fs::rename(part_, target_, problem);
    if (problem) fail(problem.message());
  }
  fs::remove(target_ + "/" + kJournal, problem);
  if (replaces) {  // the former output has our temporary name now
    StagedFile(part_ + "/" + kJournal).commit();
    remove_part();
  }
  sync_folder(fs::path(target_).parent_path().string());
}

void StagedFolder::fail(const std::string& reason) const {
  throw Error(Code::output, "cannot write " + target_ + ": " + reason);
}

}  // namespace faltung
