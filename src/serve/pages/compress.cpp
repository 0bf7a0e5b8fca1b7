#include "serve/pages/compress.h"

#include <brotli/encode.h>
#include <zlib.h>

#include <cstddef>
#include <cstdint>

namespace flead::pages {

namespace {
// 15 with 16 added: a gzip header without name and time, so equal bytes compress equally.
constexpr int k_gzip_window_bits = 15 + 16;
constexpr int k_gzip_memory_level = 9;
}  // namespace

std::string compress_gzip(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, k_gzip_window_bits, k_gzip_memory_level,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return {};
  }
  const std::string input(bytes);  // the library wants a pointer to non-const
  std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int ended = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (ended != Z_STREAM_END) return {};
  return out;
}

std::string compress_brotli(std::string_view bytes) {
  std::size_t size = BrotliEncoderMaxCompressedSize(bytes.size());
  if (size == 0) return {};
  std::string out(size, '\0');
  if (BrotliEncoderCompress(BROTLI_MAX_QUALITY, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT,
                            bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()),
                            &size, reinterpret_cast<std::uint8_t*>(out.data())) == BROTLI_FALSE) {
    return {};
  }
  out.resize(size);
  return out;
}

}  // namespace flead::pages
