#include "core/app.h"

#include "core/booking/calcom_link.h"
#include "core/booking/calendar.h"
#include "core/booking/completion.h"
#include "core/booking/pay.h"
#include "core/booking/reminder.h"
#include "core/booking/request.h"
#include "core/booking/waitlist.h"
#include "core/channels/channel.h"
#include "core/channels/desk.h"
#include "core/channels/inbox.h"
#include "core/channels/outbox.h"
#include "core/channels/sequence.h"
#include "core/money/payment.h"
#include "core/money/payout.h"
#include "core/money/payout_banks.h"
#include "core/money/payout_wish.h"
#include "core/tenants/tenant.h"
#include "core/upkeep/housekeep.h"

namespace flead {

Result<tenants::Tenant> add_tenant(World& world, store::Tx& tx, const tenants::NewTenant& input) {
  FLEAD_TRY(tenants::Tenant tenant, tenants::create(world, tx, input));
  FLEAD_CHECK(channels::add_default(world, tx, tenant.id));
  return tenant;
}

Status ensure_periodic_jobs(App& app) {
  constexpr std::string_view k_periodic[] = {"store.housekeep"};
  struct Needs {
    std::vector<std::string> missing;
    bool tending = false;
    bool calendars = false;
    bool calcom = false;
  };
  // Looked at first: most starts have nothing to write.
  FLEAD_TRY(const Needs needs, app.store.read([&](store::Tx& tx) -> Result<Needs> {
    Needs found;
    FLEAD_TRY(found.missing, jobs::missing_periodic(tx, k_periodic));
    FLEAD_TRY(found.tending, channels::has_tended(tx));
    FLEAD_TRY(found.calendars, booking::has_calendars(tx));
    FLEAD_TRY(found.calcom, booking::has_calcom(tx));
    return found;
  }));
  const bool fetches = needs.calendars || needs.calcom;
  if (needs.missing.empty() && !needs.tending && !fetches) return {};
  return app.store.write([&](store::Tx& tx) -> Status {
    FLEAD_CHECK(channels::ensure_tended(app.world, tx));
    FLEAD_CHECK(booking::ensure_calendar_jobs(app.world, tx));
    FLEAD_CHECK(booking::ensure_calcom_jobs(app.world, tx));
    for (const std::string& kind : needs.missing) {
      jobs::NewJob job;
      job.kind = kind;
      job.unique_key = kind;
      FLEAD_CHECK(jobs::enqueue(app.world, tx, job));
    }
    return {};
  });
}

Result<jobs::Job> cancel_job(World& world, store::Tx& tx, const JobId& id) {
  FLEAD_TRY(jobs::Job job, jobs::cancel(world, tx, id));
  if (job.kind == "message.send" && job.tenant) {
    const MessageId message(job.payload.text("message").value_or(job.subject_id));
    FLEAD_CHECK(channels::cancel_message(world, tx, *job.tenant, message, "cancelled by hand"));
  }
  return job;
}

const jobs::Table& job_table() {
  static const jobs::Table k_table = {
      {"booking.complete", booking::complete},
      {"booking.hold_end", booking::end_hold},
      {"booking.paid", booking::take_payment},
      {"booking.remind", booking::remind},
      {"booking.request_expire", booking::expire_request},
      {"booking.settle", booking::settle_erased},
      {"booking.unpaid", booking::note_unpaid},
      {"calcom.poll", booking::poll_calcom},
      {"calcom.read", booking::read_calcom_call},
      {"calendar.read", booking::pull_calendar},
      {"calendar.write", booking::push_calendar},
      {"callback.read", channels::read_callback},
      {"channel.pull", channels::pull_channel},
      {"channel.watch", channels::watch_channel},
      {"desk.check", channels::check_desk},
      {"desk.sync", channels::sync_desk},
      {"lead.greet", channels::greet},
      {"message.check", channels::check_message},
      {"message.send", channels::send_message},
      {"payment.cancel", money::act_on_payment},
      {"payment.capture", money::act_on_payment},
      {"payment.open", money::open_payment},
      {"payment.sync", money::sync_payment},
      {"payout.open", money::open_payout},
      {"payout.sync", money::sync_payout},
      {"payout.banks", money::fetch_banks},
      {"payout.method_due", money::take_due_wish},
      {"refund.open", money::open_refund},
      {"refund.sync", money::sync_refund},
      {"route.next", channels::next_step},
      {"sequence.step", channels::take_sequence_step},
      {"waitlist.lapse", booking::lapse_place},
      {"waitlist.offer", booking::offer_places},
      {"store.housekeep", upkeep::housekeep},
  };
  return k_table;
}

}  // namespace flead
