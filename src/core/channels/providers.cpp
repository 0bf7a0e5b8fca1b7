// The provider table, and the dull step between a connector's pure functions and the transport.
#include <array>
#include <utility>

#include "core/app.h"
#include "core/channels/chatwoot.h"
#include "core/channels/email.h"
#include "core/channels/email_events.h"
#include "core/channels/file.h"
#include "core/channels/inbound.h"
#include "core/channels/instagram.h"
#include "core/channels/max.h"
#include "core/channels/provider_call.h"
#include "core/channels/sms.h"
#include "core/channels/sms_text.h"
#include "core/channels/telegram.h"
#include "core/channels/vk.h"
#include "core/channels/whatsapp.h"

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

Provider email_row() {
  return {.kind = "email",
          .secret_name = "password",
          .capabilities = {.text_characters_max = 100'000,
                           .subject = true,
                           .html = true,
                           .buttons = true,
                           .calendar = true,
                           .late_handover = true,
                           .receipts = true},
          .check_config = email::check_config,
          .provider_id = nullptr,
          .send = send_email,
          .reconcile = nullptr,
          .probe = probe_email,
          .verify = email::verify_hook,
          .parse_events = email::parse_events,
          .owns = email::owns};
}

Provider sms_row() {
  return {.kind = "sms",
          .secret_name = "password or API key",
          .capabilities = {.text_characters_max = 1000,
                           .segments = true,
                           .short_texts = true,
                           .delivery_reports = true,
                           .settle_ms = k_minute_ms,
                           .receipts = true},
          .check_config = sms::check_config,
          .provider_id = sms::provider_id,
          .send = send_sms,
          .reconcile = ask_sms,
          .probe = probe_sms,
          .verify = sms::verify_hook,
          .parse_events = sms::parse_events};
}

Provider telegram_row() {
  return {.kind = "telegram",
          .secret_name = "bot token",
          .capabilities = {.text_characters_max = telegram::k_text_max,
                           .text_unit = TextUnit::utf16_units,
                           .buttons = true,
                           .messenger = true,
                           .accepted_is_delivered = true,
                           .reply_buttons_max = telegram::k_reply_buttons_max,
                           .start_token_characters_max = telegram::k_start_token_characters_max,
                           .foreign = true,
                           .calls_per_s = telegram::k_calls_per_s},
          .check_config = telegram::check_config,
          .provider_id = nullptr,
          .send = send_by<telegram::build_send, telegram::parse_send>,
          .reconcile = nullptr,
          .probe = probe_by<telegram::build_probe, telegram::parse_probe>,
          .makes_hook_secret = true,
          .verify = telegram::verify,
          .parse_events = telegram::parse_events,
          .connect = telegram::connect_steps(),
          .disconnect = telegram::disconnect_steps(),
          .hook_status = telegram::hook_status_steps(),
          .build_pull = telegram::build_pull,
          .parse_pull = telegram::parse_pull,
          .build_acknowledge = telegram::build_acknowledge,
          .start_link = telegram::start_link};
}

Provider max_row() {
  return {.kind = "max",
          .secret_name = "bot token",
          .capabilities = {.text_characters_max = max_messenger::k_text_max,
                           .text_unit = max_messenger::k_text_unit,
                           .buttons = true,
                           .messenger = true,
                           .accepted_is_delivered = true,
                           .reply_buttons_max = max_messenger::k_reply_buttons_max,
                           .start_token_characters_max = max_messenger::k_start_token_max,
                           .calls_per_s = max_messenger::k_calls_per_s},
          .check_config = max_messenger::check_config,
          .provider_id = nullptr,
          .send = send_by<max_messenger::build_send, max_messenger::parse_send>,
          .reconcile = nullptr,
          .probe = probe_by<max_messenger::build_probe, max_messenger::parse_probe>,
          .makes_hook_secret = true,
          .verify = max_messenger::verify,
          .parse_events = max_messenger::parse_events,
          .connect = max_messenger::connect_steps(),
          .disconnect = max_messenger::disconnect_steps(),
          .hook_status = max_messenger::hook_status_steps(),
          .build_pull = max_messenger::build_pull,
          .parse_pull = max_messenger::parse_pull,
          .build_acknowledge = max_messenger::build_acknowledge,
          .start_link = max_messenger::start_link};
}

