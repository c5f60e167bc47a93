// Which output belongs to which input.
#include "apps/faltung/outputs.h"

#include <doctest/doctest.h>

#include "apps/faltung/output_pattern.h"
#include "engine/nd/error.h"

namespace faltung {

TEST_CASE("outputs: one input goes to the output itself") {
  const auto jobs = plan_jobs({{"-", ""}}, "-");
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].output == "-");
  CHECK_THROWS_AS(plan_jobs({{"a.wav", ""}, {"b.wav", ""}}, "-"), Error);
  CHECK_THROWS_AS(plan_jobs({{"a.wav", ""}}, "/nowhere/at/all/b.wav"), Error);
}

TEST_CASE("outputs: a pattern is filled with what is known of the input") {
  const Input input{"/data/mon/head.1.nii.gz", "mon"};
  const auto name = [&](const std::string& pattern) { return output_name(pattern, input, 7); };
  CHECK(name("{name}_smooth{ext}") == "head.1_smooth.nii.gz");
  CHECK(name("{stem}") == "head.1.nii");
  CHECK(name("out/{parent}/{index}") == "out/mon/7");
  CHECK(name("{index:04}.png") == "0007.png");
  CHECK(name("{index:01}{{x}}") == "7{x}");
  CHECK(output_name("o/{folder}/{name}{ext}", {"a.png", ""}, 1) == "o/a.png");
  CHECK(output_name("{name}|{ext}", {".hidden", ""}, 1) == ".hidden|");
  for (const char* wrong : {"{nmae}", "{", "}", "{name", "a}b", "{index:4}", "{index:0}", "{}"}) {
    CAPTURE(std::string(wrong));
    CHECK_THROWS_AS(name(wrong), Error);
  }
}

TEST_CASE("outputs: a pattern's folders are made, and what was found in folders stays in folders") {
  const auto jobs = plan_jobs({{"in/a.wav", ""}, {"in/mon/a.wav", "mon"}}, "new/");
  CHECK(jobs[0].output == "new/a.wav");
  CHECK(jobs[1].output == "new/mon/a.wav");
  CHECK(jobs[1].new_folder == "new/mon");
  CHECK(plan_jobs({{"a.wav", ""}}, "x{index}/{name}.png")[0].new_folder == "x1");
  CHECK(plan_jobs({{"a.wav", ""}}, "x{index}/")[0].output == "x1/a.wav");
}

}  // namespace faltung
