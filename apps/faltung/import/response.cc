// Response files that foreign configurations name.
#include "apps/faltung/import/response.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <sstream>

#include "engine/design/number_text.h"
#include "engine/io/array.h"
#include "engine/io/file.h"

namespace faltung {
namespace {

constexpr Index kMostText = Index{1} << 30;  // bytes
constexpr Index kMostTaps = Index{1} << 28;  // as read_kernel: more is no response

double sample_at(const unsigned char* from, const RawSamples& format) {
  std::uint64_t word = 0;
  for (int i = 0; i < format.bytes; ++i) {
    const int at = format.big_endian ? i : format.bytes - 1 - i;
    word = word << 8 | from[at];
  }
  if (format.is_float && format.bytes == 8) return std::bit_cast<double>(word);
  if (format.is_float) return std::bit_cast<float>(static_cast<std::uint32_t>(word));
  if (format.high_bits) word >>= 8 * format.bytes - format.bits;
  const auto aligned = static_cast<std::int64_t>(word << (64 - format.bits));  // its sign on top
  return std::ldexp(static_cast<double>(aligned), -63);
}

// The finite number at the beginning of a line, or the whole line.
std::optional<double> number_in(const std::string& line, bool begins) {
  const std::size_t first = std::min(line.find_first_not_of(" \t"), line.size());
  const std::size_t last = line.find_last_not_of(" \t\r");
  if (first == line.size() || last == std::string::npos || last < first) return {};
  const char* begin = line.data() + first + (line[first] == '+' ? 1 : 0);
  const char* end = line.data() + last + 1;
  double value = 0;
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (error != std::errc() || !std::isfinite(value) || (!begins && stop != end)) return {};
  return value;
}

ResponseFacts measure(const std::string& path) {
  const Kernel kernel = read_kernel(path);
  const Shape& extents = kernel.values.extents();
  if (extents.rank() > 2) {
    throw Error(Code::input, path + ": has " + std::to_string(extents.rank()) +
                                 " axes; a response has taps, or channels and taps");
  }
  return {extents.rank() == 2 ? extents[0] : 1, extents.back(), kernel.rate_hz};
}

bool holds(const std::string& path, const std::vector<double>& taps) {
  try {
    const Kernel kernel = read_kernel(path);
    return kernel.rate_hz == 0 && kernel.values.rank() == 1 &&
           std::equal(kernel.values.begin(), kernel.values.end(), taps.begin(), taps.end());
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

std::string find_response(const std::string& name, const std::string& folder) {
  namespace fs = std::filesystem;
  const std::string beside = (fs::path(folder) / name).string();  // an absolute name stays itself
  std::error_code error;
  if (fs::exists(beside, error) || !fs::exists(name, error)) return beside;
  return name;
}

const ResponseFacts& ResponseFiles::facts(const std::string& path) {
  const auto known = known_.find(path);
  if (known != known_.end()) return known->second;
  return known_.emplace(path, measure(path)).first->second;
}

std::vector<std::string> ResponseFiles::paths() const {
  std::vector<std::string> result;
  for (const auto& [path, facts] : known_) result.push_back(path);
  return result;
}

std::string ResponseFiles::remark(const std::string& program, double rate_hz) const {
  std::set<double> rates;
  for (const auto& [path, facts] : known_) {
    if (facts.rate_hz > 0) rates.insert(facts.rate_hz);
  }
  if (rates.empty() || (rates.size() == 1 && *rates.begin() == rate_hz)) return {};
  std::string list;
  for (const double rate : rates) list += (list.empty() ? "" : " and ") + number_text(rate);
  return "responses are at " + list + " Hz; a signal of another rate gets them resampled, where " +
         program + " would have used them as they are";
}

std::vector<double> read_raw_samples(const std::string& path, const RawSamples& format, Index skip,
                                     Index most) {
  const InputFile file(path);
  const Index there = std::max(Index{0}, file.size() - skip) / format.bytes;
  const Index count = std::min({there, most, kMostTaps + 1});
  if (count == 0) file.fail("no sample after " + std::to_string(skip) + " bytes");
  if (count > kMostTaps) file.fail("more than " + std::to_string(kMostTaps) + " taps");
  const std::string bytes = file.bytes_at(skip, count * format.bytes);
  std::vector<double> taps(bytes.size() / static_cast<std::size_t>(format.bytes));
  for (std::size_t i = 0; i < taps.size(); ++i) {
    const char* from = bytes.data() + i * static_cast<std::size_t>(format.bytes);
    taps[i] = sample_at(reinterpret_cast<const unsigned char*>(from), format);
    if (std::isfinite(taps[i])) continue;
    file.fail("tap " + std::to_string(i) + " is no finite number; is the sample format right?");
  }
  return taps;
}

std::vector<double> read_number_lines(const std::string& path, const NumberLines& lines) {
  const InputFile file(path);
  if (file.size() > kMostText) file.fail("is too long for a text of numbers");
  std::istringstream text(file.bytes_at(std::min(lines.skip_bytes, file.size()), file.size()));
  std::vector<double> taps;
  Index number = 0;
  for (std::string line; std::getline(text, line);) {
    if (++number <= lines.skip_lines) continue;
    if (static_cast<Index>(taps.size()) == lines.most) break;
    const std::optional<double> tap = number_in(line, lines.free_form);
    if (tap) {
      taps.push_back(*tap);
    } else if (!lines.free_form || line.find_first_not_of(" \t\r") != std::string::npos) {
      file.fail("line " + std::to_string(number) + ": expected a number");
    }
  }
  if (taps.empty()) file.fail("has no number");
  return taps;
}

ImportedKernel response_of_taps(const std::string& path, std::vector<double> taps) {
  ImportedKernel kernel;
  if (holds(path, taps)) {
    kernel.file = path;
    return kernel;
  }
  kernel.taps = std::move(taps);
  kernel.name = std::filesystem::path(path).stem().string();
  return kernel;
}

}  // namespace faltung