Provider vk_row() {
  return {.kind = "vk",
          .secret_name = "community token",
          .capabilities = {.text_characters_max = vk::k_text_characters_max,
                           .buttons = true,
                           .messenger = true,
                           .idempotent_ms = vk::k_idempotent_ms,
                           .accepted_is_delivered = true,
                           .reply_buttons_max = vk::k_reply_buttons_max,
                           .start_token_characters_max = vk::k_start_token_characters_max,
                           .calls_per_s = vk::k_calls_per_s},
          .check_config = vk::check_config,
          .provider_id = nullptr,
          .send = send_by<vk::build_send, vk::parse_send>,
          .reconcile = nullptr,
          .probe = probe_by<vk::build_probe, vk::parse_probe>,
          .makes_hook_secret = true,
          .verify = vk::verify,
          .parse_events = vk::parse_events,
          .connect = vk::connect_steps(),
          .disconnect = vk::disconnect_steps(),
          .hook_status = vk::hook_status_steps(),
          .build_pull = vk::build_pull,
          .parse_pull = vk::parse_pull,
          .build_acknowledge = vk::build_acknowledge,
          .start_link = vk::start_link};
}

Provider whatsapp_row() {
  return {.kind = "whatsapp",
          .secret_name = "access token",
          .capabilities = {.text_characters_max = whatsapp::k_text_max,
                           .text_unit = whatsapp::k_text_unit,
                           .buttons = true,
                           .window_ms = whatsapp::k_window_ms,
                           .provider_templates = true,
                           .receipts = true,
                           .reply_buttons_max = whatsapp::k_reply_buttons_max,
                           .start_token_characters_max = whatsapp::k_start_token_max,
                           .foreign = true,
                           .calls_per_s = whatsapp::k_calls_per_s},
          .check_config = whatsapp::check_config,
          .provider_id = nullptr,
          .send = send_if_built<whatsapp::build_send, whatsapp::parse_send>,
          .reconcile = nullptr,
          .probe = probe_by<whatsapp::build_probe, whatsapp::parse_probe>,
          .verify = whatsapp::verify,
          .parse_events = whatsapp::parse_events,
          .connect = whatsapp::connect_steps(),
          .hook_status = whatsapp::hook_status_steps(),
          .owns = whatsapp::owns,
          .start_link = whatsapp::start_link};
}

Provider instagram_row() {
  return {.kind = "instagram",
          .secret_name = "access token",
          .capabilities = {.text_characters_max = instagram::k_text_max,
                           .text_unit = instagram::k_text_unit,
                           .buttons = true,
                           .messenger = true,
                           .window_ms = instagram::k_window_ms,
                           .accepted_is_delivered = true,
                           .receipts = true,
                           .reply_buttons_max = instagram::k_reply_buttons_max,
                           .start_token_characters_max = instagram::k_start_token_max,
                           .foreign = true,
                           .calls_per_s = instagram::k_calls_per_s},
          .check_config = instagram::check_config,
          .provider_id = nullptr,
          .send = send_by<instagram::build_send, instagram::parse_send>,
          .reconcile = nullptr,
          .probe = probe_by<instagram::build_probe, instagram::parse_probe>,
          .verify = instagram::verify,
          .parse_events = instagram::parse_events,
          .connect = instagram::connect_steps(),
          .hook_status = instagram::hook_status_steps(),
          .owns = instagram::owns,
          .start_link = instagram::start_link};
}

// Leads are not written to by it: what operators are told goes through the desk.
Delivery send_to_desk(App&, const Account&, const Outgoing&) {
  return refused_by_us(Verdict::unreachable,
                       "This is an inbox of operators: no message goes to a person by it");
}

Provider chatwoot_row() {
  return {
      .kind = chatwoot::k_kind,
      .secret_name = "API access token",
      .capabilities = {.text_characters_max = chatwoot::k_content_max, .real = false, .desk = true},
      .check_config = chatwoot::check_config,
      .provider_id = nullptr,
      .send = send_to_desk,
      .reconcile = nullptr,
      .probe = probe_by<chatwoot::build_probe, chatwoot::parse_probe>,
      .verify = chatwoot::verify,
      .parse_events = chatwoot::parse_events,
      .connect = chatwoot::connect_steps(),
      .disconnect = chatwoot::disconnect_steps(),
      .hook_status = chatwoot::hook_status_steps(),
      .build_confirm = chatwoot::build_confirm,
      .parse_confirm = chatwoot::parse_confirm};
}

Provider file_row() {
  return {.kind = "file",
          .secret_name = "",
          .capabilities = {.text_characters_max = 100'000,
                           .subject = true,
                           .html = true,
                           .buttons = true,
                           .calendar = true,
                           .real = false},
          .check_config = file::check_config,
          .provider_id = nullptr,
          .send = send_file,
          .reconcile = ask_file,
          .probe = probe_file};
}

// In the order in which a person is tried where the tenant has no route of its own.
const std::array<Provider, 9>& provider_table() {
  static const std::array<Provider, 9> k_providers = {
      email_row(),    sms_row(),       telegram_row(), max_row(), vk_row(),
      whatsapp_row(), instagram_row(), chatwoot_row(), file_row()};
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
