// The provider table, and the dull step between a connector's pure functions and the transport.
#include <array>
#include <utility>

#include "core/app.h"
#include "core/channels/email.h"
#include "core/channels/file.h"
#include "core/channels/sms.h"
#include "core/channels/sms_text.h"

namespace flead::channels {

namespace {

Delivery refused_by_us(Verdict verdict, std::string says) {
  Delivery out;
  out.verdict = verdict;
  out.says = std::move(says);
  out.stage = "build";
  return out;
}

Delivery send_email(App& app, const Account& account, const Outgoing& message) {
  auto request = email::build_send(email::read_config(account), message);
  if (!request) return refused_by_us(Verdict::unreachable, request.error().message);
  return email::parse_smtp(app.transport.smtp(*request));
}

Delivery probe_email(App& app, const Account& account) {
  return email::parse_smtp(app.transport.smtp(email::build_probe(email::read_config(account))));
}

Delivery send_sms(App& app, const Account& account, const Outgoing& message) {
  const sms::Config config = sms::read_config(account);
  if (sms::too_long(message.text)) {
    return refused_by_us(Verdict::rejected, "The text has " +
                                                std::to_string(sms_length(message.text).segments) +
                                                " segments, too many to pay for");
  }
  return sms::parse_send(config, app.transport.http(sms::build_send(config, message)));
}

Delivery ask_sms(App& app, const Account& account, const Outgoing& message) {
  const sms::Config config = sms::read_config(account);
  return sms::parse_status(
      app.transport.http(sms::build_status(config, message.address, message.provider_id)));
}

Delivery probe_sms(App& app, const Account& account) {
  const sms::Config config = sms::read_config(account);
  return sms::parse_balance(config, app.transport.http(sms::build_balance(config)));
}

Delivery send_file(App& app, const Account& account, const Outgoing& message) {
  return file::append(file::path_of(account, app.config.db_path), file::build_line(message));
}

Delivery ask_file(App& app, const Account& account, const Outgoing& message) {
  return file::look_up(file::path_of(account, app.config.db_path), message.id);
}

Delivery probe_file(App& app, const Account& account) {
  return file::probe(file::path_of(account, app.config.db_path));
}

// In the order in which a person is tried.
const std::array<Provider, 3>& provider_table() {
  static const std::array<Provider, 3> k_providers = {{
      {"email",
       "password",
       {.text_characters_max = 100'000,
        .subject = true,
        .html = true,
        .buttons = true,
        .calendar = true,
        .late_handover = true},
       email::check_config,
       nullptr,
       send_email,
       nullptr,
       probe_email},
      {"sms",
       "password or API key",
       {.text_characters_max = 1000,
        .segments = true,
        .short_texts = true,
        .delivery_reports = true,
        .settle_ms = k_minute_ms},
       sms::check_config,
       sms::provider_id,
       send_sms,
       ask_sms,
       probe_sms},
      {"file",
       "",
       {.text_characters_max = 100'000,
        .subject = true,
        .html = true,
        .buttons = true,
        .calendar = true,
        .real = false},
       file::check_config,
       nullptr,
       send_file,
       ask_file,
       probe_file},
  }};
  return k_providers;
}

}  // namespace

std::span<const Provider> providers() {
  return provider_table();
}

const Provider* find_provider(std::string_view kind) {
  for (const Provider& provider : provider_table()) {
    if (provider.kind == kind) return &provider;
  }
  return nullptr;
}

const Rule* match(std::span<const Rule> rules, int code, std::string_view says) {
  for (const Rule& rule : rules) {
    if (rule.code == code && says.find(rule.says) != std::string_view::npos) return &rule;
  }
  return nullptr;
}

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::sent:
      return "sent";
    case Verdict::retry:
      return "retry";
    case Verdict::ambiguous:
      return "ambiguous";
    case Verdict::unreachable:
      return "unreachable";
    case Verdict::rejected:
      return "rejected";
    case Verdict::misconfigured:
      return "misconfigured";
  }
  return "ambiguous";
}

}  // namespace flead::channels
