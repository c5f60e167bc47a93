// Every example of docs/pipelines.md is a pipeline, and every stage has one.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/pipeline/written.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

std::string page() {
  std::ifstream file(std::filesystem::path(FALTUNG_SOURCE) / "docs" / "pipelines.md");
  REQUIRE(file);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> examples(const std::string& text) {
  static const std::string kBegin = "```yaml\n", kEnd = "```";
  std::vector<std::string> result;
  for (std::size_t at = 0; (at = text.find(kBegin, at)) != std::string::npos;) {
    at += kBegin.size();
    const std::size_t end = text.find(kEnd, at);
    result.push_back(text.substr(at, end - at));
    at = end + kEnd.size();
  }
  return result;
}

// Any file there is: a pair of responses.
Kernel pair(const std::string& path) {
  Kernel kernel = two_files()("pair.wav");
  kernel.name = path;
  return kernel;
}

}  // namespace

TEST_CASE("documented pipelines: every example is accepted") {
  const std::vector<std::string> all = examples(page());
  CHECK(all.size() >= 12);
  for (const std::string& example : all) {
    CAPTURE(example);
    CHECK(parse_pipeline(example, "example.yaml", pair).stages >= 1);
  }
}

TEST_CASE("documented pipelines: every stage has its heading and an example") {
  const std::string text = page();
  std::string written_down;
  for (const std::string& example : examples(text)) written_down += example;
  for (const StageRow& row : stage_table()) {
    CAPTURE(row.name);
    CHECK(text.find("\n## " + std::string(row.name) + "\n") != std::string::npos);
    CHECK(written_down.find(std::string(row.name) + ":") != std::string::npos);
  }
}
