// What each codec's file offers to the table in codecs.cc.
#pragma once

#include "engine/io/codecs.h"

namespace faltung {

std::unique_ptr<Codec> make_zlib(const CodecChoice& choice);    // codec_zlib.cc: zlib and gzip
std::unique_ptr<Codec> make_zstd(const CodecChoice& choice);    // codec_zstd.cc
std::unique_ptr<Codec> make_blosc(const CodecChoice& choice);   // codec_blosc.cc
std::unique_ptr<Codec> make_crc32c(const CodecChoice& choice);  // codec_checksums.cc
std::unique_ptr<Codec> make_fletcher32(const CodecChoice& choice);
std::unique_ptr<Codec> make_shuffle(const CodecChoice& choice);  // codec_shuffle.cc

}  // namespace faltung
