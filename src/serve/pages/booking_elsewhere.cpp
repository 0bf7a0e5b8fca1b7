#include "serve/pages/booking_elsewhere.h"

#include "core/booking/calcom.h"
#include "core/intake/booking_link.h"

namespace flead::pages {

namespace {

// What is known of a person goes abroad only where the tenant lets it.
bool may_tell(App& app, const Visit& visit) {
  if (!booking::calcom::is_abroad(visit.offer.booked_elsewhere)) return true;
  const auto foreign = app.store.read([&](store::Tx& tx) {
    return tenants::setting(app, tx, visit.tenant.id, "channels.foreign");
  });
  return foreign && *foreign != "deny";
}

}  // namespace

http::Reply see_elsewhere(App& app, const Visit& visit, std::string_view proof) {
  booking::calcom::Prefill prefill;
  if (visit.lead) {
    prefill.mark = intake::make_lead_mark(app.key, visit.lead->id);
    if (intake::is_sent_proof(app.key, visit.lead->id, proof) && may_tell(app, visit)) {
      prefill.name = visit.lead->name;
      prefill.email = visit.lead->email;
    }
  }
  http::Reply reply =
      http::redirect(303, booking::calcom::page_url(visit.offer.booked_elsewhere, prefill));
  reply.header("cache-control", "no-store");
  reply.header("referrer-policy", "no-referrer");  // our address names the person's own link
  return reply;
}

}  // namespace flead::pages
