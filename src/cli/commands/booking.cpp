// `flead booking`: people in slots.
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "cli/io/page.h"
#include "cli/io/time_flag.h"
#include "core/booking/booking.h"
#include "core/booking/quote.h"

namespace flead::cli {
namespace {

constexpr std::string_view k_booking_actor = "cli";

struct CreateOptions {
  std::string offer, at, lead, zone, format;
  std::optional<std::string> amount;
  std::optional<std::int64_t> price_version;
  std::optional<std::string> hold;
  intake::NewLead contact;
  bool request = false;
};

struct ListOptions {
  booking::Filter filter;
  PageOptions page;
  std::optional<std::string> lead;
};

struct ChangeOptions {
  std::string id, at, reason, by = "host";
};

struct QuoteOptions {
  booking::QuoteRequest request;
  std::string at, language;
  std::optional<std::string> amount;
};

Json booking_object(const App& app, const booking::Booking& found) {
  return booking::to_json(found, app.config.base_url);
}

Json booking_fields() {
  return booking::to_json(booking::Booking{}, "");
}

bool has_contact(const intake::NewLead& contact) {
  return !contact.name.empty() || !contact.phone.empty() || !contact.email.empty();
}

std::string raw_contact(const intake::NewLead& contact) {
  return Json::object({{"name", contact.name}, {"phone", contact.phone}, {"email", contact.email}})
      .dump();
}

Result<std::optional<std::int64_t>> read_amount(const std::optional<std::string>& text) {
  if (!text) return std::optional<std::int64_t>();
  const auto minor = parse_money_minor(*text);
  if (minor) return std::optional<std::int64_t>(*minor);
  return usage_error("amount_invalid", "--amount takes a sum such as 5000 or 4999.90.");
}

// Everything but the lead, which is looked up inside the transaction.
Result<booking::NewBooking> read_create(Context& context, App& app, const tenants::Tenant& tenant,
                                        const CreateOptions& options) {
  booking::NewBooking input;
  input.offer = options.offer;
  input.zone = options.zone;
  input.request_only = options.request;
  input.format = options.format;
  input.price_version = options.price_version;
  FLEAD_TRY(input.amount_minor, read_amount(options.amount));
  input.origin.source = "cli";
  input.origin.content_type = "application/json";
  input.origin.actor = k_booking_actor;
  if (options.hold) {
    input.hold = BookingId(*options.hold);
  } else {
    FLEAD_TRY(input.starts_at, read_time_flag(context, "--at", options.at));
  }
  if (options.lead.empty() == !has_contact(options.contact)) {
    return usage_error("person_required", "Say who: --lead, or a contact by --phone or --email.");
  }
  if (options.lead.empty()) {
    input.origin.raw_body = raw_contact(options.contact);
    FLEAD_TRY(const auto rules,
              app.store.read([&](store::Tx& tx) { return intake::load_rules(tx, tenant.id); }));
    FLEAD_TRY(input.contact, intake::check_new_lead(tenant, rules, options.contact, input.origin));
  }
  return input;
}

Result<booking::Booking> create_in(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                   const CreateOptions& options, booking::NewBooking input) {
  if (!options.lead.empty()) {
    FLEAD_TRY(const auto lead, intake::find(tx, tenant, options.lead));
    input.lead = lead.id;
  }
  return booking::book(app, tx, tenant, input);
}

Status create_booking(Context& context, const CreateOptions& options) {
  if (options.at.empty() && !options.hold) {
    return usage_error("time_required", "Say when: --at TIME, or --hold BOOKING.");
  }
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto input, read_create(context, *app, tenant, options));
  FLEAD_TRY(const auto made, app->store.write([&](store::Tx& tx) {
    return create_in(*app, tx, tenant, options, input);
  }));
  return context.print_object(booking_object(*app, made));
}

// The start belongs to the key of a page, and the cursor names only the booking.
Status seek(store::Tx& tx, const tenants::Tenant& tenant, const Page& page,
            booking::Filter& filter) {
  if (page.after_id.empty()) return {};
  const auto last = booking::load(tx, tenant.id, BookingId(page.after_id));
  if (!last) return usage_error("bad_cursor", "--cursor names no booking of this tenant");
  filter.after_start = last->starts_at;
  filter.after_id = page.after_id;
  return {};
}

Status list_bookings(Context& context, const ListOptions& options) {
  FLEAD_TRY(const Page page, read_page(context, options.page, BookingIdTag::k_prefix));
  booking::Filter filter = options.filter;
  filter.from = page.since;
  filter.to = page.until;
  filter.limit = page.limit + 1;
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(auto found,
            app->store.read([&](store::Tx& tx) -> Result<std::vector<booking::Booking>> {
              FLEAD_CHECK(seek(tx, tenant, page, filter));
              if (options.lead) {
                FLEAD_TRY(const auto lead, intake::find(tx, tenant, *options.lead));
                filter.lead = lead.id;
              }
              return booking::list(tx, tenant.id, filter);
            }));
  cut_page(context, page, found);
  Json::Array rows;
  for (const auto& row : found) rows.push_back(booking_object(*app, row));
  return context.print_list(rows, {"id", "status", "starts_at", "offer", "lead"}, booking_fields());
}

Result<booking::Booking> load_booking(Context& context, const std::string& id) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  return app->store.read(
      [&](store::Tx& tx) { return booking::load(tx, tenant.id, BookingId(id)); });
}

