// The settings catalogue: what exists, its default, and how its value is checked.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "core/app.h"
#include "core/base/assert.h"
#include "core/base/day_rule.h"
#include "core/base/limits.h"
#include "core/base/money.h"
#include "core/base/rate.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/base/weekly.h"
#include "core/tenants/tenant.h"
#include "core/tenants/tenants_store.h"

namespace flead::tenants {
namespace {

bool is_rate(std::string_view value) {
  return parse_rate(value).has_value();
}

// "30d" or "forever".
bool is_age(std::string_view value) {
  return parse_age_days(value).has_value();
}

// A name that `flead payment connect` takes, "off" among them.
bool is_pay_account(std::string_view value) {
  return value.size() <= 40 && value.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") ==
                                   std::string_view::npos;
}

bool is_proof(std::string_view value) {
  return value == "off" || value == "auto" || value == "always";
}

bool is_boolean(std::string_view value) {
  return value == "true" || value == "false";
}

bool is_web_address(std::string_view value) {
  const bool web = value.starts_with("https://") || value.starts_with("http://");
  return web && value.size() <= k_url_characters_max && !has_control_characters(value) &&
         value.find_first_of(" \"<>\\") == std::string_view::npos &&
         value.find("://") + 3 < value.size();
}

bool is_web_address_or_nothing(std::string_view value) {
  return value.empty() || is_web_address(value);
}

// Whole numbers and waits within limits of ours; whoever uses them parses them again.
template <std::int64_t least, std::int64_t most>
bool is_count(std::string_view value) {
  std::int64_t count = 0;
  const char* const end = value.data() + value.size();
  const auto [stop, code] = std::from_chars(value.data(), end, count);
  return code == std::errc() && stop == end && count >= least && count <= most;
}

bool is_http_timeout(std::string_view value) {
  const auto wait_ms = parse_duration_ms(value);
  return wait_ms && *wait_ms >= k_http_timeout_set_min_ms && *wait_ms <= k_http_timeout_set_max_ms;
}

// As browsers send it: scheme and host, no path.
bool is_origin(std::string_view value) {
  return is_web_address(value) &&
         value.find_first_of("/?#@*", value.find("://") + 3) == std::string_view::npos;
}

bool is_origin_list(std::string_view value) {
  if (value.empty()) return true;
  if (value.size() > k_url_characters_max) return false;
  const std::vector<std::string> items = split(value, ',');
  return std::all_of(items.begin(), items.end(), is_origin);
}

bool is_email_or_nothing(std::string_view value) {
  if (value.empty()) return true;
  const auto at = value.find('@');
  return value.size() <= k_email_characters_max && at != std::string_view::npos && at > 0 &&
         at + 1 < value.size() && value.find('@', at + 1) == std::string_view::npos &&
         !has_control_characters(value) && value.find_first_of(" ,;<>\"") == std::string_view::npos;
}

bool is_contact_or_nothing(std::string_view value) {
  const bool phone = value.starts_with('+') && value.size() > 7 && value.size() <= 16 &&
                     value.find_first_not_of("0123456789", 1) == std::string_view::npos;
  return phone || is_email_or_nothing(value);
}

// As booking::parse_reminders reads it.
bool is_reminders(std::string_view value) {
  if (value == "off") return true;
  std::vector<std::int64_t> seen;
  for (const std::string& part : split(value, ',')) {
    const auto before = parse_duration_ms(trim(part));
    if (!before || *before < k_minute_ms || *before > 30 * k_day_ms) return false;
    if (std::find(seen.begin(), seen.end(), *before) != seen.end()) return false;
    seen.push_back(*before);
  }
  return !seen.empty() && seen.size() <= 5;
}

bool is_foreign(std::string_view value) {
  return value == "allow" || value == "deny";
}

// The shape alone: core/channels knows the kinds, and ignores what it does not.
bool is_notify(std::string_view value) {
  if (value.empty()) return true;
  const std::size_t colon = value.find(':');
  return colon != std::string_view::npos && colon > 0 && colon + 1 < value.size() &&
         value.size() <= k_email_characters_max + 20 && !has_control_characters(value);
}

bool is_weekly_or_nothing(std::string_view value) {
  return value.empty() || parse_weekly(value);
}

bool is_details(std::string_view value) {
  return value == "name" || value == "full";
}

bool is_place_wait(std::string_view value) {
  const auto wait = parse_duration_ms(value);
  return wait && *wait >= 10 * k_minute_ms && *wait <= k_hold_ms_max;
}

bool is_fee_bearer(std::string_view value) {
  return value == "tenant" || value == "expert";
}

bool is_percent(std::string_view value) {
  return parse_percent(value).has_value();
}

bool is_request_wait(std::string_view value) {
  const auto wait = parse_duration_ms(value);
  return wait && *wait >= 10 * k_minute_ms && *wait <= 30 * k_day_ms;
}

bool is_wait_or_off(std::string_view value) {
  return value == "off" || is_request_wait(value);
}

bool is_short_text(std::string_view value) {
  return utf8_length(value) <= k_business_text_characters_max;
}

bool is_quiet(std::string_view value) {
  if (value == "off") return true;
  const auto is_clock = [](std::string_view text) {
    constexpr std::string_view k_digits = "0123456789";
    return text.size() == 5 && text[2] == ':' &&
           text.find_first_not_of("0123456789:") == text.npos &&
           k_digits.find(text[0]) != text.npos && text.substr(0, 2) <= "24" &&
           text.substr(3) <= "59";
  };
  const std::size_t dash = value.find('-');
  return dash != std::string_view::npos && is_clock(value.substr(0, dash)) &&
         is_clock(value.substr(dash + 1)) && value.substr(0, dash) != value.substr(dash + 1);
}

// What `flead route set` writes after it has read it; the shape alone is checked here.
bool is_route(std::string_view value) {
  return value.size() <= k_url_characters_max && !has_control_characters(value);
}

bool is_amount_or_nothing(std::string_view value) {
  return value.empty() || (value.size() <= 12 && value.front() != '.' && value.back() != '.' &&
                           value.find_first_not_of("0123456789.") == value.npos &&
                           std::count(value.begin(), value.end(), '.') <= 1);
}

bool is_amount(std::string_view value) {
  return parse_money_minor(value).has_value();
}
bool is_amount_or_off(std::string_view value) {
  return value == "off" || is_amount(value);
}
bool is_count_or_off(std::string_view value) {
  return value == "off" || is_count<1, 1000>(value);
}
bool is_payout_delay(std::string_view value) {
  const auto wait = parse_duration_ms(value);
  return wait && *wait <= 365 * k_day_ms;
}
bool is_payout_schedule(std::string_view value) {
  return parse_day_rule(value).has_value();
}

// Off in a store made by `init --test` until set (contract section 1).
bool is_off_in_tests(std::string_view key) {
  return key == "rate.address" || key == "rate.key" || key == "spam.proof";
}

struct Found {
  std::string value;
  std::string_view origin;
};

Result<Found> find_value(store::Tx& tx, std::string_view tenant, const SettingSpec& spec) {
  if (spec.per_tenant && !tenant.empty()) {
    FLEAD_TRY(auto own, load_setting(tx, tenant, spec.key));
    if (own) return Found{std::move(*own), "tenant"};
  }
  FLEAD_TRY(auto shared, load_setting(tx, "", spec.key));
  if (shared) return Found{std::move(*shared), "store"};
  if (is_off_in_tests(spec.key)) {
    FLEAD_TRY(const bool test_store, is_test_store(tx));
    if (test_store) return Found{"off", "default"};
  }
  return Found{std::string(spec.default_value), "default"};
}

Error unknown_setting(std::string_view key) {
  std::vector<std::string> keys;
  for (const SettingSpec& spec : setting_specs()) keys.emplace_back(spec.key);
  const std::string near = nearest(key, keys);
  return refused("setting_unknown",
                 fmt::format("There is no setting '{}'{}", repair_utf8(key),
                             near.empty() ? "." : fmt::format("; did you mean {}?", near)),
                 fmt::format("Settings: {}.", fmt::join(keys, ", ")));
}

}  // namespace

std::optional<std::int64_t> parse_age_days(std::string_view text) {
  if (text == "forever") return k_retain_forever;
  std::int64_t days = 0;
  if (text.size() < 2 || text.back() != 'd') return std::nullopt;
  const char* const end = text.data() + text.size() - 1;
  const auto [stop, code] = std::from_chars(text.data(), end, days);
  if (code != std::errc() || stop != end || days < 1 || days > k_retain_days_max) {
    return std::nullopt;
  }
  return days;
}

namespace {

// Of the server, for the whole store.
std::vector<SettingSpec> http_specs() {
  constexpr std::string_view k_timeout = "a time from 1s to 10m";
  return {
      {"http.body_timeout", "30s", "How long a request's body may take to arrive", false,
       is_http_timeout, k_timeout},
      {"http.connections", "4096", "Connections at once; the system's descriptors are a limit, too",
       false, is_count<k_connections_set_min, k_connections_set_max>,
       "a whole number from 16 to 100000"},
      {"http.connections_per_address", "256",
       "Of these from one address that is neither a trusted proxy nor this machine", false,
       is_count<1, k_connections_set_max>, "a whole number from 1 to 100000"},
      {"http.head_timeout", "10s", "How long a request's head may take to arrive", false,
       is_http_timeout, k_timeout},
      {"http.idle_timeout", "15s", "How long a connection is kept between requests", false,
       is_http_timeout, k_timeout},
      {"http.queue", "512", "Requests that wait for a thread; half of them of one caller", false,
       is_count<1, k_request_queue_set_max>, "a whole number from 1 to 10000"},
      {"http.streams", "256", "Readers of /api/v1/events at once", false,
       is_count<1, k_streams_set_max>, "a whole number from 1 to 4096"},
      {"http.workers", "16", "Threads that answer requests; --workers goes before it", false,
       is_count<1, k_request_threads_max>, "a whole number from 1 to 64"},
      {"http.write_timeout", "10s", "How long a reply may stand still at a client", false,
       is_http_timeout, k_timeout},
  };
}

// Of payouts. The limits of a recipient are the vendor's of July 2026.
std::vector<SettingSpec> payout_specs() {
  constexpr std::string_view k_amount = "an amount such as 500000";
  constexpr std::string_view k_limit = "an amount such as 500000, or off";
  constexpr std::string_view k_count = "a whole number from 1 to 1000, or off";
  constexpr std::string_view k_each = "The largest payout; the rest waits for the next run";
  constexpr std::string_view k_month = "Most that one expert gets so in a calendar month";
  constexpr std::string_view k_day = "Payouts to one expert in a day";
  return {
      {"payout.approve_above", "100000", "A payout above this waits for flead payout approve", true,
       is_amount_or_off, "an amount such as 100000, 0 for all of them, or off"},
      {"payout.delay", "7d", "How long after its end a meeting is paid out at the earliest", true,
       is_payout_delay, "a time such as 7d, up to 365d"},
      {"payout.minimum", "100", "An expert who is due less waits for more", true, is_amount,
       k_amount},
      {"payout.schedule", "manual", "On which days flead payout run pays; manual: whenever it runs",
       true, is_payout_schedule, "manual, daily, weekly mon,thu, monthly 5 or monthly last"},
      {"payout.card_each", "500000", k_each, true, is_amount_or_off, k_limit},
      {"payout.card_month", "1500000", k_month, true, is_amount_or_off, k_limit},
      {"payout.card_day", "20", k_day, true, is_count_or_off, k_count},
      {"payout.manual_each", "off", k_each, true, is_amount_or_off, k_limit},
      {"payout.manual_month", "off", k_month, true, is_amount_or_off, k_limit},
      {"payout.manual_day", "off", k_day, true, is_count_or_off, k_count},
      {"payout.sbp_each", "500000", k_each, true, is_amount_or_off, k_limit},
      {"payout.sbp_month", "off", k_month, true, is_amount_or_off, k_limit},
      {"payout.sbp_day", "off", k_day, true, is_count_or_off, k_count},
      {"payout.wallet_each", "100000", k_each, true, is_amount_or_off, k_limit},
      {"payout.wallet_month", "600000", k_month, true, is_amount_or_off, k_limit},
      {"payout.wallet_day", "off", k_day, true, is_count_or_off, k_count},
  };
}

std::vector<SettingSpec> payment_specs() {
  return {
      {"payment.account", "",
       "Which payment account takes payments; empty is the oldest active one, off is none", true,
       is_pay_account, "the name of a payment account, off, or nothing"},
      {"payment.fee", "tenant", "Whose part the provider's fee comes off: tenant or expert", true,
       is_fee_bearer, "tenant or expert"},
      {"payment.hold", "75m", "How long a time is held for its payment", true, is_place_wait,
       "a time from 10m to 7d"},
      {"payment.save_methods", "false",
       "Whether payers of meetings are offered to let their card or account be kept for next time; "
       "the provider has to allow it",
       true, is_boolean, "true or false"},
      {"payment.share", "0%", "Your part of what experts' meetings are paid", true, is_percent,
       "0% to 100%"},
  };
}

// Of the product, in the order of their names.
std::vector<SettingSpec> product_specs() {
  constexpr std::string_view k_age = "a number of days such as 30d, or forever";
  constexpr std::string_view k_rate = "a rate such as 20/s or 300/m, or off";
  return {
      {"booking.complete_after", "24h",
       "How long after its end a meeting counts as having taken place", true, is_wait_or_off,
       "a time from 10m to 30d, or off"},
      {"booking.prefill", "false",
       "Whether links in messages prove that they were sent, so that a booking page elsewhere can "
       "be filled in for the person; offer calcom turns it on",
       true, is_boolean, "true or false"},
      {"booking.reminders", "24h,1h", "How long before a meeting a person is reminded of it", true,
       is_reminders, "up to 5 times before the start such as 24h,1h, or off"},
      {"business.hours", "", "When somebody is there; outside, people are told when they will be",
       true, is_weekly_or_nothing, "hours such as mon-fri 09:00-18:00, or nothing"},
      {"business.text", "", "What they are told; {when} and {tenant} are replaced, empty is ours",
       true, is_short_text, "a text of at most 500 characters"},
      {"calendar.details", "name",
       "What a host's calendar feed says of a person: the first name, or how to reach them too",
       true, is_details, "name or full"},
      {"canary.to", "", "Where the canary's greeting goes; empty is the channel's own address",
       true, is_contact_or_nothing, "an e-mail address, a phone number with +, or nothing"},
      {"channels.foreign", "allow",
       "Whether messages may leave through services abroad (Telegram, WhatsApp, Instagram)", true,
       is_foreign, "allow or deny"},
      {"consent.required", "true", "Whether a lead must consent to processing", true, is_boolean,
       "true or false"},
      {"email.open_pixel", "false", "Whether mails carry a picture that tells when they are opened",
       true, is_boolean, "true or false"},
      {"host.notify", "true",
       "Whether a host is told by message when a meeting is booked, moved or called off", true,
       is_boolean, "true or false"},
      {"operator.notify", "", "Where you are told that a lead needs a person", true, is_notify,
       "a channel and an address such as email:me@example.ru or telegram:501, or nothing"},
      {"origins", "", "Web origins whose pages may send leads, joined by commas; empty is any",
       true, is_origin_list, "origins such as https://example.org, joined by commas"},
      {"quiet.hours", "off",
       "When nothing is sent but answers to what a person just did, news of their own meetings "
       "and what you write yourself",
       true, is_quiet, "hours of the person's day such as 22:00-08:00, or off"},
      {"rate.address", "20/s", "Requests from one address", true, is_rate, k_rate},
      {"rate.key", "100/s", "Requests with one key", true, is_rate, k_rate},
      {"report.email", "", "Where the weekly report goes", true, is_email_or_nothing,
       "an e-mail address, or nothing"},
      {"request.expire", "48h", "How long a request for a meeting waits for an answer", true,
       is_request_wait, "a time from 10m to 30d"},
      {"retain.callbacks", "30d", "How long what providers called with is kept", false, is_age,
       k_age},
      {"retain.jobs", "14d", "How long jobs that ended are kept; dead ones stay", false, is_age,
       k_age},
      {"retain.raw", "90d", "How long requests are kept as they came, beside the lead", false,
       is_age, k_age},
      {"review.ask", "true", "Whether a person is asked how a meeting was, once it took place",
       true, is_boolean, "true or false"},
      {"waitlist.offer", "2h", "How long a place that came free is kept for who waits", true,
       is_place_wait, "a time from 10m to 7d"},
      {"route", "",
       "In what order channels are tried, and how long each may take; flead route set checks it",
       true, is_route, "steps such as max 10m, telegram 10m, sms; or nothing"},
      {"route.cost_max", "", "What messages to one lead may cost before paid channels are left out",
       true, is_amount_or_nothing, "an amount such as 30.00, or nothing"},
      {"sms.start_link", "true",
       "Whether the first SMS carries a short link into messengers, about 70 characters", true,
       is_boolean, "true or false"},
      {"spam.proof", "auto", "Proof of work before a lead is trusted", true, is_proof,
       "off, auto or always"},
      {"thanks_url", "", "Where a form without scripts goes after a lead", true,
       is_web_address_or_nothing, "a web address, or nothing"},
  };
}

}  // namespace

const std::vector<SettingSpec>& setting_specs() {
  static const std::vector<SettingSpec> k_specs = [] {
    auto specs = product_specs();
    const auto http = http_specs();
    specs.insert(specs.end(), http.begin(), http.end());
    const auto payments = payment_specs();
    specs.insert(specs.end(), payments.begin(), payments.end());
    const auto payouts = payout_specs();
    specs.insert(specs.end(), payouts.begin(), payouts.end());
    std::sort(specs.begin(), specs.end(),
              [](const SettingSpec& a, const SettingSpec& b) { return a.key < b.key; });
    return specs;
  }();
  return k_specs;
}

const SettingSpec* find_setting(std::string_view key) {
  for (const SettingSpec& spec : setting_specs()) {
    if (spec.key == key) return &spec;
  }
  return nullptr;
}

Result<std::string> setting(store::Tx& tx, const TenantId& tenant, std::string_view key) {
  const SettingSpec* spec = find_setting(key);
  FLEAD_ASSERT(spec != nullptr);
  FLEAD_TRY(Found found, find_value(tx, tenant.text(), *spec));
  return std::move(found.value);
}

Result<std::string> setting(const App& app, store::Tx& tx, const TenantId& tenant,
                            std::string_view key) {
  const auto set = app.config.set.find(key);
  if (set != app.config.set.end()) return set->second;
  return setting(tx, tenant, key);
}

const std::string& Settings::operator[](std::string_view key) const {
  const auto found = values_.find(key);
  FLEAD_ASSERT(found != values_.end());
  return found->second;
}

Result<Settings> load_settings(store::Tx& tx, const TenantId& tenant) {
  Settings settings;
  for (const SettingSpec& spec : setting_specs()) {
    FLEAD_TRY(Found found, find_value(tx, tenant.text(), spec));
    settings.values_.emplace(spec.key, std::move(found.value));
  }
  return settings;
}

Result<Settings> load_settings(const App& app, store::Tx& tx, const TenantId& tenant) {
  FLEAD_TRY(Settings settings, load_settings(tx, tenant));
  for (const auto& [key, value] : app.config.set) settings.values_[key] = value;
  return settings;
}

Status check_setting(std::string_view key, std::string_view value) {
  const SettingSpec* spec = find_setting(key);
  if (spec == nullptr) return unknown_setting(key);
  const std::string_view wanted = trim(value);
  if (!valid_utf8(wanted) || !spec->valid(wanted)) {
    return refused("setting_invalid", fmt::format("{} takes {}.", key, spec->expects));
  }
  return {};
}

Status set_setting(World& world, store::Tx& tx, const std::optional<TenantId>& tenant,
                   std::string_view key, std::string_view value) {
  const SettingSpec* spec = find_setting(key);
  if (spec == nullptr) return unknown_setting(key);
  if (tenant && !spec->per_tenant) {
    return refused("setting_invalid", fmt::format("{} is a setting of the whole store.", key));
  }
  FLEAD_CHECK(check_setting(key, value));
  return save_setting(tx, tenant ? tenant->text() : "", key, trim(value), world.clock.now());
}

Result<std::vector<SettingRow>> list_settings(store::Tx& tx,
                                              const std::optional<TenantId>& tenant) {
  std::vector<SettingRow> rows;
  for (const SettingSpec& spec : setting_specs()) {
    FLEAD_TRY(Found found, find_value(tx, tenant ? tenant->text() : "", spec));
    rows.push_back({std::string(spec.key), std::move(found.value), std::string(found.origin)});
  }
  return rows;
}

Result<std::optional<std::string>> document(store::Tx& tx, const TenantId& tenant,
                                            std::string_view key) {
  return load_setting(tx, tenant.text(), key);
}

Status set_document(World& world, store::Tx& tx, const TenantId& tenant, std::string_view key,
                    std::string_view value) {
  FLEAD_ASSERT(find_setting(key) == nullptr);  // settings have their own door
  return save_setting(tx, tenant.text(), key, value, world.clock.now());
}

}  // namespace flead::tenants
