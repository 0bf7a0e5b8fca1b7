#include "core/booking/photo.h"

#include <utility>

#include <fmt/format.h>

#include "core/base/crypto.h"
#include "core/booking/experts_store.h"

namespace flead::booking {

namespace {

constexpr std::size_t k_mark_characters = 12;

// What each kind begins with, and WebP, whose length stands in between.
std::string_view type_of(std::string_view bytes) {
  if (bytes.starts_with("\xff\xd8\xff")) return "image/jpeg";
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
  if (bytes.starts_with("RIFF") && bytes.size() > 12 && bytes.substr(8, 4) == "WEBP") {
    return "image/webp";
  }
  return {};
}

}  // namespace

Result<Photo> read_photo(std::string_view bytes) {
  if (bytes.size() > k_photo_bytes_max) {
    return refused_field("photo", "photo_too_large",
                         fmt::format("A photo has at most {} KiB; this one has {}.",
                                     k_photo_bytes_max / 1024, bytes.size() / 1024));
  }
  const std::string_view type = type_of(bytes);
  if (type.empty()) {
    return refused_field("photo", "photo_invalid", "A photo is a JPEG, PNG or WebP picture.");
  }
  return Photo{std::string(type), std::string(bytes),
               sha256_hex(bytes).substr(0, k_mark_characters)};
}

Status set_photo(World& world, store::Tx& tx, const Expert& expert,
                 const std::optional<Photo>& photo) {
  return put_photo(tx, expert.host, photo, world.clock.now());
}

Result<Photo> load_photo(store::Tx& tx, const Expert& expert) {
  FLEAD_TRY(auto photo, photo_of(tx, expert.host.id));
  if (!photo) return not_found("photo_not_found", "There is no photo of this expert.");
  photo->mark = expert.photo_mark;
  return std::move(*photo);
}

}  // namespace flead::booking
