// OpenEXR as the parts of its container see it: our files as its streams, its channels in order.
#pragma once

#include <ImfChannelList.h>
#include <ImfFrameBuffer.h>
#include <ImfHeader.h>
#include <ImfIO.h>
#include <ImfInputPart.h>
#include <ImfMultiPartInputFile.h>
#include <ImfOutputFile.h>
#include <ImfPartType.h>
#include <ImfStdIO.h>

#include <new>
#include <string>
#include <vector>

#include "engine/io/file.h"
#include "engine/nd/error.h"

namespace faltung {

struct ExrChannel {
  std::string name;  // with its layer: "diffuse.R"
  Imf::PixelType type = Imf::FLOAT;
};

// Layer after layer, in the file's order; in each R G B Y A, then others in the file's order.
std::vector<ExrChannel> exr_channels(const Imf::Header& header);

// A header as bytes, for Description::header, and back.
std::string exr_bytes(const Imf::Header& header);
Imf::Header exr_header(const std::string& bytes);

class ExrInput : public Imf::IStream {
 public:
  explicit ExrInput(const InputFile& file) : IStream(file.path().c_str()), file_(file) {}
  bool read(char to[], int count) override;
  std::uint64_t tellg() override { return static_cast<std::uint64_t>(position_); }
  void seekg(std::uint64_t position) override { position_ = static_cast<Index>(position); }

 private:
  const InputFile& file_;
  Index position_ = 0;
};

class ExrOutput : public Imf::OStream {
 public:
  explicit ExrOutput(StagedFile& file) : OStream(file.path().c_str()), file_(file) {}
  void write(const char from[], int count) override {
    file_.write(from, static_cast<std::size_t>(count));
  }
  std::uint64_t tellp() override { return static_cast<std::uint64_t>(file_.position()); }
  void seekp(std::uint64_t position) override {
    file_.seek(static_cast<Index>(position), SEEK_SET);
  }

 private:
  StagedFile& file_;
};

// What OpenEXR throws in body() becomes fail(its words).
template <class Body, class Fail>
auto exr_guarded(Body body, Fail fail) {
  try {
    return body();
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& problem) {
    fail(std::string(problem.what()));
    throw;
  }
}

}  // namespace faltung
