// Staged outputs: nothing half-written stays, and what cannot be written says why.
#include "engine/io/file.h"

#include <doctest/doctest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "tests/io/files.h"

using namespace faltung;
using namespace faltung::io_test;
namespace fs = std::filesystem;

namespace {

Format format_for(const std::string& extension) {
  Format format;
  format.extent = 4000;
  if (extension == "png" || extension == "jpg" || extension == "tif") format.inner = {1000};
  if (format.inner.rank() == 0) format.rate_hz = 48000;
  return format;
}

// Writes all of a signal of noise, which no container compresses much.
void write_noise(const std::string& path, const Format& format, Index times) {
  Encoding like;
  like.sample = format.inner.rank() ? Encoding::Sample::u8 : Encoding::Sample::s16;
  if (format.inner.rank()) like.full_scale = 255;
  Format all = format;
  all.extent = *format.extent * times;
  const auto sink = create_sink(path, all, like);
  const Index run = *format.extent * format.inner_size();
  std::vector<float> samples(static_cast<std::size_t>(run));
  std::uint32_t state = 1;
  for (float& x : samples) {
    state = state * 1664525 + 1013904223;
    x = static_cast<float>(state >> 24) / (format.inner.rank() ? 1.0f : 256.0f);
  }
  for (Index i = 0; i < times; ++i) {
    sink->write(SlabOf<float>{samples.data(), 1, *format.extent, format.inner_size(), run});
  }
  sink->commit();
}

const char* const kExtensions[] = {"wav", "flac", "ogg", "aiff", "csv",
                                   "raw", "npy",  "png", "jpg",  "tif"};

}  // namespace

TEST_CASE("io: an output appears under its name only when it is committed") {
  const Folder folder;
  write_bytes(folder / "a.wav", "before");
  for (const char* extension : kExtensions) {
    CAPTURE(std::string(extension));
    const std::string path = folder / ("a." + std::string(extension));
    fs::remove(path);
    const Format format = format_for(extension);
    {
      const auto sink = create_sink(path, format, {});
      CHECK(!fs::exists(path));
      CHECK(folder.names().size() == 2);  // its temporary file and its lock
    }
    CHECK(folder.names().empty());
    write_noise(path, format, 1);
    CHECK(fs::exists(path));
    CHECK(folder.names().size() == 1);
    fs::remove(path);
  }
}

TEST_CASE("io: an existing output keeps its mode and its link, and survives a failed run") {
  const Folder folder;
  write_bytes(folder / "real.csv", "before");
  ::chmod((folder / "real.csv").c_str(), 0640);
  fs::create_symlink("real.csv", folder / "link.csv");
  Format format = format_for("csv");
  create_sink(folder / "link.csv", format, {});
  CHECK(read_bytes(folder / "real.csv") == "before");
  write_noise(folder / "link.csv", format, 1);
  CHECK(fs::is_symlink(folder / "link.csv"));
  CHECK(read_bytes(folder / "real.csv").size() > 4000);
  struct stat status {};
  ::stat((folder / "real.csv").c_str(), &status);
  CHECK((status.st_mode & 07777) == 0640);
}

TEST_CASE("io: a full disk is an Error of every container, and leaves nothing") {
  const Folder folder;
  if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=64k") != 0) {
    MESSAGE("not tested here: mounting a small tmpfs is not permitted");
    return;
  }
  for (const char* extension : kExtensions) {
    CAPTURE(std::string(extension));
    std::string message;
    const Format format = format_for(extension);
    try {
      write_noise(folder / (std::string("a.") + extension), format, format.is_series() ? 300 : 15);
    } catch (const Error& error) {
      CHECK(error.code() == Code::output);
      message = error.what();
    }
    CHECK(message.find("No space left on device") != std::string::npos);
    CHECK(message.find(folder / (std::string("a.") + extension)) != std::string::npos);
    CHECK(folder.names().empty());
  }
  CHECK(::umount(folder.path().c_str()) == 0);
}

TEST_CASE("io: an unwritable folder is an Error of every container") {
  const Folder folder;
  write_bytes(folder / "file", "x");
  for (const char* extension : kExtensions) {
    for (const std::string& where :
         {folder / "file/a.", folder / "none/a.", std::string("/proc/a.")}) {
      try {
        create_sink(where + extension, format_for(extension), {});
        FAIL("accepted " << where << extension);
      } catch (const Error& error) {
        CHECK(error.code() == Code::output);
        CHECK(std::string(error.what()).find("cannot write " + where + extension) == 0);
      }
    }
  }
  fs::create_directory(folder / "folder.wav");
  CHECK_THROWS_AS(create_sink(folder / "folder.wav", format_for("wav"), {}), Error);
}

TEST_CASE("io: same_file sees through links") {
  const Folder folder;
  write_bytes(folder / "a", "x");
  write_bytes(folder / "b", "x");
  fs::create_symlink("a", folder / "soft");
  fs::create_hard_link(folder / "a", folder / "hard");
  CHECK(same_file(folder / "a", folder / "a"));
  CHECK(same_file(folder / "a", folder / "soft"));
  CHECK(same_file(folder / "hard", folder / "soft"));
  CHECK(same_file(folder / "a",
                  folder.path() + "/../" + fs::path(folder.path()).filename().string() + "/a"));
  CHECK(!same_file(folder / "a", folder / "b"));
  CHECK(!same_file(folder / "a", folder / "missing"));
  CHECK(!same_file(folder / "missing", folder / "missing"));
}

TEST_CASE("io: unfinished outputs are removed when a signal says so") {
  const Folder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    const auto one = create_sink(folder / "a.csv", format_for("csv"), {});
    const auto two = create_sink(folder / "b.npy", format_for("npy"), {});
    const bool there = folder.names().size() == 4;  // each with its lock
    remove_unfinished_outputs();
    ::_exit(there && folder.names().empty() ? 0 : 1);
  }
  int status = 1;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
}
