#include "serve/pages/assets.h"

#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <utility>

#include "core/base/assert.h"
#include "core/base/crypto.h"
#include "core/base/embedded.h"
#include "core/base/text.h"

namespace flead::pages {

namespace {

constexpr std::size_t k_hash_characters = 8;
constexpr std::pair<std::string_view, std::string_view> k_asset_types[] = {
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
};

struct Asset {
  std::string hash;
  std::array<std::string_view, 3> bytes;  // by Encoding; empty where there is none
  std::array<std::string, 3> etag;
};

const std::map<std::string, Asset, std::less<>>& embedded_assets() {
  static const auto k_assets = [] {
    std::map<std::string, Asset, std::less<>> assets;
    for (const embedded::File& file : embedded::web()) {
      std::string_view name = file.path;
      Encoding encoding = Encoding::identity;
      if (name.ends_with(".gz")) encoding = Encoding::gzip;
      if (name.ends_with(".br")) encoding = Encoding::brotli;
      if (encoding != Encoding::identity) name.remove_suffix(3);
      Asset& asset = assets[std::string(name)];
      const auto index = static_cast<std::size_t>(encoding);
      asset.bytes[index] = file.data;
      asset.etag[index] = make_etag(file.data);
      if (encoding == Encoding::identity) {
        asset.hash = sha256_hex(file.data).substr(0, k_hash_characters);
      }
    }
    return assets;
  }();
  return k_assets;
}

std::string_view asset_type(std::string_view name) {
  for (const auto& [ending, type] : k_asset_types) {
    if (name.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

// "site.1a2b3c4d.css" is {"site.css", "1a2b3c4d"}; a name without a hash keeps "" for it.
std::pair<std::string, std::string> split_asset_name(std::string_view file) {
  const std::size_t last = file.rfind('.');
  if (last == file.npos || last < k_hash_characters + 2) return {std::string(file), ""};
  const std::size_t before = file.rfind('.', last - 1);
  if (before == file.npos || last - before - 1 != k_hash_characters) {
    return {std::string(file), ""};
  }
  return {std::string(file.substr(0, before)) + std::string(file.substr(last)),
          std::string(file.substr(before + 1, k_hash_characters))};
}

std::optional<std::string> read_live(const Config& config, std::string_view name) {
  if (config.assets_dir.empty()) return std::nullopt;
  if (!embedded_assets().contains(name)) return std::nullopt;  // known names only, so no "../"
  std::ifstream file(config.assets_dir + "/" + std::string(name), std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

http::Reply live_reply(std::string_view name, std::string bytes) {
  http::Reply reply;
  reply.body = std::move(bytes);
  reply.header("content-type", asset_type(name));
  reply.header("cache-control", "no-store");
  reply.header("x-content-type-options", "nosniff");
  return reply;
}

}  // namespace

std::string asset_url(std::string_view name) {
  const auto found = embedded_assets().find(name);
  FLEAD_ASSERT(found != embedded_assets().end());
  const std::size_t dot = name.rfind('.');
  return "/assets/" + std::string(name.substr(0, dot)) + "." + found->second.hash +
         std::string(name.substr(dot));
}

std::optional<std::string> read_asset(const Config& config, std::string_view name) {
  if (auto live = read_live(config, name)) return live;
  const auto found = embedded_assets().find(name);
  if (found == embedded_assets().end()) return std::nullopt;
  return std::string(found->second.bytes[0]);
}

http::Reply get_asset(App& app, const http::Request& request) {
  const auto [name, hash] = split_asset_name(request.param("file"));
  if (auto live = read_live(app.config, name)) return live_reply(name, std::move(*live));
  const auto found = embedded_assets().find(name);
  if (found == embedded_assets().end()) {
    return http::failure(not_found("not_found", "There is no such file."));
  }
  const Asset& asset = found->second;
  auto index = static_cast<std::size_t>(choose_encoding(request));
  if (asset.bytes[index].empty()) index = 0;
  http::Reply reply;
  reply.header("content-type", asset_type(name));
  reply.header("etag", asset.etag[index]);
  reply.header("vary", "accept-encoding");
  reply.header("cache-control",
               hash == asset.hash ? "public, max-age=31536000, immutable" : "no-cache");
  reply.header("x-content-type-options", "nosniff");
  if (matches_etag(request, asset.etag[index])) {
    reply.status = 304;
    return reply;
  }
  if (index != 0) reply.header("content-encoding", index == 1 ? "gzip" : "br");
  reply.static_body = asset.bytes[index];
  return reply;
}

Encoding choose_encoding(const http::Request& request) {
  bool gzip = false;
  bool brotli = false;
  for (const std::string& item : split(ascii_lower(request.header("accept-encoding")), ',')) {
    const std::string_view name = trim(std::string_view(item).substr(0, item.find(';')));
    const std::string weight = replace_all(item, " ", "");
    const std::size_t q = weight.find(";q=0");
    const bool refused = q != weight.npos && weight.find_first_not_of("0.", q + 3) == weight.npos;
    if (refused) continue;
    gzip = gzip || name == "gzip";
    brotli = brotli || name == "br";
  }
  if (brotli) return Encoding::brotli;
  return gzip ? Encoding::gzip : Encoding::identity;
}

bool matches_etag(const http::Request& request, std::string_view etag) {
  for (const std::string& item : split(request.header("if-none-match"), ',')) {
    std::string_view tag = item;
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == etag || tag == "*") return true;
  }
  return false;
}

std::string make_etag(std::string_view bytes) {
  return "\"" + sha256_hex(bytes).substr(0, 32) + "\"";
}

}  // namespace flead::pages
