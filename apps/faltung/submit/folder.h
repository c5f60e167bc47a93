// What lies beside an output while a cluster computes it: ".name.slurm/", gone when it is complete.
//
// job.sh the script; jobs the arrays' numbers, one a line; 3.log what the jobs of shard 3 said;
// 3.status the exit status of the last that ended by itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/io/file_lock.h"
#include "engine/nd/shape.h"

namespace faltung {

class SubmitFolder {
 public:
  // Where it lies, for an output of that path.
  static std::string place(const std::string& output);

  // Makes it where it is not there. Throws Error{busy} where another process follows these jobs,
  // Error{output}.
  explicit SubmitFolder(const std::string& output);

  const std::string& path() const { return path_; }
  std::string script_path() const { return path_ + "/job.sh"; }
  std::string script() const;  // its text; empty: there is none

  void begin_anew(const std::string& script);  // forgets all that is in it

  std::vector<std::string> jobs() const;
  void add_job(const std::string& job);

  std::optional<int> status(Index shard) const;  // nothing: no job of it has ended by itself
  void forget_status(Index shard);
  std::string log_end(Index shard) const;  // its last lines, each with its end

  void remove();

 private:
  std::string name(Index shard, const char* kind) const;
  std::string path_;
  FileLock lock_;
};

}  // namespace faltung
