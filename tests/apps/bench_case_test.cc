// A benchmark's case: who counts, who is marked, and what the records say.
#include "apps/faltung/bench/case.h"

#include <doctest/doctest.h>

#include "apps/faltung/bench/reference.h"
#include "engine/nd/error.h"

namespace faltung {
namespace {

constexpr BenchEffort kOnce{2, 0};

std::function<double()> always(double value) {
  return [value] { return value; };
}

BenchCase simple_case() { return {"suite", "case", always(2), always(1e-7), {}, always(1)}; }

const BenchRecord& time_of(const BenchReport& report) { return report.records.at(0); }

}  // namespace

TEST_CASE("bench: the best right peer makes the ratio, a wrong one wins nothing") {
  BenchCase bench_case = simple_case();
  bench_case.peers = {{"slow", always(6), always(0)},
                      {"wrong", always(0.1), always(0.5)},
                      {"not a number", always(0.1), always(kNotMeasured)},
                      {"good", always(3), always(1e-6)},
                      {"absent", {}, {}}};
  BenchReport report;
  run_case(bench_case, kOnce, &report);
  const BenchRecord& times = time_of(report);
  CHECK(times.best_peer()->name == "good");
  CHECK(times.ratio() == doctest::Approx(1.5));
  CHECK(times.share_of_limit() == doctest::Approx(0.5));
  CHECK(times.peers[1].state == PeerValue::State::wrong);
  CHECK(times.peers[2].state == PeerValue::State::wrong);
  CHECK(times.peers[4].state == PeerValue::State::missing);
  CHECK(report_text(report).find("missing") != std::string::npos);
  CHECK(report_text(report).find("(wrong)") != std::string::npos);
}

TEST_CASE("bench: the least of all rounds counts, of everybody") {
  BenchCase bench_case = simple_case();
  double ours = 10, theirs = 20;
  bench_case.turn = [&] { return ours -= 1; };
  bench_case.peers = {{"peer", [&] { return theirs -= 1; }, always(0)}};
  BenchReport report;
  run_case(bench_case, BenchEffort{3, 0}, &report);
  CHECK(time_of(report).faltung == 7);
  CHECK(time_of(report).peers[0].value == 17);
}

TEST_CASE("bench: with operations, times become rates, and more is better") {
  BenchCase bench_case = simple_case();
  bench_case.flops = 12;
  bench_case.peers = {{"half as fast", always(4), always(0)}, {"slow", always(12), always(0)}};
  BenchReport report;
  run_case(bench_case, kOnce, &report);
  const BenchRecord& rates = time_of(report);
  CHECK(rates.metric == "rate");
  CHECK(rates.faltung == 6);
  CHECK(rates.limit == 12);
  CHECK(rates.best_peer()->name == "half as fast");
  CHECK(rates.ratio() == doctest::Approx(2));
}

TEST_CASE("bench: a wrong output of Faltung is an error that names the case") {
  BenchCase bench_case = simple_case();
  bench_case.error = always(0.01);
  BenchReport report;
  CHECK_THROWS_WITH_AS(run_case(bench_case, kOnce, &report),
                       "case: Faltung's output is wrong by 1.0e-02 of the peak", Error);
  CHECK(report.records.empty());
}

TEST_CASE("bench: groups of a metric have tables of their own, in the order they came") {
  BenchReport report;
  for (const char* group : {"large", "small", "large"}) {
    BenchCase bench_case = simple_case();
    bench_case.group = group;
    bench_case.errors_tabled = false;
    run_case(bench_case, kOnce, &report);
  }
  const std::string page = report_markdown(report);
  const std::size_t large = page.find("Time of one call: large:\n");
  const std::size_t small = page.find("Time of one call: small:\n");
  CHECK(large < small);
  CHECK(small != std::string::npos);
  CHECK(page.find("Time of one call: large:\n", large + 1) == std::string::npos);
  CHECK(page.find("Largest error") == std::string::npos);
}

TEST_CASE("bench: a reference measures the largest difference, and NaN and lost values are wrong") {
  Array<double> values(Shape{2, 2});
  values[3] = -4;
  const BenchReference reference(values.copy());
  CHECK(reference.error_of(values) == 0);
  values[0] = 1;
  CHECK(reference.error_of(values) == 0.25);
  values[0] = kNotMeasured;
  CHECK(reference.error_of(values) == 1);
  CHECK(reference.error_of(Array<double>(Shape{3})) == 1);
  CHECK_NOTHROW(
      reference.check("right", [](const Shape& at) { return at[0] + at[1] == 2 ? -4.0 : 0.0; }));
  CHECK_THROWS_AS(reference.check("wrong", [](const Shape&) { return 0.0; }), Error);
}

}  // namespace faltung
