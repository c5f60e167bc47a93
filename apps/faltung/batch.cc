// Many inputs through one pipeline, one after the other.
#include "apps/faltung/batch.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <new>

#include "apps/faltung/checksum.h"
#include "apps/faltung/memory_promise.h"
#include "apps/faltung/quantity.h"
#include "apps/faltung/summary.h"
#include "engine/io/formats.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

class Batch {
 public:
  Batch(const std::vector<Job>& jobs, LoadedPipeline& loaded, Machine& machine,
        const ProcessingOptions& processing, const BatchOptions& options)
      : jobs_(jobs),
        loaded_(loaded),
        machine_(machine),
        options_(processing),
        stops_(options.on_failure == OnFailure::stop),
        progress_(sizes()),
        outcomes_(jobs.size()) {
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      outcomes_[i].input = jobs[i].input;
      outcomes_[i].output = jobs[i].output;
    }
    if (jobs.size() > 1) options_.batch = &progress_;
    if (options.summary.empty()) return;
    refuse_as_summary(options.summary);
    summary_ = std::make_unique<Summary>(options.summary);
  }

  int run() {
    for (std::size_t i = 0; i < jobs_.size() && !(stops_ && status_ != 0); ++i) {
      attempt(jobs_[i], outcomes_[i]);
      progress_.next();
    }
    if (summary_) summary_->write(outcomes_);
    if (jobs_.size() > 1 && status_ != 0) tell_failures();
    return status_;
  }

 private:
  std::vector<Index> sizes() const {
    std::vector<Index> sizes;
    for (const Job& job : jobs_) sizes.push_back(bytes_of(holder_of(job.input)));
    return sizes;
  }

  void refuse_as_summary(const std::string& path) const {
    const auto place = [](const std::string& name) {
      return fs::weakly_canonical(fs::absolute(holder_of(name)));
    };
    for (const Job& job : jobs_) {
      refuse_overwriting(path, {job.input});
      if (place(path) != place(job.output)) continue;
      throw Error(Code::configuration, "'" + path + "' cannot be the summary and an output");
    }
    refuse_overwriting(path, *loaded_.files);
  }

  // One input's failure, whatever it is, is no reason to leave the others.
  void attempt(const Job& job, Outcome& outcome) {
    const auto begin = std::chrono::steady_clock::now();
    try {
      outcome.status = 0;
      finish(job, outcome);
    } catch (const Error& error) {
      note(outcome, static_cast<int>(error.code()), error.what());
    } catch (const std::bad_alloc&) {
      note(outcome, static_cast<int>(Code::failure), job.input + ": out of memory");
    } catch (const std::exception& error) {
      note(outcome, static_cast<int>(Code::failure), job.input + ": " + error.what());
    }
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
    outcome.seconds = spent.count();
    outcome.peak_bytes = peak_memory();
  }

  void finish(const Job& job, Outcome& outcome) {
    const Processed done = process(job, loaded_, machine_, options_);
    tell(job, done);
    outcome.compute_s = done.compute_s;
    outcome.samples = done.given * done.out.channels * done.out.inner_size();
    if (!summary_) return;
    outcome.bytes_read = bytes_of(holder_of(job.input));
    const bool whole = options_.shard.count == 1;  // the others may still be at work
    if (job.output == kStandardStream || !whole) return;
    const Measured written = measure(holder_of(job.output));
    outcome.bytes_written = written.bytes;
    outcome.sha256 = written.sha256;
  }

  void tell(const Job& job, const Processed& done) const {
    Console(options_.general)
        .detail(job.input + ": " + done.in.text() + " -> " + job.output + ": " + done.out.text() +
                "; " + quantity(done.seconds, "s") + ", of which computing " +
                quantity(done.compute_s, "s") + "; " +
                rate_text(done.in, done.taken, done.seconds));
  }

  void note(Outcome& outcome, int status, const std::string& message) {
    complain(message);
    outcome.status = status;
    outcome.error = message;
    progress_.count_failure();
    if (status_ == 0) status_ = status;
  }

  // Once more at the end: the first ones may have left the screen long ago.
  void tell_failures() const {
    const auto failed = [](const Outcome& of) { return of.status.value_or(0) != 0; };
    const auto count = std::count_if(outcomes_.begin(), outcomes_.end(), failed);
    const std::string of_all = std::to_string(count) + " of " + std::to_string(jobs_.size()) +
                               (jobs_.size() == 1 ? " input" : " inputs") + " failed";
    if (stops_) return complain(of_all + "; the batch stopped there (--fail-fast)");
    complain(of_all + "; the others are done. Failed:");
    for (const Outcome& outcome : outcomes_) {
      if (failed(outcome)) complain("  " + outcome.error);
    }
  }

  const std::vector<Job>& jobs_;
  LoadedPipeline& loaded_;
  Machine& machine_;
  ProcessingOptions options_;
  const bool stops_;
  BatchProgress progress_;
  std::unique_ptr<Summary> summary_;
  std::vector<Outcome> outcomes_;
  int status_ = 0;  // of the first failure
};

}  // namespace

int run_batch(const std::vector<Job>& jobs, LoadedPipeline& loaded, Machine& machine,
              const ProcessingOptions& processing, const BatchOptions& options) {
  return Batch(jobs, loaded, machine, processing, options).run();
}

}  // namespace faltung
