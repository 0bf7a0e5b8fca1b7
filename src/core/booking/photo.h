// An expert's photo: one picture, kept in the store and shown by our own pages. Callers: `flead
// expert add|edit --photo`, the route /m/TENANT/NAME/photo.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/world.h"
#include "core/booking/expert.h"
#include "core/store/store.h"

namespace flead::booking {

inline constexpr std::size_t k_photo_bytes_max = 512UL * 1024;

struct Photo {
  std::string type;  // image/jpeg image/png image/webp
  std::string bytes;
  std::string mark;  // changes with the picture: for addresses that may be kept
};

// By how they begin: a name or a header may say anything. Errors (refused): photo_too_large,
// photo_invalid. Pure.
Result<Photo> read_photo(std::string_view bytes);

// Nothing takes the picture away.
Status set_photo(World& world, store::Tx& tx, const Expert& expert,
                 const std::optional<Photo>& photo);
// photo_not_found.
Result<Photo> load_photo(store::Tx& tx, const Expert& expert);

}  // namespace flead::booking
