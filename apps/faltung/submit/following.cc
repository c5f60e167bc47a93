// An output that a cluster computes, followed until it is complete.
#include "apps/faltung/submit/following.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <thread>

#include "apps/faltung/interruption.h"
#include "apps/faltung/quantity.h"
#include "engine/nd/error.h"

namespace faltung {
namespace {

using namespace std::chrono_literals;

// Slurm's controller serves everybody: it is asked often only at first.
constexpr auto kFirstPause = 1000ms, kLongestPause = 10000ms;
constexpr auto kNap = 100ms;        // between looks for a signal, and for the output's end
constexpr int kShareOfCensus = 10;  // a pause is at least so many times as long as a look took
constexpr auto kPatience = 10min;   // with a controller that does not answer

volatile std::sig_atomic_t signal_seen = 0;
extern "C" void note_signal(int signal) { signal_seen = signal; }

// While one exists, signals are noted instead of ending the process; ignored ones stay ignored.
class NotedSignals {
 public:
  NotedSignals() {
    signal_seen = 0;
    struct sigaction action {};
    action.sa_handler = note_signal;
    struct sigaction* former = former_;
    for (const int signal : Interruption::kSignals) {
      sigaction(signal, nullptr, former);
      if (former->sa_handler != SIG_IGN) sigaction(signal, &action, nullptr);
      ++former;
    }
  }
  ~NotedSignals() {
    const struct sigaction* former = former_;
    for (const int signal : Interruption::kSignals) sigaction(signal, former++, nullptr);
  }
  NotedSignals(const NotedSignals&) = delete;
  NotedSignals& operator=(const NotedSignals&) = delete;

