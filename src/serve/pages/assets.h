// Assets: the stylesheet, icon and scripts of our own pages, built and compressed with the program
// (src/serve/web), or read live from `serve --assets DIR` while they are being written. Callers:
// page.cpp for addresses, the route table for GET /assets/{file}.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "serve/http/http.h"

namespace flead::pages {

// "/assets/site.1a2b3c4d.css" for "site.css": the name changes with the content, so browsers may
// keep it for ever. An asset that does not exist is a fault of ours.
std::string asset_url(std::string_view name);

// GET /assets/{file}: `immutable` for a name with the right hash, revalidated otherwise.
http::Reply get_asset(App& app, const http::Request& request);

// The bytes of an asset: from `assets_dir` when it is set and has the file, else embedded.
std::optional<std::string> read_asset(const Config& config, std::string_view name);

enum class Encoding : std::uint8_t { identity, gzip, brotli };
// The best encoding that the browser takes: br, gzip, or none. A coding with q=0 is not taken.
Encoding choose_encoding(const http::Request& request);
// Whether If-None-Match names this entity tag.
bool matches_etag(const http::Request& request, std::string_view etag);
// Strong entity tag, with its quotes.
std::string make_etag(std::string_view bytes);

}  // namespace flead::pages
