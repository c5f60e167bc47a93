// Recording while things go wrong: killed, disk full, disk too slow; and 64 channels when nothing
// does.
#include "engine/io/recorder.h"

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "tests/io/live_signal.h"

using namespace faltung;
using namespace faltung::io_test;
namespace fs = std::filesystem;

namespace {

constexpr Index kSecond = static_cast<Index>(kLiveRate_hz);

Encoding sixteen_bits() {
  Encoding like;
  like.sample = Encoding::Sample::s16;
  return like;
}

// Puts frames [first, first + count).
void put_frames(Recorder& recorder, Index channels, Index first, Index count) {
  SlabMemory memory(live_format(channels), kLiveBlock);
  for (Index done = 0; done < count; done += kLiveBlock) {
    const Slab slab = memory.slab().part(0, std::min(kLiveBlock, count - done));
    fill_live(slab, first + done);
    recorder.put(slab);
  }
}

std::string failure_of(Recorder& recorder) {
  try {
    recorder.finish();
  } catch (const Error& error) {
    CHECK(error.code() == Code::output);
    return error.what();
  }
  return "";
}

const char* const kNames[] = {"a.wav", "a.rf64", "a.w64", "a.flac", "a.aiff", "a.f32"};

struct Progress {
  std::atomic<Index> put{0}, recorded{0};
};

struct Child {
  std::string name;
  pid_t id;
  Progress* progress;
};

// Records at the pace of sound, telling how far it has come, until it is killed.
[[noreturn]] void record_until_killed(const std::string& path, Progress& progress) {
  Recorder recorder(path, live_format(2), {});
  const auto start = std::chrono::steady_clock::now();
  for (;;) {
    put_frames(recorder, 2, progress.put, kLiveBlock);
    progress.put += kLiveBlock;
    progress.recorded = recorder.recorded_frames();
    std::this_thread::sleep_until(
        start + std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(
                    static_cast<double>(progress.put) / kLiveRate_hz)));
  }
}

