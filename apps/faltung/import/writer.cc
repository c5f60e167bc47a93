// An imported configuration -> the text of a pipeline, and the kernel files beside it.
#include "apps/faltung/import/writer.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <set>

#include "apps/faltung/outputs.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostInlineTaps = 16;  // more are no pleasure to read

// Bytes of the UTF-8 sequence at `at`; 0: it is none.
std::size_t utf8_length(const std::string& text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xc2 ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                             : first < 0xf5 ? 4
                                            : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[at + i]) & 0xc0) != 0x80) return 0;
  }
  const auto second = static_cast<unsigned char>(length > 1 ? text[at + 1] : 0);
  const bool control = first == 0xc2 && second < 0xa0;     // C1
  const bool separator = first == 0xe2 && second == 0x80;  // U+2028 ends a line
  const bool surrogate = first == 0xed && second >= 0xa0;
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool beyond = (first == 0xf4 && second >= 0x90) || first == 0xef;  // marks, non-characters
  return control || separator || surrogate || overlong || beyond ? 0 : length;
}

// What YAML's comments cannot hold becomes '?'.
std::string comment_text(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    const bool printable = length > 0 && text[i] != 0x7f && (text[i] < 0 || text[i] >= ' ');
    result += printable ? text.substr(i, length) : "?";
    i += std::max<std::size_t>(length, 1);
  }
  return result;
}

std::string quoted(const std::string& path) {
  std::string result = "\"";
  for (const char c : path) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  if (comment_text(path) == path) return result + "\"";
  throw Error(Code::configuration, "'" + comment_text(path) +
                                       "': a name with control characters, or not in UTF-8, "
                                       "cannot be written into a pipeline; rename the file");
}

class Writer {
 public:
  Writer(const ImportedPipeline& pipeline, const std::string& output) : pipeline_(pipeline) {
    if (output == kStandardStream) return;
    const fs::path path(output);
    folder_ = path.parent_path();
    kernels_name_ = path.stem().string() + "-files";
  }

  WrittenPipeline write(const std::string& heading) {
    comment("", heading);
    for (const std::string& note : pipeline_.notes) comment("", "- " + note);
    if (pipeline_.rate_hz > 0) line("rate: " + imported_number(pipeline_.rate_hz));
    line(pipeline_.stages.empty() ? "stages: []" : "stages:");
    for (const ImportedStage& stage : pipeline_.stages) write_stage(stage);
    if (!result_.kernels.empty()) result_.kernel_folder = (folder_ / kernels_name_).string();
    return std::move(result_);
  }

 private:
  void line(const std::string& text) { result_.text += text + "\n"; }
  void comment(const std::string& indent, const std::string& text) {
    line(indent + "# " + comment_text(text));
  }

  void write_stage(const ImportedStage& stage) {
    for (const std::string& text : stage.comments) comment("  ", text);
    if (!stage.settings.empty()) return line("  - " + stage.settings);
    line("  - convolve:");
    if (stage.float64) line("      precision: float64");
    line("      matrix:");
    for (const ImportedPath& path : stage.paths) write_path(path);
  }

  void write_path(const ImportedPath& path) {
    std::string text = "        - {in: " + std::to_string(path.in) +
                       ", out: " + std::to_string(path.out) + ", " + kernel_text(path.kernel);
    if (path.gain != 1) text += ", factor: " + imported_number(path.gain);
    if (path.delay != 0) text += ", delay: " + std::to_string(path.delay);
    line(text + "}" + (path.comment.empty() ? "" : "  # " + comment_text(path.comment)));
  }

  std::string kernel_text(const ImportedKernel& kernel) {
    std::string text = "kernel: " + source_text(kernel);
    if (kernel.channel > 0) text += ", channel: " + std::to_string(kernel.channel);
    std::string prepare;
    if (kernel.offset > 0) prepare = "offset: " + std::to_string(kernel.offset);
    if (kernel.length > 0) {
      prepare += (prepare.empty() ? "" : ", ") + ("length: " + std::to_string(kernel.length));
    }
    return prepare.empty() ? text : text + ", prepare: {" + prepare + "}";
  }

  // A name with a folder is never taken for a design's.
  std::string source_text(const ImportedKernel& kernel) {
    if (kernel.file.empty()) return taps_text(kernel);
    const fs::path file(kernel.file);
    if (file.is_absolute()) return quoted(kernel.file);
    const std::string near =
        fs::proximate(file, folder_.empty() ? fs::path(".") : folder_).string();
    return quoted(near.find('/') == std::string::npos ? "./" + near : near);
  }

  std::string taps_text(const ImportedKernel& kernel) {
    if (kernel.taps.size() <= kMostInlineTaps) return list(kernel.taps);
    const auto [known, fresh] = known_.try_emplace(kernel.taps);
    if (kernels_name_.empty()) return anchored(kernel.taps, known->second);
    if (fresh) {
      const std::string name = kernels_name_ + "/" + free_name(kernel.name) + ".npy";
      result_.kernels.push_back({(folder_ / name).string(), kernel.taps});
      known->second = quoted(name);
    }
    return known->second;
  }

  // Without files: an anchor where the taps come first, an alias afterwards.
  std::string anchored(const std::vector<double>& taps, std::string& alias) {
    if (!alias.empty()) return alias;
    const std::string name = "kernel" + std::to_string(known_.size());
    alias = "*" + name;
    return "&" + name + " " + list(taps);
  }

  static std::string list(const std::vector<double>& taps) {
    std::string text;
    for (const double tap : taps) text += (text.empty() ? "" : ", ") + imported_number(tap);
    return "[" + text + "]";
  }

  // A file name of letters, digits, '.', '_' and '-' that no other kernel has.
  std::string free_name(const std::string& wanted) {
    std::string name;
    for (const char c : wanted.substr(0, 60)) {
      const bool letter =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      name += letter || c == '.' || c == '_' || c == '-' ? c : '_';
    }
    if (name.empty() || name[0] == '.') name = "kernel" + name;
    for (int n = 2; !names_.insert(name).second; ++n) {
      if (!names_.contains(name + "-" + std::to_string(n))) name += "-" + std::to_string(n);
    }
    return name;
  }

  const ImportedPipeline& pipeline_;
  fs::path folder_;                                   // of the output
  std::string kernels_name_;                          // of the folder in it; empty: no files
  std::map<std::vector<double>, std::string> known_;  // taps -> how they are named
  std::set<std::string> names_;
  WrittenPipeline result_;
};

}  // namespace

std::string imported_number(double value) {
  char text[40];
  return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

std::string imported_numbers(const std::vector<double>& values) {
  const bool equal = std::all_of(values.begin(), values.end(),
                                 [&](double value) { return value == values.front(); });
  if (equal && !values.empty()) return imported_number(values.front());
  std::string text;
  for (const double value : values) text += (text.empty() ? "" : ", ") + imported_number(value);
  return "[" + text + "]";
}

WrittenPipeline write_imported(const ImportedPipeline& pipeline, const std::string& heading,
                               const std::string& output) {
  return Writer(pipeline, output).write(heading);
}

}  // namespace faltung
