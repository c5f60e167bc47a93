// A clock without a sound card: calls in real time, or as fast as the client is ready.
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <atomic>
#include <cmath>
#include <thread>

#include "engine/io/device.h"
#include "engine/nd/array.h"

namespace faltung {
namespace {

constexpr int kPriority = 15;              // of SCHED_FIFO, as JACK's clients have
constexpr std::int64_t kReadyWait = 200'000;  // ns between two looks whether the client is ready
constexpr std::int64_t kSecond = 1'000'000'000;

std::int64_t now_ns() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

void sleep_until(std::int64_t ns) {
  const timespec time{ns / kSecond, ns % kSecond};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr);
}

class NullDevice final : public Device {
 public:
  NullDevice(const NullRequest& request, DeviceClient& client)
      : request_(request),
        client_(client),
        in_(request.inputs * request.block),
        out_(request.outputs * request.block) {
    for (Index c = 0; c < request.inputs; ++c) ins_.push_back(in_.data() + c * request.block);
    for (Index c = 0; c < request.outputs; ++c) outs_.push_back(out_.data() + c * request.block);
  }
  ~NullDevice() override { stop(); }

  void start() override {
    in_.clear();
    running_ = true;
    thread_ = std::thread([this] { run(); });
    sched_param param{};
    param.sched_priority = kPriority;
    if (!request_.paced) return;
    const int refused = pthread_setschedparam(thread_.native_handle(), SCHED_FIFO, &param);
    priority_ = refused == 0 ? Priority::real_time : Priority::normal;
  }

  void stop() noexcept override {
    running_ = false;
    if (thread_.joinable()) thread_.join();
  }

  State state() noexcept override { return running_ ? State::running : State::stopped; }
  double rate_hz() const noexcept override { return request_.rate_hz; }
  double input_latency_s() const noexcept override { return 0; }
  double output_latency_s() const noexcept override { return 0; }
  Priority priority() const noexcept override { return priority_; }

 private:
  void run() noexcept {
    const double block_ns =
        static_cast<double>(request_.block) / request_.rate_hz * static_cast<double>(kSecond);
    std::int64_t begin = now_ns();
    Index blocks = 0;
    bool lost = false;
    while (running_) {
      const std::int64_t due = begin + std::llround(static_cast<double>(blocks) * block_ns);
      if (request_.paced) sleep_until(due);
      while (!request_.paced && running_ && !client_.is_ready(request_.block)) {
        sleep_until(now_ns() + kReadyWait);
      }
      if (!running_) break;
      client_.call({request_.inputs > 0 ? ins_.data() : nullptr,
                    request_.outputs > 0 ? outs_.data() : nullptr, request_.block, lost, lost});
      ++blocks;
      lost = request_.paced && static_cast<double>(now_ns() - due) > 2 * block_ns;
      if (!lost) continue;
      begin = now_ns();
      blocks = 0;
    }
  }

  NullRequest request_;
  DeviceClient& client_;
  Buffer<float> in_, out_;
  std::vector<const float*> ins_;
  std::vector<float*> outs_;
  std::atomic<bool> running_{false};
  std::atomic<Priority> priority_{Priority::unknown};
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Device> open_null_device(const NullRequest& request, DeviceClient& client) {
  if (request.block < 1 || !(request.rate_hz > 0)) {
    throw Error(Code::configuration, "the null device needs a block and a rate above 0");
  }
  return std::make_unique<NullDevice>(request, client);
}

}  // namespace faltung