// Returns what it had put. A busy machine may hold its writer up for a moment: it is looked at while
// it stands still, and killed when it says that it loses no more than it may.
Index kill_while_keeping_up(const Child& child) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(5);
  for (;;) {
    kill(child.id, SIGSTOP);
    waitpid(child.id, nullptr, WUNTRACED);
    const Index put = child.progress->put, recorded = child.progress->recorded;
    const bool keeps_up = put > 2 * kSecond + kSecond / 2 && recorded > put - kSecond;
    if (keeps_up || std::chrono::steady_clock::now() > end) {
      kill(child.id, SIGKILL);
      return put;
    }
    kill(child.id, SIGCONT);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

// A sink that stands still when told to, as a disk may.
class StoppedSink : public Sink {
 public:
  StoppedSink(std::unique_ptr<Sink> sink, std::atomic<bool>& stopped, std::atomic<bool>& waits)
      : sink_(std::move(sink)), stopped_(stopped), waits_(waits) {}
  void write(const Slab& slab) override {
    while (stopped_) {
      waits_ = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    sink_->write(slab);
  }
  void commit() override { sink_->commit(); }

 private:
  std::unique_ptr<Sink> sink_;
  std::atomic<bool>&stopped_, &waits_;
};

}  // namespace

TEST_CASE("recorder: what was put is in the file, sample by sample, in every container") {
  const Folder folder;
  for (const char* name : kNames) {
    CAPTURE(std::string(name));
    write_bytes(folder / name, "before");
    for (const Index channels : {1, 2, 64}) {
      if (name == std::string("a.flac") && channels == 64) continue;  // it holds 8
      CAPTURE(channels);
      const Index frames = (channels == 64 ? kSecond / 2 : 3 * kSecond) + 17;
      Recorder recorder(folder / name, live_format(channels), {});
      CHECK(read_bytes(folder / name).size() > 0);
      put_frames(recorder, channels, 0, frames);
      recorder.finish();
      recorder.finish();
      SourceOptions options;
      options.channels = channels;
      options.rate_hz = kLiveRate_hz;
      const Signal signal = load(folder / name, 4096, options);
      CHECK(signal.extent() == frames);
      CHECK(wrong_frames(signal, 0, frames) == 0);
      CHECK(recorder.recorded_frames() == frames);
      CHECK(recorder.dropped_frames() == 0);
    }
  }
  CHECK(folder.names().size() == std::size(kNames));
}

TEST_CASE("recorder: killed, all but the last second is readable under the temporary name") {
  const Folder folder;
  std::vector<Child> children;
  for (const char* name : kNames) {
    void* shared =
        mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    auto* progress = new (shared) Progress;
    const pid_t id = fork();
    if (id == 0) record_until_killed(folder / name, *progress);
    children.push_back({name, id, progress});
  }
  for (const Child& child : children) {
    CAPTURE(child.name);
    const Index put = kill_while_keeping_up(child);
    CHECK(waitpid(child.id, nullptr, 0) == child.id);
    CHECK(!fs::exists(folder / child.name));
    const std::string left =
        folder / ("." + child.name + "." + std::to_string(child.id) + "-0.part");
    REQUIRE(fs::exists(left));
    fs::rename(left, folder / child.name);
    SourceOptions options;
    options.channels = 2;
    options.rate_hz = kLiveRate_hz;
    const Signal signal = load(folder / child.name, 4096, options);
    MESSAGE(child.name << ": " << put << " frames put, " << put - signal.extent() << " lost");
    CHECK(put > 2 * kSecond);
    CHECK(signal.extent() > put - kSecond);
    CHECK(wrong_frames(signal, 0, signal.extent()) == 0);
    munmap(child.progress, sizeof(Progress));
  }
}

TEST_CASE("recorder: a disk that is full ends the file, which is whole, and nothing else") {
  const Folder folder;
  if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=1m") != 0) {
    MESSAGE("not tested here: mounting a small tmpfs is not permitted");
    return;
  }
  for (const char* name : kNames) {
    CAPTURE(std::string(name));
    Recorder recorder(folder / name, live_format(2), {});
    Index frames = 0;
    for (; frames < 60 * kSecond && !recorder.failure(); frames += kLiveBlock) {
      recorder.wait_for_room(kLiveBlock);
      put_frames(recorder, 2, frames, kLiveBlock);
    }
    put_frames(recorder, 2, frames, 10 * kSecond);  // sound goes on
    const std::string failure = failure_of(recorder);
    CHECK(failure.find("No space left on device; it holds the first ") != std::string::npos);
    CHECK(failure.find(folder / name) != std::string::npos);
    SourceOptions options;
    options.channels = 2;
    options.rate_hz = kLiveRate_hz;
    const Signal signal = load(folder / name, 4096, options);
    MESSAGE(failure);
    const Index in_encoder = name == std::string("a.flac") ? 4096 : 0;
    CHECK(signal.extent() <= recorder.recorded_frames());
    CHECK(signal.extent() >= recorder.recorded_frames() - in_encoder);
    CHECK(fs::file_size(folder / name) > 600 * 1024);
    CHECK(wrong_frames(signal, 0, signal.extent()) == 0);
    CHECK(folder.names().size() == 1);
    fs::remove(folder / name);
  }
  CHECK(::umount(folder.path().c_str()) == 0);
}

