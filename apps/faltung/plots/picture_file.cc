// Pictures as PNG files.
#include "apps/faltung/plots/picture_file.h"

#include <filesystem>

#include "engine/nd/array.h"

namespace faltung {

void check_picture_path(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  if (extension == ".png" || extension == ".PNG") return;
  throw Error(Code::configuration, path + ": a plot is a picture, its name must end in .png");
}

std::unique_ptr<Sink> stage_picture(const Canvas& canvas, const std::string& path) {
  check_picture_path(path);
  Format format;
  format.channels = 3;
  format.inner = {canvas.width()};
  format.extent = canvas.height();
  Encoding encoding;
  encoding.container = "png";
  encoding.sample = Encoding::Sample::u8;
  encoding.full_scale = 255;

  const Index plane = canvas.width() * canvas.height();
  Buffer<float> samples(3 * plane);
  for (Index y = 0; y < canvas.height(); ++y) {
    for (Index x = 0; x < canvas.width(); ++x) {
      const Color color = canvas.at(x, y);
      float* pixel = samples.data() + y * canvas.width() + x;
      pixel[0] = color.red;
      pixel[plane] = color.green;
      pixel[2 * plane] = color.blue;
    }
  }
  auto sink = create_sink(path, format, encoding);
  sink->write(SlabOf<float>{samples.data(), 3, canvas.height(), canvas.width(), plane});
  return sink;
}

void save_picture(const Canvas& canvas, const std::string& path) {
  stage_picture(canvas, path)->commit();
}

}  // namespace faltung
