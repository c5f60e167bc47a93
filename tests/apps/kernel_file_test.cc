// Kernels read from files: which axes they get.
#include "apps/faltung/kernel_file.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace faltung {
namespace {

// A file that goes away again.
class Written {
 public:
  Written(const std::string& name, const std::string& content)
      : path_(std::filesystem::temp_directory_path() /
              ("faltung-" + std::to_string(getpid()) + "-" + name)) {
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~Written() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("kernel_file: one number a line is a response") {
  const Written file("k.txt", "0.5\n0\n-0.25\n");
  const Kernel kernel = read_kernel_file(file.path());
  REQUIRE(kernel.values.extents() == Shape{3});
  CHECK(kernel.values[0] == 0.5);
  CHECK(kernel.values[2] == -0.25);
  CHECK(kernel.rate_hz == 0);
  CHECK(kernel.name.ends_with("k.txt"));
}

TEST_CASE("kernel_file: several numbers a line are rows") {
  const Written file("k.txt", "1 2 3\n4 5 6\n");
  const Kernel kernel = read_kernel_file(file.path());
  REQUIRE(kernel.values.extents() == Shape{2, 3});
  for (Index i = 0; i < 6; ++i) CHECK(kernel.values[i] == static_cast<double>(i + 1));
}

}  // namespace faltung