Status show_booking(Context& context, const ChangeOptions& options) {
  FLEAD_TRY(const auto found, load_booking(context, options.id));
  FLEAD_TRY(App * app, context.app());
  return context.print_object(booking_object(*app, found));
}

Status print_calendar(Context& context, const ChangeOptions& options) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto appointment,
            app->store.read([&](store::Tx& tx) -> Result<booking::Appointment> {
              FLEAD_TRY(const auto found, booking::load(tx, tenant.id, BookingId(options.id)));
              return booking::appointment_of(*app, tx, tenant, found, true);
            }));
  return context.write(booking::write_calendar(appointment));
}

Status change_booking(Context& context, const ChangeOptions& options, booking::Action action) {
  if (action == booking::Action::cancel) {
    FLEAD_CHECK(context.confirm(fmt::format("Cancel {} and tell the person?", options.id)));
  }
  booking::Change change;
  change.id = BookingId(options.id);
  change.action = action;
  change.reason = options.reason;
  change.actor = k_booking_actor;
  change.by_person = options.by == "person";
  if (action == booking::Action::move) {
    FLEAD_TRY(change.starts_at, read_time_flag(context, "--at", options.at));
  }
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto changed, app->store.write([&](store::Tx& tx) {
    return booking::change(*app, tx, tenant, change);
  }));
  return context.print_object(booking_object(*app, changed));
}

void add_booking_create(Command& noun) {
  auto options = std::make_shared<CreateOptions>();
  noun.sub("create")
      .summary("Book a slot for a lead, or for a contact that becomes one")
      .example("flead booking create --at 2026-01-06T10:00 --lead +79160000001")
      .example(
          "flead booking create --at 2026-01-06T10:00 --name Anna --email anna@example.org "
          "--consent processing")
      .option("--at TIME", options->at, k_time_text)
      .option("--offer SLUG", options->offer, "Of this offer; needed when there are several")
      .option("--lead LEAD", options->lead, "Its id, phone or e-mail")
      .option("--name TEXT", options->contact.name, "Name of a new contact")
      .option("--phone NUMBER", options->contact.phone, "Phone of a new contact")
      .option("--email ADDRESS", options->contact.email, "E-mail of a new contact")
      .option("--consent PURPOSE", options->contact.consent_purposes,
              "What the contact agreed to: processing, marketing; may be repeated")
      .option("--zone ZONE", options->zone, "The person's zone, for messages")
      .option("--hold BOOKING", options->hold, "Take over this hold, instead of --at")
      .option("--format TEXT", options->format, "How one meets, where the offer has several")
      .option("--amount SUM", options->amount, "Chosen of a sliding scale; else what is suggested")
      .option("--price-version N", options->price_version, "Refuse when the price is another now")
      .option("--request", options->request, "Ask only: to be confirmed later")
      .writes()
      .prints(booking_fields)
      .run([options](Context& context) { return create_booking(context, *options); });
}

Json quote_fields() {
  return booking::to_json(booking::Quote{}, "en");
}

Status print_quote(Context& context, const QuoteOptions& options) {
  booking::QuoteRequest request = options.request;
  if (!options.at.empty()) {
    FLEAD_TRY(request.starts_at, read_time_flag(context, "--at", options.at));
  }
  FLEAD_TRY(request.amount_minor, read_amount(options.amount));
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto quote,
            app->store.read([&](store::Tx& tx) { return booking::quote(tx, tenant.id, request); }));
  return context.print_object(
      booking::to_json(quote, options.language.empty() ? tenant.locale : options.language));
}

