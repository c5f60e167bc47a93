// Response files that foreign configurations name: found, measured, and read where our own
// readers do not know them.
#pragma once

#include <limits>
#include <map>
#include <string>
#include <vector>

#include "apps/faltung/import/model.h"

namespace faltung {

// Beside the configuration if it is there, else from the working folder, as the programs do.
std::string find_response(const std::string& name, const std::string& folder);

struct ResponseFacts {
  Index channels = 0, taps = 0;
  double rate_hz = 0;  // 0: states none
};

// Facts of sound files, each opened once. Throws Error{input} as read_kernel does, also for what
// is no series.
class ResponseFiles {
 public:
  const ResponseFacts& facts(const std::string& path);
  std::vector<std::string> paths() const;
  // "… are at 44100 and 48000 Hz …": what is said of rates where `program` ignores them;
  // `rate_hz`: of the program, 0: unknown. Empty where there is nothing to say.
  std::string remark(const std::string& program, double rate_hz) const;

 private:
  std::map<std::string, ResponseFacts> known_;
};

// Samples without a header.
struct RawSamples {
  int bytes = 0;          // of each
  int bits = 0;           // that count, the low ones; integers are divided by 2^(bits - 1)
  bool is_float = false;  // of 4 or 8 bytes
  bool big_endian = false;
  bool high_bits = false;  // the bits that count are the high ones
};

// At most `most` samples after `skip` bytes; what is left of a last sample is ignored.
// Throws Error{input} where the file cannot be read or has no sample.
std::vector<double> read_raw_samples(const std::string& path, const RawSamples& format, Index skip,
                                     Index most);

// A number a line.
struct NumberLines {
  Index skip_bytes = 0;                            // of the beginning
  Index skip_lines = 0;                            // after that
  Index most = std::numeric_limits<Index>::max();  // numbers
  bool free_form = false;  // lines may be empty, and go on after their number
};

// Throws Error{input} where the file cannot be read, a line has no number, or there is none.
std::vector<double> read_number_lines(const std::string& path, const NumberLines& lines);

// The file itself where our reader finds the same taps in it and no rate, else the taps.
ImportedKernel response_of_taps(const std::string& path, std::vector<double> taps);

}  // namespace faltung
