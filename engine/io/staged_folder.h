// An output of many files, or one made of many: a folder under another name, renamed when it is
// complete.
//
// It is written as ".name.part" beside its target, and each of its files under a temporary name and
// renamed (synced before, where it may be gone on with): a file that is there is whole, and what has
// the target's name is complete and on the disk. ".faltung-journal.json" in it says what its bytes
// follow from (StoreOptions::identity): a later job of the same identity goes on with it, another
// begins anew. ".name.lock" keeps a second job off; shards of one job hold it together.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "engine/io/file_batch.h"
#include "engine/io/file_lock.h"
#include "engine/io/sink.h"

namespace faltung {

class StagedFolder {
 public:
  static constexpr const char* kScratch = ".part-whole";  // a file that no later job finds

  // `beside`: the file or folder in whose folder the temporary one lies; the target, or one that
  // holds it. `replaceable` says whether a folder that is there already may be replaced.
  // Throws Error{busy} where another job has the output, Error{output}.
  StagedFolder(const std::string& target, const std::string& beside, const StoreOptions& options,
               bool (*replaceable)(const std::string& folder));
  StagedFolder(const StagedFolder&) = delete;
  StagedFolder& operator=(const StagedFolder&) = delete;
  // Where a target lies until it is complete.
  static std::string unfinished(const std::string& target, const std::string& beside);

  // What the journal of an unfinished folder says its bytes follow from, under a name of
  // StoreOptions::identity; empty: nothing.
  static std::string stated(const std::string& unfinished, const std::string& name);

  // Calls body(path) for each file below a folder that is whole: what begins with a dot has not its
  // own name yet, or is no part of the output. Others may be renaming and removing meanwhile.
  static void for_each_whole(const std::string& folder,
                             const std::function<void(const std::string& path)>& body);

  ~StagedFolder();  // without commit removes the folder, unless there is an identity

  const std::string& target() const noexcept { return target_; }
  bool shared() const noexcept { return options_.shards > 1; }

  // `name` may hold folders. The file is there, and safe, after flush(). Throws Error{output}.
  void write(const std::string& name, std::string_view bytes);
  void flush();
  bool has(const std::string& name) const;

  // Whether no other shard holds the folder any more; asked once, at the end.
  bool alone();

  void commit();  // syncs and renames, in place of a former folder

  // Where the output is one file that somebody else writes: its place in the folder, …
  std::string path(const std::string& name) const { return part_ + "/" + name; }
  // … its bytes safe, as by flush(), …
  void sync(const std::string& name) const;
  // … and renamed, in place of a former file; the folder goes.
  void commit_file(const std::string& name);

  [[noreturn]] void fail(const std::string& reason) const;  // Error{output}

 private:
  void enter();
  void enter_shared();
  void prepare();        // the folder, with our journal in it; while alone
  bool is_ours() const;  // its journal is as ours
  void begin_anew();
  void remove_leftovers() const;
  void remove_part() const;
  void put_in_place();
  void sync_file(const std::string& name) const;

  std::string target_, part_;
  StoreOptions options_;
  bool (*replaceable_)(const std::string& folder);
  std::string journal_;  // its text
  FileLock lock_;        // on the output
  FileLock shard_lock_;  // on our shard of it
  FileBatch files_;
  bool committed_ = false;
};

}  // namespace faltung
