// The work that an LV2 plugin asks for beside its runs.
#include "engine/stages/lv2_worker.h"

#include <chrono>

#include "engine/stages/lv2_api.h"

namespace faltung {
namespace {

constexpr std::size_t kQueueBytes = 64 << 10;  // other hosts have 4 kB; plugins send paths
constexpr std::chrono::milliseconds kPoll{2};  // waking a thread would call the system

const LV2_Worker_Interface& interface_of(const void* raw) noexcept {
  return *static_cast<const LV2_Worker_Interface*>(raw);
}

LV2_Worker_Status put(MessageHandover& queue, std::uint32_t size, const void* data) noexcept {
  return queue.put(data, size) ? LV2_WORKER_SUCCESS : LV2_WORKER_ERR_NO_SPACE;
}

}  // namespace

struct Lv2Worker::Callbacks {
  static LV2_Worker_Status schedule(LV2_Worker_Schedule_Handle worker, std::uint32_t size,
                                    const void* data) {
    return put(static_cast<Lv2Worker*>(worker)->requests_, size, data);
  }
  static LV2_Worker_Status respond(LV2_Worker_Respond_Handle worker, std::uint32_t size,
                                   const void* data) {
    return put(static_cast<Lv2Worker*>(worker)->answers_, size, data);
  }
  LV2_Worker_Schedule feature;
};

Lv2Worker::Lv2Worker()
    : requests_(kQueueBytes),
      answers_(kQueueBytes),
      request_(requests_.most()),
      answer_(answers_.most()),
      callbacks_(std::make_unique<Callbacks>()) {
  callbacks_->feature = {this, Callbacks::schedule};
}

Lv2Worker::~Lv2Worker() = default;

Lv2Feature Lv2Worker::feature() noexcept { return {LV2_WORKER__schedule, &callbacks_->feature}; }

void Lv2Worker::attach(const Lv2Instance& instance) noexcept {
  interface_ = instance.extension(LV2_WORKER__interface);
  handle_ = instance.handle();
}

void Lv2Worker::end_run() noexcept {
  if (!interface_) return;
  const LV2_Worker_Interface& plugin = interface_of(interface_);
  std::uint32_t size = 0;
  while (answers_.take(answer_.data(), &size)) {
    if (plugin.work_response) plugin.work_response(handle_, size, answer_.data());
  }
  if (plugin.end_run) plugin.end_run(handle_);
}

bool Lv2Worker::work() noexcept {
  if (!interface_ || !hold()) return false;
  std::uint32_t size = 0;
  const bool there = requests_.take(request_.data(), &size);
  if (there) {
    interface_of(interface_).work(handle_, Callbacks::respond, this, size, request_.data());
  }
  release();
  return there;
}

Lv2WorkerThread::Lv2WorkerThread(std::vector<Lv2Worker*> workers)
    : workers_(std::move(workers)), thread_([this] { run(); }) {}

Lv2WorkerThread::~Lv2WorkerThread() {
  stop_.store(true);
  thread_.join();
}

void Lv2WorkerThread::run() noexcept {
  while (!stop_.load()) {
    bool worked = false;
    for (Lv2Worker* worker : workers_) worked = worker->work() || worked;
    if (!worked) std::this_thread::sleep_for(kPoll);
  }
}

}  // namespace faltung