TEST_CASE("recorder: 64 channels up to a limit on file sizes") {
  const Folder folder;
  rlimit former{};
  getrlimit(RLIMIT_FSIZE, &former);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{3 << 20, former.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  Recorder recorder(folder / "a.wav", live_format(64), {});
  put_frames(recorder, 64, 0, kSecond);
  const std::string failure = failure_of(recorder);
  MESSAGE(failure);
  setrlimit(RLIMIT_FSIZE, &former);
  std::signal(SIGXFSZ, handler);
  CHECK(failure.find("File too large; it holds the first ") != std::string::npos);
  const Signal signal = load(folder / "a.wav", 4096);
  CHECK(signal.extent() > kSecond / 5);
  CHECK(wrong_frames(signal, 0, signal.extent()) == 0);
}

TEST_CASE("recorder: a disk that stands still costs a gap of silence, counted and in sync") {
  const Folder folder;
  const Format format = live_format(2);
  std::atomic<bool> stopped{true}, waits{false};
  RecorderOptions options;
  options.ring_s = 0.5;
  Recorder recorder(
      std::make_unique<StoppedSink>(create_sink(folder / "a.wav", format, {}), stopped, waits),
      "a.wav", format, options);
  put_frames(recorder, 2, 0, kLiveBlock);
  while (!waits) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  put_frames(recorder, 2, kLiveBlock, 2 * kSecond);  // the ring takes half a second of it
  CHECK(recorder.dropped_frames() == 2 * kSecond - kSecond / 2);
  stopped = false;
  recorder.wait_for_room(kSecond / 2);
  put_frames(recorder, 2, kLiveBlock + 2 * kSecond, kSecond / 4);
  recorder.wait_for_room(kSecond / 2);
  stopped = true;
  waits = false;
  Index frames = kLiveBlock + 2 * kSecond + kSecond / 4;
  put_frames(recorder, 2, frames, kLiveBlock);
  frames += kLiveBlock;
  while (!waits) std::this_thread::sleep_for(std::chrono::milliseconds(1));  // takes nothing more
  put_frames(recorder, 2, frames, kSecond);  // the second gap has no end
  frames += kSecond;
  stopped = false;
  recorder.finish();

  REQUIRE(recorder.gaps().size() == 2);
  CHECK(recorder.gaps()[0].first == kLiveBlock + kSecond / 2);
  CHECK(recorder.gaps()[0].frames == 2 * kSecond - kSecond / 2);
  CHECK(recorder.gaps()[0].frames + recorder.gaps()[1].frames == recorder.dropped_frames());
  const Signal signal = load(folder / "a.wav", 4096);
  CHECK(signal.extent() == frames);
  Index at = 0;
  for (const Recorder::Gap& gap : recorder.gaps()) {
    CHECK(wrong_frames(signal, at, gap.first - at) == 0);
    CHECK(wrong_frames(signal, gap.first, gap.frames) == gap.frames);
    for (Index n = 0; n < gap.frames; ++n) {
      REQUIRE(signal.samples[static_cast<std::size_t>(gap.first + n)] == 0);
    }
    at = gap.first + gap.frames;
  }
  CHECK(at == frames);
}

TEST_CASE("recorder: gaps are listed as labels, and a list goes with the recording it belongs to") {
  const Folder folder;
  {
    RecorderOptions options;
    options.ring_s = 0.05;
    Recorder recorder(folder / "a.wav", live_format(1), sixteen_bits(), options);
    put_frames(recorder, 1, 0, 10 * kSecond);  // faster than any writer wakes up
    recorder.finish();
    REQUIRE(recorder.gaps().size() > 0);
    const Recorder::Gap gap = recorder.gaps().front();
    const std::string labels = read_bytes(folder / "a.wav.gaps.txt");
    char first[80];
    std::snprintf(first, sizeof first, "%.6f\t%.6f\tgap: %ld frames from %ld\n",
                  static_cast<double>(gap.first) / kLiveRate_hz,
                  static_cast<double>(gap.first + gap.frames) / kLiveRate_hz,
                  static_cast<long>(gap.frames), static_cast<long>(gap.first));
    CHECK(labels.find(first) == 0);
    CHECK(load(folder / "a.wav", 4096).extent() == 10 * kSecond);
  }
  Recorder recorder(folder / "a.wav", live_format(1), sixteen_bits());
  put_frames(recorder, 1, 0, kSecond);
  recorder.finish();
  CHECK(folder.names() == std::vector<std::string>{"a.wav"});
}

TEST_CASE("recorder: where nothing was put nothing is left, and what cannot be is refused") {
  const Folder folder;
  { Recorder recorder(folder / "a.wav", live_format(1), {}); }
  CHECK(folder.names().empty());
  Format format = live_format(1);
  format.max_slab = 0;
  CHECK_THROWS_AS(Recorder(folder / "a.wav", format, {}), Error);
  CHECK_THROWS_AS(Recorder(folder / "no/a.wav", live_format(1), {}), Error);
  CHECK_THROWS_AS(Recorder(folder / "a.flac", live_format(64), {}), Error);
  CHECK(folder.names().empty());
}
