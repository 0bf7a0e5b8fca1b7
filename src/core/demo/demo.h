// The demo's past: a few plausible weeks of a small business, made by the same operations that real
// requests go through, under a clock that runs from then to now. Callers: `flead demo` and its
// tests. Never touches a store that it was not handed, and sends nothing: a new tenant has only
// the `file` channel.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/app.h"
#include "core/base/result.h"
#include "core/base/world.h"
#include "core/tenants/tenant.h"

namespace flead::demo {

// A clock that is told the time. The process must not have made an id at a later time before:
// ids never go back.
class ToldClock final : public Clock {
 public:
  explicit ToldClock(TimeMs start) : now_(start) {}
  TimeMs now() override { return now_; }
  std::int64_t steady_ms() override { return now_; }
  void set(TimeMs time);  // earlier than now: stays

 private:
  TimeMs now_;
};

struct Plan {
  std::string slug = "acme";
  std::string locale = "en";  // names, texts and the tenant's language
  std::string zone = "Europe/Moscow";
  int leads = 120;
  int weeks = 4;
  TimeMs until = 0;  // the present: everything before it has happened
};

struct Seeded {
  tenants::Tenant tenant;
  std::string token;  // sk_…, owner
  std::int64_t leads = 0;
  std::int64_t bookings = 0;
};

// Fills an empty store. `app.world.clock` must be `clock`, which stands at `plan.until` less
// `plan.weeks`. `progress` hears how many of how many steps are done. Errors are those of the
// operations.
Result<Seeded> seed(App& app, ToldClock& clock, const Plan& plan,
                    const std::function<void(int done, int total)>& progress);

// What happened since event `after_id` ("" is from the beginning), for the terminal.
struct Told {
  std::string event_id;
  TimeMs at = 0;
  std::string kind;    // of the event
  std::string person;  // name, else the masked contact
  std::string line;    // "lead in: Anna (widget)"
};
Result<std::vector<Told>> told_since(store::Tx& tx, const TenantId& tenant,
                                     std::string_view after_id);
// The newest event there is, "" for none.
Result<std::string> newest_event(store::Tx& tx, const TenantId& tenant);

}  // namespace flead::demo
