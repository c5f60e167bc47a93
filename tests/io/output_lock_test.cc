// Locks on outputs: one job at a time, and no trace of the dead but recordings.
#include "engine/io/output_lock.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "engine/nd/error.h"
#include "tests/io/files.h"

using namespace faltung;
using namespace faltung::io_test;

namespace {

enum class Leaves { part, recording };

void write_some(Sink& sink) {
  std::vector<float> samples(100000, 0.5f);
  sink.write(SlabOf<float>{samples.data(), 1, 100000, 1, 100000});
}

// Another process begins the output and is killed. Returns its id.
pid_t kill_a_writer_of(const std::string& path, Leaves leaves) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto sink = create_sink(path, {}, {});
    write_some(*sink);
    if (leaves == Leaves::recording) sink->checkpoint(Sink::Reach::file);
    ::raise(SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  return child;
}

std::string part_of(pid_t process, const std::string& name) {
  return "." + name + "." + std::to_string(process) + "-0.part";
}

}  // namespace

TEST_CASE("io: a second job on an output is refused and told who has it") {
  const Folder folder;
  const std::string path = folder / "a.f32";
  {
    const auto first = create_sink(path, {}, {});
    try {
      create_sink(path, {}, {});
      FAIL("two at a time");
    } catch (const Error& error) {
      const std::string said = error.what();
      CHECK(error.code() == Code::busy);
      CHECK(said.starts_with("busy: another job (pid " + std::to_string(::getpid()) + " on "));
      CHECK(said.ends_with(") is writing " + path));
    }
    create_sink(folder / "b.f32", {}, {});  // its neighbour is free
    write_some(*first);
    first->commit();
    create_sink(path, {}, {});  // free as soon as the output is there
  }
  CHECK(folder.names() == std::vector<std::string>{"a.f32"});
}

TEST_CASE("io: what a killed job left goes with the next job on that output") {
  const Folder folder;
  const pid_t dead = kill_a_writer_of(folder / "a.f32", Leaves::part);
  CHECK(folder.names() == std::vector<std::string>{part_of(dead, "a.f32"), ".a.f32.lock"});
  create_sink(folder / "b.f32", {}, {});
  CHECK(folder.names().size() == 2);  // another output's job touches nothing
  create_sink(folder / "a.f32", {}, {});
  CHECK(folder.names().empty());
}

TEST_CASE("io: what is left of a recording stays until somebody has listened to it") {
  const Folder folder;
  const pid_t dead = kill_a_writer_of(folder / "a.f32", Leaves::recording);
  const auto sink = create_sink(folder / "a.f32", {}, {});
  write_some(*sink);
  sink->commit();
  CHECK(folder.names() == std::vector<std::string>{part_of(dead, "a.f32"), "a.f32"});
  CHECK(read_bytes(folder / part_of(dead, "a.f32")).size() == 400000);
}

TEST_CASE("io: long names that begin alike have locks of their own") {
  const Folder folder;
  const std::string beginning(230, 'x');
  const auto a = create_sink(folder / (beginning + "a.f32"), {}, {});
  const auto b = create_sink(folder / (beginning + "b.f32"), {}, {});
  CHECK_THROWS_AS(create_sink(folder / (beginning + "b.f32"), {}, {}), Error);
  write_some(*a);
  write_some(*b);
  a->commit();
  b->commit();
  CHECK(folder.names() == std::vector<std::string>{beginning + "a.f32", beginning + "b.f32"});
}
