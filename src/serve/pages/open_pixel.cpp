#include "serve/pages/open_pixel.h"

#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include "core/channels/open_token.h"
#include "core/channels/opens.h"

namespace flead::pages {

namespace {

// GIF89a, one transparent dot.
constexpr std::array<unsigned char, 43> k_dot = {
    'G',  'I',  'F',  '8',  '9',  'a',  0x01, 0x00, 0x01, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00,
    0x00, 0xff, 0xff, 0xff, 0x21, 0xf9, 0x04, 0x01, 0x00, 0x00, 0x00, 0x00, 0x2c, 0x00, 0x00,
    0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0x02, 0x02, 0x44, 0x01, 0x00, 0x3b};

http::Reply picture() {
  http::Reply reply;
  reply.header("content-type", "image/gif");
  reply.header("cache-control", "no-store");  // else one fetch would stand for all
  reply.header("x-content-type-options", "nosniff");
  reply.body.assign(k_dot.begin(), k_dot.end());
  return reply;
}

http::Reply get_open_pixel(App& app, const http::Request& request) {
  std::string_view token = request.param("token");
  if (token.ends_with(".gif")) token.remove_suffix(4);
  const auto message = channels::read_open_token(app.key, token);
  if (!message || request.method != "GET") return picture();
  const auto news =
      app.store.read([&](store::Tx& tx) { return channels::awaits_open(app, tx, *message); });
  // A store that fails costs a hint, here and below: the reader gets the picture all the same.
  if (!news || !*news) return picture();
  http::Reply reply;
  reply.deferred = std::make_shared<http::Deferred>(http::Deferred{
      [&app, id = *message](store::Tx& tx) { return channels::note_open(app, tx, id); },
      [](const Status&) { return picture(); }});
  return reply;
}

}  // namespace

void add_open_pixel_routes(std::vector<http::Route>& table) {
  http::Route route;
  route.method = "GET";
  route.pattern = "/o/{token}";
  route.handler = get_open_pixel;
  route.operation = "getOpenPixel";
  route.summary = "The picture by which a mail tells that it was opened";
  route.response_type = "image/gif";
  route.counted = false;  // the proxies of mail services fetch for millions from few addresses
  table.push_back(std::move(route));
}

}  // namespace flead::pages
