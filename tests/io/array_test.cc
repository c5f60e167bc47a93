// Kernel files: shapes by container, refusals, and the way back.
#include "engine/io/array.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/io/files.h"

using namespace faltung;
using namespace faltung::io_test;

namespace {

Kernel counted(const Shape& shape) {
  Kernel kernel;
  kernel.name = "counted";
  kernel.values = Array<double>(shape);
  for (Index i = 0; i < kernel.values.size(); ++i)
    kernel.values[i] = static_cast<double>(i) * 0.5 - 3;
  return kernel;
}

bool same(const Kernel& a, const Kernel& b) {
  return a.values.extents() == b.values.extents() &&
         std::equal(a.values.begin(), a.values.end(), b.values.begin());
}

std::string kernel_error(const std::string& path) {
  try {
    read_kernel(path);
  } catch (const Error& error) {
    CHECK(error.code() == Code::input);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("io: kernels return from every container that holds them") {
  const Folder folder;
  const auto returns = [&](const char* name, const Shape& shape) {
    CAPTURE(std::string(name));
    const Kernel before = counted(shape);
    write_kernel(folder / name, before, 44100);
    const Kernel after = read_kernel(folder / name);
    CHECK(after.values.extents().text() == shape.text());
    CHECK(same(before, after));
    CHECK(after.name == name);
    return after.rate_hz;
  };
  for (const Shape& shape : {Shape{7}, Shape{2, 7}}) {
    for (const char* name : {"k.wav", "k.aiff", "k.w64"}) CHECK(returns(name, shape) == 44100);
    for (const char* name : {"k.csv", "k.tsv", "k.txt", "k.npy"}) CHECK(returns(name, shape) == 0);
  }
  returns("k.f32", {7});
  returns("k.tif", {3, 5});
  returns("k.npy", {4, 3, 3, 5, 2});
}

TEST_CASE("io: kernels that a container cannot hold are refused") {
  const Folder folder;
  for (const char* name : {"k.png", "k.flac", "k.ogg", "k.foo"}) {
    CHECK_THROWS_AS(write_kernel(folder / name, counted({7}), 48000), Error);
  }
  CHECK_THROWS_AS(write_kernel(folder / "k.wav", counted({2, 3, 4}), 48000), Error);
  CHECK(folder.names().empty());
}

TEST_CASE("io: tables of text are kernels as they look") {
  const Folder folder;
  write_bytes(folder / "k.txt", "1 0 -1\n2 0 -2\n");
  Kernel kernel = read_kernel(folder / "k.txt");
  CHECK(kernel.values.extents() == Shape{2, 3});
  CHECK(kernel.values({1, 2}) == -2);
  write_bytes(folder / "k.csv", "time,left,right\n0,1,2\n0.001,3,4\n0.002,5,6\n");
  kernel = read_kernel(folder / "k.csv");
  CHECK(kernel.values.extents() == Shape{2, 3});
  CHECK(kernel.values({1, 2}) == 6);
  CHECK(kernel.rate_hz == 1000);
}

TEST_CASE("io: images are kernels of two axes, colours with channels first") {
  const Folder folder;
  for (Index channels : {1, 3}) {
    Signal image;
    image.format.channels = channels;
    image.format.inner = {4};
    image.format.extent = 3;
    fill(image, [](Index c, Index n) { return static_cast<double>(c * 100 + n); });
    Encoding like;
    like.sample = Encoding::Sample::u8;
    like.full_scale = 255;
    save(image, folder / "k.png", like, 3);
    const Kernel kernel = read_kernel(folder / "k.png");
    CHECK(kernel.values.extents() == (channels == 1 ? Shape{3, 4} : Shape{3, 3, 4}));
    CHECK(std::equal(kernel.values.begin(), kernel.values.end(), image.samples.begin()));
  }
}

TEST_CASE("io: kernels with NaN, infinity or nothing in them are refused") {
  const Folder folder;
  Signal sound;
  sound.format.rate_hz = 48000;
  sound.format.channels = 2;
  sound.format.extent = 20;
  fill(sound, [](Index c, Index n) { return c == 1 && n == 17 ? NAN : 0.5; });
  Encoding like;
  like.sample = Encoding::Sample::f32;
  save(sound, folder / "hall.wav", like, 20);
  CHECK(kernel_error(folder / "hall.wav").find("hall.wav: tap 1,17 is NaN") != std::string::npos);
  write_bytes(folder / "k.txt", "1\n2\ninf\n");
  CHECK(kernel_error(folder / "k.txt").find("k.txt: tap 2 is infinite") != std::string::npos);
  sound.format.extent = 0;
  sound.samples.clear();
  save(sound, folder / "none.wav", like, 20);
  CHECK(kernel_error(folder / "none.wav").find("without taps") != std::string::npos);
  CHECK(kernel_error(folder / "missing.npy").find("No such file") != std::string::npos);
}
