// Pictures written to files.
#include "apps/faltung/picture_file.h"

#include "engine/io/sink.h"
#include "engine/nd/array.h"

namespace faltung {

void save_picture(const Canvas& canvas, const std::string& path) {
  Format format;
  format.channels = 3;
  format.inner = {canvas.width()};
  format.extent = canvas.height();
  format.max_slab = canvas.height();
  Encoding like;
  like.sample = Encoding::Sample::u8;
  like.full_scale = 255;

  Array<float> samples({3, canvas.height(), canvas.width()});
  for (Index y = 0; y < canvas.height(); ++y) {
    for (Index x = 0; x < canvas.width(); ++x) {
      const Color color = canvas.at(x, y);
      samples({0, y, x}) = color.red;
      samples({1, y, x}) = color.green;
      samples({2, y, x}) = color.blue;
    }
  }
  const auto sink = create_sink(path, format, like);
  sink->write(SlabOf<float>{samples.data(), 3, canvas.height(), canvas.width(),
                            canvas.height() * canvas.width()});
  sink->commit();
}

}  // namespace faltung
