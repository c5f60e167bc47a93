// What became of every input of a batch, as a table (CSV) or for programs (JSON).
//
// Columns of the table, keys of the objects: input, output, status (the exit status it would have
// had alone; empty or null: not begun), error, seconds, compute_seconds, peak_bytes (of the process
// so far), bytes_read and bytes_written (sizes of both files), samples (written), sha256 (of the
// output: checksum.h). The file appears when the batch has ended, however it ended.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/io/file.h"

namespace faltung {

struct Outcome {
  std::string input;
  std::string output;
  std::optional<int> status;  // 0: done
  std::string error;
  double seconds = 0;
  double compute_s = 0;
  Index peak_bytes = 0;
  Index bytes_read = 0;
  Index bytes_written = 0;
  Index samples = 0;
  std::string sha256;
};

class Summary {
 public:
  // Throws Error{configuration} unless the name ends in .csv or .json, Error{output} where it
  // cannot be written: before there is work to lose.
  explicit Summary(const std::string& path);

  void write(const std::vector<Outcome>& outcomes);  // throws Error{output}

 private:
  std::string (*text_)(const std::vector<Outcome>&);
  std::unique_ptr<StagedFile> file_;
};

}  // namespace faltung
