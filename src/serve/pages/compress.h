// Compression of what differs per tenant; everything else is compressed at build time. The only
// file pair that includes the compression libraries. Pure.
#pragma once

#include <string>
#include <string_view>

namespace flead::pages {

// "" when the library refuses; the caller then sends the plain bytes.
std::string compress_gzip(std::string_view bytes);
std::string compress_brotli(std::string_view bytes);

}  // namespace flead::pages
