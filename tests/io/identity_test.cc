// Identities change with what they stand for, and with nothing else.
#include "engine/io/identity.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <set>

#include "tests/io/files.h"

using namespace faltung;
using namespace faltung::io_test;

TEST_CASE("io: a fingerprint is FNV-1a's of the bytes") {
  CHECK(fingerprint("") == "cbf29ce484222325");
  CHECK(fingerprint("foobar") == "85944171f73967e8");
}

TEST_CASE("io: an input's identity changes with its bytes, size and time, in folders too") {
  const Folder folder;
  std::set<std::string> seen;
  const auto check = [&](const std::string& path, bool is_new) {
    CHECK(seen.insert(input_identity(path)).second == is_new);
  };
  const std::string file = folder / "a.raw";
  write_bytes(file, "1234");
  const auto time = std::filesystem::last_write_time(file);
  const auto put = [&](const std::string& bytes) {
    write_bytes(file, bytes);
    std::filesystem::last_write_time(file, time);
  };
  put("1234");
  check(file, true);
  put("1234");
  check(file, false);
  put("1235");
  check(file, true);
  put("12345");
  check(file, true);
  check(folder.path(), true);
  check(folder.path(), false);
  std::filesystem::last_write_time(file, time + std::chrono::nanoseconds(1000000));
  check(file, true);
  check(folder.path(), true);
  std::filesystem::rename(file, folder / "b.raw");
  check(folder.path(), true);
  CHECK_THROWS_AS(input_identity(file), Error);
}