 private:
  struct sigaction former_[std::size(Interruption::kSignals)];
};

// Sleeps until a signal comes, or `unfinished` goes (true): the last job is then about to end.
bool sleep_while_at_work(std::chrono::steady_clock::duration pause, const std::string& unfinished) {
  std::error_code ignored;
  const bool there = std::filesystem::exists(unfinished, ignored);
  const auto end = std::chrono::steady_clock::now() + pause;
  while (!signal_seen && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(kNap);
    if (there && !std::filesystem::exists(unfinished, ignored)) return true;
  }
  return false;
}

}  // namespace

std::string ending_text(std::optional<int> status) {
  if (!status)
    return "it did not end by itself: killed, out of time or memory, or its host was lost";
  if (*status > 128) return "killed by signal " + std::to_string(*status - 128);
  return "exit status " + std::to_string(*status);
}

Following::Following(const GeneralOptions& general, const std::string& output, const Format& out,
                     Index shards, SubmitFolder& folder)
    : console_(general),
      output_(output),
      out_(out),
      folder_(folder),
      watch_(shards),
      progress_(console_, std::filesystem::path(output).filename().string(), out) {
  seen_.statuses.resize(static_cast<std::size_t>(shards));
}

int Following::run() {
  const NotedSignals signals;
  auto pause = Clock::duration(kFirstPause);
  while (true) {
    const auto begin = Clock::now();
    look();
    if (signal_seen) return leave(signal_seen);
    if (seen_.complete) break;
    submit_lost();
    draw();
    const bool ending = sleep_while_at_work(
        std::max(pause, kShareOfCensus * (Clock::now() - begin)), unfinished_place(output_));
    pause = std::min<Clock::duration>(kLongestPause, ending ? kNap : pause + pause / 5);
  }
  finish();
  return 0;
}

bool Following::complete() const {
  return ShardWatch::all_done(seen_) && census_.complete && census_.chunks > 0 &&
         census_.there == census_.chunks;
}

void Following::look() {
  take_queue();
  for (std::size_t i = 0; i < seen_.statuses.size(); ++i) {
    if (seen_.statuses[i] != 0) seen_.statuses[i] = folder_.status(static_cast<Index>(i) + 1);
  }
  try {
    census_ = take_census(output_);
  } catch (const Error& error) {
    // Between unfinished and complete it has neither name for a moment, nor its metadata.
    if (ShardWatch::all_done(seen_)) console_.detail(error.what());
  }
  seen_.complete = complete();
}

void Following::take_queue() {
  std::string why;
  const auto all = slurm_queue(why);
  if (!all) return wait_for_slurm(why);
  if (silent_since_) note("Slurm answers again");
  silent_since_.reset();
  const std::vector<std::string> ours = folder_.jobs();
  tasks_.clear();
  seen_.queued.clear();
  for (const SlurmTask& task : *all) {
    if (std::find(ours.begin(), ours.end(), task.job) == ours.end()) continue;
    tasks_.push_back(task);
    seen_.queued.insert(task.shard);
    note_held(task);
  }
}

void Following::wait_for_slurm(const std::string& why) {
  const auto now = Clock::now();
  if (!silent_since_) {
    silent_since_ = now;
    return note("Slurm does not answer (" + why + "); waiting");
  }
  if (now - *silent_since_ < kPatience) return;
  throw Error(Code::failure, "Slurm has not answered for ten minutes: " + why +
                                 "; the same command goes on with what is missing");
}

void Following::note(const std::string& text) {
  progress_.hide();
  console_.note(output_ + ": " + text);
}

// Nothing but a person lets go of a job that is held.
void Following::note_held(const SlurmTask& task) {
  const bool held = task.state == "PENDING" && (task.reason.find("Held") != std::string::npos ||
                                                task.reason.find("held") != std::string::npos);
  if (!held || !held_.insert(task.shard).second) return;
  const std::string name = task.job + "_" + std::to_string(task.shard);
  note("Slurm holds " + name + " (" + task.reason + "); scontrol release " + name + " lets it go");
}

void Following::draw() {
  if (census_.chunks == 0 || census_.complete) return;
  const auto done = std::count(seen_.statuses.begin(), seen_.statuses.end(), 0);
  const auto run = std::count_if(tasks_.begin(), tasks_.end(),
                                 [](const SlurmTask& task) { return task.state == "RUNNING"; });
  const Index positions =
      static_cast<Index>(static_cast<double>(out_.extent.value_or(0)) *
                         static_cast<double>(census_.there) / static_cast<double>(census_.chunks));
  if (!drawn_) progress_.start_from(positions);
  drawn_ = true;
  progress_.set_text(std::to_string(done) + "/" + std::to_string(seen_.statuses.size()) + " (" +
                     std::to_string(run) + " run) ");
  progress_.update(positions);
}

void Following::submit_lost() {
  if (silent_since_) return;  // nobody knows what is queued
  if (!unsubmitted_.empty()) return submit_again(unsubmitted_);
  const std::vector<Index> lost = watch_.lost(seen_, Clock::now());
  if (lost.empty()) return;
  for (const Index shard : lost) {
    const std::optional<int> status = seen_.statuses[static_cast<std::size_t>(shard - 1)];
    const int failures = watch_.count_failure(shard, status);
    if (failures >= ShardWatch::kMostFailures) give_up(shard, status);
    note("shard " + std::to_string(shard) + ": " +
         (status == 0 ? "done, but the output is not complete" : ending_text(status)));
  }
  submit_again(lost);
}

void Following::submit_again(std::vector<Index> shards) {
  for (const Index shard : shards) {
    folder_.forget_status(shard);
    seen_.statuses[static_cast<std::size_t>(shard - 1)].reset();
  }
  try {
    const std::string job = slurm_submit(folder_.script_path(), shards);
    folder_.add_job(job);
    unsubmitted_.clear();
    note("shards " + shard_list(shards) + " submitted again as job " + job);
  } catch (const Error& error) {
    if (error.code() != Code::failure) throw;
    unsubmitted_ = shards;
    wait_for_slurm(error.what());
  }
}

void Following::give_up(Index shard, std::optional<int> status) {
  progress_.hide();
  const bool known = status && *status > 1 && *status <= static_cast<int>(Code::busy);
  std::string text = output_ + ": shard " + std::to_string(shard) + " of " +
                     std::to_string(seen_.statuses.size()) +
                     " fails, lastly: " + ending_text(status) + "\n" + folder_.log_end(shard) +
                     "Its whole log, and the others: " + folder_.path() +
                     "\nThe same command goes on with what is missing";
  if (!tasks_.empty()) text += "; the other jobs go on, scancel " + jobs_text() + " ends them";
  throw Error(known ? static_cast<Code>(*status) : Code::failure, text);
}

void Following::finish() {
  progress_.hide();
  if (!tasks_.empty()) {  // whose shards others have done
    for (const std::string& job : folder_.jobs()) slurm_cancel(job);
  }
  folder_.remove();
  const std::chrono::duration<double> spent = Clock::now() - begin_;
  console_.note(output_ + ": complete, " + std::to_string(census_.chunks) + " chunks, after " +
                quantity(spent.count(), "s"));
}

int Following::leave(int signal) {
  progress_.hide();
  complain(output_ +
           ": interrupted; the jobs go on. The same command follows them again, scancel " +
           jobs_text() + " ends them");
  return 128 + signal;
}

std::string Following::jobs_text() const {
  std::string text;
  for (const std::string& job : folder_.jobs()) text += (text.empty() ? "" : " ") + job;
  return text;
}

}  // namespace faltung
