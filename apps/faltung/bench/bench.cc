// faltung bench: runs suites, prints their tables, and keeps them as JSON lines or in a page.
#include "apps/faltung/bench/bench.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <system_error>
#include <thread>

#include "engine/nd/error.h"
#include "engine/nd/suggestion.h"
#include "engine/simd/targets.h"

namespace faltung {
namespace {

struct Suite {
  const char* name;
  const char* what;
  BenchReport (*run)(const BenchOptions&);
};

constexpr Suite kSuites[] = {
    {"loops", "inner loops and transforms, as shares of this machine's rates", bench_loops},
    {"live", "long responses at short blocks, call by call", bench_live},
    {"offline", "a long sound through a long response, whole processes", bench_offline},
    {"image", "large images, small and large kernels, in memory", bench_image},
    {"volume", "a volume, small and large kernels, in memory", bench_volume},
    {"series", "a short series from Python, a long one through a long kernel", bench_series},
    {"layers", "layers of neural networks, forwards and backwards", bench_layers},
    {"growth", "how time grows with the kernel and with the image, for every solver", bench_growth},
};

constexpr Suite kLarge{"large", "volumes on disk, larger than the memory allowed", bench_large};

std::vector<const Suite*> suites_for(const std::string& name, bool large) {
  if (large && name == "volume") return {&kLarge};
  if (large)
    throw Error(Code::configuration, "--large is for one suite: faltung bench volume --large");
  std::vector<const Suite*> result;
  std::vector<std::string> names;
  std::string all;
  for (const Suite& suite : kSuites) {
    if (name.empty() || name == suite.name) result.push_back(&suite);
    names.push_back(suite.name);
    all += (all.empty() ? "" : ", ") + names.back();
  }
  if (!result.empty()) return result;
  const std::string better = suggestion(name, names);
  throw Error(Code::configuration, "unknown suite '" + name + "'; " +
                                       (better.empty() ? "" : "did you mean '" + better + "'? ") +
                                       "there are " + all);
}

std::string processor() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown processor";
}

std::string machine_line() {
  return processor() + ", " + std::to_string(std::thread::hardware_concurrency()) + " cores, " +
         simd_target() + "; faltung " FALTUNG_VERSION;
}

// Complete or not at all: under another name first.
void write_text(const std::string& path, const std::string& text) {
  const std::string temporary = path + ".part";
  std::ofstream file(temporary, std::ios::binary);
  file << text;
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(temporary, path, error);
  if (!file || error) {
    std::filesystem::remove(temporary, error);
    throw Error(Code::output, "cannot write " + path);
  }
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw Error(Code::input, "cannot read " + path);
  return text.str();
}

std::string mark_of(const Suite& suite) { return std::string("<!-- bench: ") + suite.name; }

// Where a page keeps a suite: from after the line that begins with its mark up to the next heading.
void place(const std::string& page, const Suite& suite, const std::string& tables,
           std::string* text) {
  const std::size_t mark = text->find(mark_of(suite));
  if (mark == std::string::npos) {
    throw Error(Code::configuration, page + " has no place for '" + suite.name + "': a line " +
                                         mark_of(suite) + ". -->");
  }
  const std::size_t line_end = text->find('\n', mark);
  const std::size_t begin = line_end == std::string::npos ? text->size() : line_end + 1;
  const std::size_t heading = text->find("\n## ", begin);
  const std::size_t end = heading == std::string::npos ? text->size() : heading;
  text->replace(begin, end - begin, tables);
}

// Before hours of measuring: can the results be kept?
void require_places(const BenchOptions& options, const std::vector<const Suite*>& suites) {
  if (!options.json.empty()) write_text(options.json, "");
  if (options.markdown.empty()) return;
  std::string text = read_text(options.markdown);
  for (const Suite* suite : suites) place(options.markdown, *suite, "", &text);
}

}  // namespace

int run_bench(const BenchOptions& options) {
  if (!options.turn.empty()) return run_live_turn(options);
  if (options.general.threads > 0) {
    throw Error(Code::configuration, "bench sets the threads of every case itself: no --threads");
  }
  const auto suites = suites_for(options.suite, options.large);
  require_places(options, suites);
  const auto say = [&](const std::string& text) {
    if (!options.general.quiet) std::cout << text << std::endl;  // flushed: what follows takes long
  };
  std::string lines;
  for (const Suite* suite : suites) {
    say(suite->name + std::string(": ") + suite->what + "\n  " + machine_line() + "\n");
    const BenchReport report = suite->run(options);
    say(report_text(report));
    for (const BenchRecord& record : report.records) lines += json_line(record) + '\n';
    if (!options.json.empty()) write_text(options.json, lines);
    if (!options.markdown.empty()) {
      std::string page = read_text(options.markdown);
      place(options.markdown, *suite, machine_line() + ".\n\n" + report_markdown(report), &page);
      write_text(options.markdown, page);
    }
  }
  return 0;
}

}  // namespace faltung