void add_booking_quote(Command& noun) {
  auto options = std::make_shared<QuoteOptions>();
  noun.sub("quote")
      .summary("Show price and terms before anything is promised")
      .example("flead booking quote --offer session --at 2026-01-06T10:00")
      .option("--offer SLUG", options->request.offer,
              "Of this offer; needed when there are several")
      .option("--format TEXT", options->request.format, "How one meets, where there are several")
      .option("--at TIME", options->at, "When: shows until when how much is returned")
      .option("--amount SUM", options->amount, "Chosen of a sliding scale")
      .option("--language", options->language, "Of the terms; the tenant's unless set")
      .choices({"ru", "en"})
      .prints(quote_fields)
      .run([options](Context& context) { return print_quote(context, *options); });
}

void add_booking_list(Command& noun) {
  auto options = std::make_shared<ListOptions>();
  Command& verb = noun.sub("list");
  verb.summary("List bookings by their start, earliest first")
      .example("flead booking list --since 2026-01-05 --status confirmed")
      .option("--status", options->filter.status, "Only in this state")
      .choices({"held", "requested", "confirmed", "declined", "expired", "cancelled", "completed",
                "no_show"})
      .option("--offer SLUG", options->filter.offer, "Only of this offer")
      .option("--host HOST", options->filter.host, "Only of this host")
      .option("--lead LEAD", options->lead, "Only of this lead: id, phone or e-mail");
  add_page_options(verb, options->page, "bookings that start");
  verb.prints(booking_fields).run([options](Context& context) {
    return list_bookings(context, *options);
  });
}

struct ChangeRow {
  const char* verb;
  booking::Action action;
  const char* summary;
};
constexpr ChangeRow k_change_rows[] = {
    {"confirm", booking::Action::confirm, "Confirm a requested booking or a hold"},
    {"decline", booking::Action::decline, "Decline a requested booking and tell the person"},
    {"cancel", booking::Action::cancel, "Cancel a booking or a hold and tell the person"},
    {"move", booking::Action::move, "Move a booking to another slot and tell the person"},
    {"complete", booking::Action::complete, "Say that the meeting took place"},
    {"noshow", booking::Action::no_show, "Say that the person did not come"},
};

void add_booking_changes(Command& noun) {
  auto options = std::make_shared<ChangeOptions>();
  for (const ChangeRow& row : k_change_rows) {
    Command& verb = noun.sub(row.verb);
    const booking::Action action = row.action;
    const bool moves = action == booking::Action::move;
    verb.summary(row.summary)
        .example(fmt::format("flead booking {} bkg_01k9x0000000000000000000000{}", row.verb,
                             moves                               ? " --at 2026-01-06T11:00"
                             : action == booking::Action::cancel ? " --yes"
                                                                 : ""))
        .positional("BOOKING", options->id, "Its id, from `booking list`");
    if (moves) verb.required("--at TIME", options->at, k_time_text);
    if (action == booking::Action::cancel || moves) {
      verb.description(
              "With --by person the offer's policy decides what is returned and how often it may "
              "be "
              "moved; what the host cancels is returned whole. --dry-run shows it first: "
              "refund_due "
              "is what the person gets back.")
          .option("--by", options->by, "Whose wish it is")
          .choices({"host", "person"});
    }
    if (action == booking::Action::cancel || action == booking::Action::decline) {
      verb.option("--reason TEXT", options->reason, "Why; the person reads it");
    }
    verb.writes().prints(booking_fields).run([options, action](Context& context) {
      return change_booking(context, *options, action);
    });
  }
}

}  // namespace

void add_booking_commands(Command& root) {
  Command& noun = root.sub("booking").group(Group::booking).summary("People in slots");
  add_booking_quote(noun);
  add_booking_create(noun);
  add_booking_list(noun);
  auto options = std::make_shared<ChangeOptions>();
  noun.sub("show")
      .summary("Show one booking")
      .example("flead booking show bkg_01k9x0000000000000000000000")
      .positional("BOOKING", options->id, "Its id, from `booking list`")
      .prints(booking_fields)
      .run([options](Context& context) { return show_booking(context, *options); });
  add_booking_changes(noun);
  add_booking_papers(noun);
  noun.sub("ics")
      .summary("Print the calendar invite as it stands now")
      .example("flead booking ics bkg_01k9x0000000000000000000000 -o meeting.ics")
      .positional("BOOKING", options->id, "Its id, from `booking list`")
      .run([options](Context& context) { return print_calendar(context, *options); });
}

}  // namespace flead::cli
