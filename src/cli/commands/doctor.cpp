// `flead doctor`: what is wrong with this installation, and what to do about each. Each check is a
// function that returns findings; nothing here changes anything.
#include <algorithm>

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "cli/commands/all.h"
#include "cli/commands/doctor.h"
#include "cli/io/context.h"
#include "cli/io/help.h"
#include "cli/io/key_file.h"
#include "cli/io/output.h"
#include "core/base/phone.h"
#include "core/booking/calcom_link.h"
#include "core/booking/calendar.h"
#include "core/channels/channel.h"
#include "core/jobs/jobs.h"
#include "core/money/books.h"
#include "core/store/migrate.h"
#include "core/store/store.h"
#include "core/tenants/store_key.h"
#include "core/tenants/tenant.h"

namespace flead::cli {
namespace {

Finding ok(std::string_view check, std::string message) {
  return {check, "ok", std::move(message), ""};
}
Finding warn(std::string_view check, std::string message, std::string fix) {
  return {check, "warn", std::move(message), std::move(fix)};
}
Finding fail(std::string_view check, const Error& error) {
  return {check, "fail", error.message, error.hint};
}

Result<std::unique_ptr<store::Store>> open_read_only(Context& context, const Config& config) {
  store::OpenOptions options;
  options.path = config.db_path;
  options.read_only = true;
  FLEAD_TRY(options.wait_ms, context.wait_ms());
  return store::open_sqlite(options);
}

Status check_store(store::Store& store, Findings& findings) {
  const Status whole = store.check();
  const auto version = store.read(store::schema_version);
  if (!whole || !version) {
    const Error error = whole ? version.error() : whole.error();
    findings.push_back(fail("store", error));
    return error;
  }
  findings.push_back(ok("store", fmt::format("{}, schema {}", store.engine(), *version)));
  return {};
}

void check_writable(Context& context, const Config& config, Findings& findings) {
  store::OpenOptions options;
  options.path = config.db_path;
  const auto wait = context.wait_ms();
  options.wait_ms = wait ? *wait : 0;
  auto opened = store::open_sqlite(options);
  // An empty write takes the lock that every writer needs, and leaves nothing behind.
  const Status written =
      opened ? (*opened)->write([](store::Tx&) -> Status { return {}; }) : opened.error();
  if (written) {
    findings.push_back(ok("writing", "The store takes a write"));
  } else {
    findings.push_back(fail("writing", written.error()));
  }
}

void check_key(Context& context, store::Store& store, Findings& findings) {
  const auto key = context.key();
  const Status matching =
      key ? store.read([&](store::Tx& tx) { return tenants::check_key(tx, *key); }) : key.error();
  if (!matching) {
    findings.push_back(fail("key", matching.error()));
    return;
  }
  const auto path = context.key_path();
  if (path && !path->empty() && readable_by_others(*path)) {
    findings.push_back(warn("key", fmt::format("{} can be read by others", *path),
                            fmt::format("chmod 600 {}", *path)));
    return;
  }
  findings.push_back(ok("key", "It is the one this store was made with"));
}

void check_disk(const Config& config, Findings& findings) {
  constexpr std::uint64_t k_fail_mib = 50;
  constexpr std::uint64_t k_warn_mib = 500;
  const auto slash = config.db_path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : config.db_path.substr(0, slash + 1);
  struct statvfs space {};
  if (::statvfs(folder.c_str(), &space) != 0) {
    findings.push_back(fail("disk", internal_error(folder + " cannot be looked at.")));
    return;
  }
  const std::uint64_t free_mib = space.f_bavail * (space.f_frsize / 1024) / 1024;
  const std::string message = fmt::format("{} MiB free in {}", free_mib, folder);
  const std::string fix = "Make room: a full disk refuses leads.";
  if (free_mib < k_fail_mib) {
    findings.push_back({"disk", "fail", message, fix});
  } else if (free_mib < k_warn_mib) {
    findings.push_back(warn("disk", message, fix));
  } else {
    findings.push_back(ok("disk", message));
  }
}

// A clock that went back makes consent times and reminders wrong.
void check_clock(World& world, const std::vector<tenants::Tenant>& tenants, Findings& findings) {
  constexpr TimeMs k_sane_from = 1704067200000;  // 2024-01-01, long before this program
  constexpr std::int64_t k_slack_ms = k_minute_ms;
  const TimeMs now = world.clock.now();
  TimeMs newest = k_sane_from;
  for (const tenants::Tenant& tenant : tenants) newest = std::max(newest, tenant.updated_at);
  if (now + k_slack_ms < newest) {
    findings.push_back(
        {"clock", "fail",
         fmt::format("It says {}, earlier than what is written already", format_time(now)),
         "Set the clock; timedatectl set-ntp true keeps it right."});
    return;
  }
  const auto zone = Zone::load("Europe/Moscow");
  if (!zone) {
    findings.push_back({"clock", "fail", "No time zones are installed", "Install tzdata."});
    return;
  }
  findings.push_back(ok("clock", format_time(now)));
}

void check_phone_library(Findings& findings) {
  const auto phone = parse_phone("+79160000001", "RU");
  if (phone && phone->valid) {
    findings.push_back(ok("phones", "Numbers are understood"));
  } else {
    findings.push_back(fail(
        "phones", phone ? internal_error("A known number is not understood.") : phone.error()));
  }
}

void check_base_url(const Config& config, Findings& findings) {
  const bool local = config.base_url.find("://127.") != std::string::npos ||
                     config.base_url.find("://localhost") != std::string::npos ||
                     config.base_url.find("://[::1]") != std::string::npos ||
                     config.base_url.find("://0.0.0.0") != std::string::npos;
  if (local) {
    findings.push_back(warn("base_url", config.base_url + " is reachable from this machine only",
                            "Set FLEAD_BASE_URL to the public https address."));
  } else if (config.base_url.starts_with("http://")) {
    findings.push_back(warn("base_url", config.base_url + " is not encrypted",
                            "Put TLS in front and set FLEAD_BASE_URL to the https address."));
  } else {
    findings.push_back(ok("base_url", config.base_url));
  }
}

void check_jobs(store::Store& store, Findings& findings) {
  const auto counts = store.read(jobs::counts);
  if (!counts) {
    findings.push_back(fail("jobs", counts.error()));
    return;
  }
  std::int64_t dead = 0;
  std::int64_t live = 0;
  for (const jobs::Count& count : *counts) (count.state == "dead" ? dead : live) += count.jobs;
  if (dead > 0) {
    findings.push_back(warn("jobs", fmt::format("{} dead, {} waiting or running", dead, live),
                            "flead job list --state dead, then flead job retry JOB"));
  } else {
    findings.push_back(ok("jobs", fmt::format("{} waiting or running", live)));
  }
}

// A token that ends: its channel says when (`expires_at`).
bool token_ends(TimeMs now, const tenants::Tenant& tenant, const channels::Channel& channel,
                Findings& findings) {
  constexpr std::int64_t k_told_before_ms = 14 * k_day_ms;
  const auto ends = parse_time(channel.config.text("expires_at").value_or(""));
  if (!ends || *ends > now + k_told_before_ms) return false;
  findings.push_back(
      warn("channels",
           fmt::format("{}: the token of {} {} on {}", tenant.slug, channel.name,
                       *ends > now ? "ends" : "ended", format_time(*ends).substr(0, 10)),
           fmt::format("flead channel set {} --secret-file FILE --set expires_at=DATE --tenant {}",
                       channel.name, tenant.slug)));
  return true;
}

// Paused channels, and tenants whose messages reach nobody yet.
void check_channels(World& world, store::Store& store, const std::vector<tenants::Tenant>& tenants,
                    Findings& findings) {
  const TimeMs now = world.clock.now();
  std::size_t troubles = 0;
  for (const tenants::Tenant& tenant : tenants) {
    const auto known = store.read([&](store::Tx& tx) { return channels::list(tx, tenant.id); });
    if (!known) {
      findings.push_back(fail("channels", known.error()));
      return;
    }
    bool real = false;
    for (const channels::Channel& channel : *known) {
      if (channel.status == "paused") {
        ++troubles;
        findings.push_back(warn(
            "channels",
            fmt::format("{}: {} is paused: {}", tenant.slug, channel.name, channel.status_reason),
            fmt::format("flead channel test {} --tenant {}", channel.name, tenant.slug)));
      }
      if (token_ends(now, tenant, channel, findings)) ++troubles;
      const channels::Provider* provider = channels::find_provider(channel.kind);
      real = real || (provider != nullptr && provider->capabilities.real);
    }
    if (real || tenant.suspended) continue;
    ++troubles;
    findings.push_back(warn("channels",
                            fmt::format("{} has no channel that reaches a person", tenant.slug),
                            fmt::format("flead channel add email --tenant {}", tenant.slug)));
  }
  if (troubles == 0) findings.push_back(ok("channels", "All are active"));
}

// Providers that were told where to call: do they still? Asked over the network, with the key.
void check_hooks(Context& context, const Config& config, store::Store& store,
                 const std::vector<tenants::Tenant>& tenants, Findings& findings) {
  const auto key = context.key();
  if (!key || !context.ports().make_transport) return;
  const auto transport = context.ports().make_transport();
  App app{store, context.world(), config, *key, *transport};
  std::size_t called = 0;
  std::size_t lost = 0;
  for (const tenants::Tenant& tenant : tenants) {
    const auto known = store.read([&](store::Tx& tx) { return channels::list(tx, tenant.id); });
    if (!known) return;
    for (const channels::Channel& channel : *known) {
      if (channel.status != "active" || channel.state.text("hook_url").value_or("").empty()) {
        continue;
      }
      ++called;
      const channels::Delivery status = channels::hook_status(app, channel);
      if (status.verdict == channels::Verdict::sent) continue;
      ++lost;
      findings.push_back(
          warn("hooks",
               fmt::format("{}: {} does not call us: {}", tenant.slug, channel.name, status.says),
               fmt::format("flead channel connect {} --tenant {}", channel.name, tenant.slug)));
    }
  }
  if (called > 0 && lost == 0) findings.push_back(ok("hooks", fmt::format("{} called", called)));
}

void check_calendars(World& world, store::Store& store, const std::vector<tenants::Tenant>& tenants,
                     Findings& findings) {
  const TimeMs now = world.clock.now();
  std::size_t read = 0;
  for (const tenants::Tenant& tenant : tenants) {
    const auto known =
        store.read([&](store::Tx& tx) { return booking::list_calendars(tx, tenant.id); });
    if (!known) return;
    for (const booking::Calendar& calendar : *known) {
      const bool whole = calendar.error.empty() || calendar.tried_at != calendar.synced_at;
      if (!booking::is_stale(calendar, now) && whole) {
        ++read;
        continue;
      }
      if (!booking::is_stale(calendar, now)) {
        findings.push_back(warn("calendar",
                                fmt::format("{}: the calendar of {} at {}: {}", tenant.slug,
                                            calendar.host_slug, calendar.place, calendar.error),
                                "These times are not known to be busy: look at them there"));
        continue;
      }
      findings.push_back(
          warn("calendar",
               fmt::format("{}: the calendar of {} at {} could not be read for a "
                           "day: {}",
                           tenant.slug, calendar.host_slug, calendar.place, calendar.error),
               fmt::format("flead calendar sync {} --tenant {}", calendar.id.text(), tenant.slug)));
    }
  }
  if (read > 0) findings.push_back(ok("calendar", fmt::format("{} calendars", read)));
}

// Every transaction of every book, up to so many: about five seconds of reading. A larger store has
// `ledger verify` in cron.
constexpr std::int64_t k_doctor_transactions_max = 1'000'000;

void check_ledger(store::Store& store, const std::vector<tenants::Tenant>& tenants,
                  Findings& findings) {
  std::int64_t counted = 0;
  std::size_t bad = 0;
  std::size_t left_out = 0;
  for (const tenants::Tenant& tenant : tenants) {
    const Status looked = store.read([&](store::Tx& tx) -> Status {
      FLEAD_TRY(const auto book, money::load_book(tx, tenant.id));
      if (counted + book.last_number > k_doctor_transactions_max) {
        ++left_out;
        return {};
      }
      FLEAD_TRY(const auto check, money::verify(tx, tenant.id));
      counted += check.transactions;
      if (check.faults.empty()) return {};
      ++bad;
      findings.push_back({"ledger", "fail",
                          fmt::format("{}: {}", tenant.slug, check.faults.front().message),
                          fmt::format("flead ledger verify --tenant {}", tenant.slug)});
      return {};
    });
    if (looked) continue;
    findings.push_back(fail("ledger", looked.error()));
    return;
  }
  if (left_out > 0) {
    findings.push_back(warn("ledger",
                            fmt::format("{} large books were not counted again here", left_out),
                            "flead ledger verify"));
  }
  if (bad == 0) {
    findings.push_back(ok("ledger", fmt::format("{} transactions, as they were written", counted)));
  }
}

// Offers that are booked at Cal.com: is it known here what happens there, and does it call us?
void check_calcom(Context& context, const Config& config, store::Store& store,
                  const std::vector<tenants::Tenant>& tenants, Findings& findings) {
  const TimeMs now = context.world().clock.now();
  const auto key = context.key();
  const auto transport =
      key && context.ports().make_transport ? context.ports().make_transport() : nullptr;
  std::size_t well = 0;
  for (const tenants::Tenant& tenant : tenants) {
    const auto known =
        store.read([&](store::Tx& tx) { return booking::list_calcom(tx, tenant.id); });
    if (!known) return;
    for (const booking::CalcomLink& link : *known) {
      const bool stale = booking::is_stale(link, now);
      if (!stale && link.error.empty()) {
        std::string trouble;
        if (transport) {
          App app{store, context.world(), config, *key, *transport};
          trouble = booking::calcom_hook_trouble(app, link);
        }
        well += trouble.empty() ? 1 : 0;
        if (trouble.empty()) continue;
        findings.push_back(warn("calcom",
                                fmt::format("{}: Cal.com does not call us for {}: {}", tenant.slug,
                                            link.offer_slug, trouble),
                                fmt::format("flead offer calcom connect {} --tenant {}",
                                            link.offer_slug, tenant.slug)));
        continue;
      }
      findings.push_back(warn(
          "calcom",
          fmt::format(
              "{}: what is booked of {} at Cal.com is {}: {}", tenant.slug, link.offer_slug,
              stale ? "not known here for hours" : "not known in full",
              link.error.empty() ? "nobody has asked; is serve or work running?" : link.error),
          fmt::format("flead offer calcom sync {} --tenant {}", link.offer_slug, tenant.slug)));
    }
  }
  if (well > 0) findings.push_back(ok("calcom", fmt::format("{} offers", well)));
}

// Fails only with what is wrong with the store itself.
Status check_inside(Context& context, const Config& config, store::Store& store,
                    Findings& findings) {
  Status whole = check_store(store, findings);
  check_writable(context, config, findings);
  check_key(context, store, findings);
  const auto tenants = store.read([](store::Tx& tx) { return tenants::list(tx, k_cli_page_max); });
  if (!tenants) {
    findings.push_back(fail("tenants", tenants.error()));
  } else if (tenants->empty()) {
    findings.push_back(
        {"tenants", "fail", "There is none: init was cut short", "flead init --tenant SLUG"});
  } else {
    findings.push_back(ok("tenants", fmt::format("{}", tenants->size())));
    check_clock(context.world(), *tenants, findings);
    check_channels(context.world(), store, *tenants, findings);
    check_hooks(context, config, store, *tenants, findings);
    check_calendars(context.world(), store, *tenants, findings);
    check_ledger(store, *tenants, findings);
    check_payments(store, *tenants, context.world().clock.now(), findings);
    check_calcom(context, config, store, *tenants, findings);
  }
  check_jobs(store, findings);
  return whole;
}

Json finding_row(const Finding& finding) {
  return Json::object({{"check", finding.check},
                       {"status", finding.status},
                       {"message", finding.message},
                       {"fix", finding.fix}});
}

// On a terminal nothing is cut: what to do is what people came for, and it has a line of its own.
Status print_findings(Context& context, const Findings& findings) {
  if (!context.wants_table()) {
    Json::Array rows;
    for (const Finding& finding : findings) rows.push_back(finding_row(finding));
    return context.print_list(rows, {"status", "check", "message", "fix"}, finding_row({}));
  }
  constexpr std::size_t k_indent = 16;
  const auto width = static_cast<std::size_t>(std::max(context.shell().width(), 40));
  for (const Finding& finding : findings) {
    const std::string message = wrap(printable(finding.message), k_indent, width);
    FLEAD_CHECK(context.write(fmt::format("{:<4}  {:<8}  ", finding.status, finding.check)));
    FLEAD_CHECK(context.write(std::string_view(message).substr(k_indent)));
    if (finding.fix.empty()) continue;
    FLEAD_CHECK(context.write(wrap(printable(finding.fix), k_indent + 2, width)));
  }
  return {};
}

Status run_doctor(Context& context) {
  FLEAD_TRY(const Config config, context.config());
  Findings findings;
  const auto store = open_read_only(context, config);
  Status whole;
  if (!store) {
    whole = store.error();
    findings.push_back(fail("store", store.error()));
  } else {
    FLEAD_CHECK(context.obey_now(**store));
    whole = check_inside(context, config, **store, findings);
  }
  check_disk(config, findings);
  check_phone_library(findings);
  check_base_url(config, findings);
  FLEAD_CHECK(print_findings(context, findings));
  if (!whole) return whole;
  const auto failed = std::count_if(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.status == "fail";
  });
  if (failed == 0) return {};
  return unmet("doctor_failed",
               failed == 1 ? "1 check failed." : fmt::format("{} checks failed.", failed));
}

}  // namespace

void add_doctor_command(Command& root) {
  root.sub("doctor")
      .group(Group::start)
      .summary("Check store, key, disk, clock, channels, books and address, and say what to do")
      .description(
          "Exit 9 when the store itself is missing, damaged or of a newer program, 8 when any "
          "other "
          "check fails; warnings are exit 0.")
      .example("flead doctor")
      .example("flead doctor --json=check,status")
      .prints([] { return finding_row({}); })
      .run(run_doctor);
}

}  // namespace flead::cli
