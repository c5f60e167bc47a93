// A case of a benchmark: everybody in turns, every output checked.
#include "apps/faltung/bench/case.h"

#include <chrono>
#include <thread>

#include "engine/nd/error.h"

namespace faltung {
namespace {

// Between contenders: idle threads of a pool (OpenMP's, oneTBB's) spin for a while on the cores
// that the next one needs.
constexpr auto kSettle = std::chrono::milliseconds(5);

BenchRecord record_of(const BenchCase& bench_case, const char* metric, const char* unit) {
  BenchRecord record;
  record.suite = bench_case.suite;
  record.name = bench_case.name;
  record.metric = metric;
  record.unit = unit;
  record.group = bench_case.group;
  return record;
}

std::vector<PeerValue> missing_or_not(const std::vector<BenchPeer>& peers) {
  std::vector<PeerValue> values;
  for (const BenchPeer& peer : peers) {
    values.push_back({peer.name, kNotMeasured,
                      peer.turn ? PeerValue::State::measured : PeerValue::State::missing});
  }
  return values;
}

// Seconds of everybody, into `times`.
void take_all(const BenchCase& bench_case, int rounds, BenchRecord* times) {
  std::vector<std::function<void()>> turns{[&] { keep_least(&times->faltung, bench_case.turn()); }};
  for (std::size_t i = 0; i < bench_case.peers.size(); ++i) {
    if (!bench_case.peers[i].turn) continue;
    turns.push_back(
        [=, &bench_case] { keep_least(&times->peers[i].value, bench_case.peers[i].turn()); });
  }
  turns.push_back([&] { keep_least(&times->limit, bench_case.floor()); });
  for (auto& turn : turns) {
    turn = [turn] {
      std::this_thread::sleep_for(kSettle);
      turn();
    };
  }
  take_turns(rounds, turns);
}

void check_all(const BenchCase& bench_case, BenchRecord* times, BenchRecord* errors) {
  errors->faltung = errors->error = times->error = bench_case.error();
  if (!(times->error <= bench_case.wrong_beyond)) {
    throw Error(Code::failure, bench_case.name + ": Faltung's output is wrong by " +
                                   value_text(times->error, "of peak") + " of the peak");
  }
  for (std::size_t i = 0; i < bench_case.peers.size(); ++i) {
    if (!bench_case.peers[i].turn) continue;
    errors->peers[i].value = bench_case.peers[i].error();
    if (errors->peers[i].value <= bench_case.wrong_beyond) continue;
    errors->peers[i].state = times->peers[i].state = PeerValue::State::wrong;
  }
}

void make_rates(double flops, BenchRecord* times) {
  times->metric = "rate";
  times->unit = "flop/s";
  times->faltung = flops / times->faltung;
  times->limit = flops / times->limit;
  for (PeerValue& peer : times->peers) peer.value = flops / peer.value;
}

}  // namespace

BenchEffort bench_effort(bool quick) { return quick ? BenchEffort{1, 0} : BenchEffort{}; }

std::string effort_text(const BenchEffort& effort) {
  return "the least of " + std::to_string(effort.rounds) + " rounds in turns" +
         (effort.turn_s > 0 ? " of at least " + value_text(effort.turn_s, "s") + " each" : "");
}

void run_case(const BenchCase& bench_case, const BenchEffort& effort, BenchReport* report) {
  BenchRecord times = record_of(bench_case, "time", "s");
  BenchRecord errors = record_of(bench_case, "error", "of peak");
  errors.tabled = bench_case.errors_tabled;
  times.peers = errors.peers = missing_or_not(bench_case.peers);
  take_all(bench_case, effort.rounds, &times);
  check_all(bench_case, &times, &errors);
  if (bench_case.flops > 0) make_rates(bench_case.flops, &times);
  report->records.push_back(std::move(times));
  report->records.push_back(std::move(errors));
}

std::string with_threads(const std::string& name, int threads) {
  return name + (threads == 1 ? ", 1 thread" : ", " + std::to_string(threads) + " threads");
}

}  // namespace faltung
