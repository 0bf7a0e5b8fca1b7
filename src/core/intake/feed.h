// Feed: what happens to all leads of all tenants, each told once when it is committed, by this
// process or by another. For whoever watches (serve/api/events); what a page shows is loaded.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/intake/lead.h"
#include "core/store/store.h"

namespace flead::intake {

struct TenantEvent {
  TenantId tenant;
  Event event;
};

// Ids sort by the time at which they were made, and commits come in another order: an event may
// appear behind one that was told already. So the feed remembers what it told for as long as a
// write can take (k_event_late_ms), and looks from before that on. One thread uses it.
class Feed {
 public:
  struct News {
    std::vector<TenantEvent> events;  // at most k_stream_events_kept
    // Begins here: the first look, or more came than anybody would read one by one.
    bool lost = false;
  };
  // `now_ms` is a steady clock's.
  Result<News> look(store::Store& store, std::int64_t now_ms);

 private:
  bool begun_ = false;
  std::string floor_;                         // no event before this id will appear any more
  std::map<std::string, std::int64_t> told_;  // ids after it, and when each was seen
};

}  // namespace flead::intake
