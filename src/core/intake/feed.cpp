#include "core/intake/feed.h"

#include <utility>

#include "core/base/limits.h"
#include "core/intake/events_store.h"

namespace flead::intake {
namespace {

// What one look found: all ids after the floor, and the events that are new among them.
struct Seen {
  std::vector<std::string> ids;
  Feed::News news;
};

Result<Seen> begin_feed(store::Tx& tx) {
  Seen seen;
  seen.news.lost = true;
  FLEAD_TRY(seen.ids, events_store::newest_ids(tx, k_stream_events_kept));
  return seen;
}

Result<Seen> go_on(store::Tx& tx, const std::string& floor,
                   const std::map<std::string, std::int64_t>& told) {
  Seen seen;
  FLEAD_TRY(seen.ids, events_store::ids_after(tx, floor, k_event_ids_max + 1));
  if (seen.ids.size() > k_event_ids_max) return begin_feed(tx);
  for (const std::string& id : seen.ids) {
    if (told.contains(id)) continue;
    if (seen.news.events.size() == k_stream_events_kept) return begin_feed(tx);
    FLEAD_TRY(auto event, events_store::find(tx, id));
    if (event) seen.news.events.push_back(std::move(*event));
  }
  return seen;
}

}  // namespace

Result<Feed::News> Feed::look(store::Store& store, std::int64_t now_ms) {
  FLEAD_TRY(auto seen, store.read([&](store::Tx& tx) {
    return begun_ ? go_on(tx, floor_, told_) : begin_feed(tx);
  }));
  if (seen.news.lost) {
    told_.clear();
    floor_ = seen.ids.empty() ? std::string() : seen.ids.back();
    begun_ = true;
  }
  for (std::string& id : seen.ids) told_.try_emplace(std::move(id), now_ms);
  while (!told_.empty() && told_.begin()->second + k_event_late_ms <= now_ms) {
    floor_ = told_.begin()->first;
    told_.erase(told_.begin());
  }
  return std::move(seen.news);
}

}  // namespace flead::intake
