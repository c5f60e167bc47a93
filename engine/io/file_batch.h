// Small files written under temporary names, then synced and renamed together: each whole or
// absent.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace faltung {

class FileBatch {
 public:
  static constexpr std::string_view kTemporary = ".part-";  // how their names begin until then

  // What becomes of a file that flush() has put in place, but the disk has not got yet.
  enum class Survives { death, power_failure };  // the latter waits for the disk at each flush

  explicit FileBatch(Survives what) : survives_(what) {}
  FileBatch(const FileBatch&) = delete;
  FileBatch& operator=(const FileBatch&) = delete;
  ~FileBatch();  // removes what was not flushed

  // Makes the folders it needs. Flushes by itself once in a while. Throws Error{output}.
  void write(const std::string& path, std::string_view bytes);
  void flush();  // now all of them are there; their names are for the caller to sync

 private:
  struct File {
    int descriptor;
    std::string temporary, final;
  };

  void make_folder_of(const std::string& path);
  void forget() noexcept;

  Survives survives_;
  std::vector<File> files_;
  std::string last_folder_;  // known to be there
};

}  // namespace faltung
