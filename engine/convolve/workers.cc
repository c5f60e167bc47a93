// Threads for offline work, through oneTBB.
#include "engine/convolve/workers.h"

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#if defined(__SANITIZE_THREAD__)
#include <atomic>
#include <thread>
#include <vector>
#endif

namespace faltung {

struct Workers::Pool {
  explicit Pool(int threads)
      : limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads)),
        arena(threads) {}
  tbb::global_control limit;  // allows more threads than cores without a word on stderr
  tbb::task_arena arena;
};

Workers::Workers(int threads) : threads_(threads) {
  if (threads < 1) {
    throw Error(Code::configuration,
                std::to_string(threads) + " threads: at least 1 is needed");
  }
  pool_ = std::make_unique<Pool>(threads);
}

Workers::~Workers() = default;

#if defined(__SANITIZE_THREAD__)

// The thread sanitizer does not see what order oneTBB, built without it, makes: there the tasks run
// on threads of our own, and races between tasks show.
void Workers::run(Index count, const std::function<void(Index, int)>& body) {
  std::atomic<Index> next{0};
  std::vector<std::jthread> threads;
  for (int slot = 0; slot < threads_; ++slot) {
    threads.emplace_back([&, slot] {
      for (Index task; (task = next.fetch_add(1)) < count;) body(task, slot);
    });
  }
}

#else

void Workers::run(Index count, const std::function<void(Index, int)>& body) {
  pool_->arena.execute([&] {
    tbb::parallel_for(
        Index{0}, count, [&](Index task) { body(task, tbb::this_task_arena::current_thread_index()); },
        tbb::simple_partitioner());
  });
}

#endif

}  // namespace faltung
