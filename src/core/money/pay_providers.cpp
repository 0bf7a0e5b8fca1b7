// The table of payment providers. A new one is a pair of files and a row here.
#include <array>

#include "core/channels/provider_http.h"
#include "core/money/cloudpayments.h"
#include "core/money/mock_provider.h"
#include "core/money/provider.h"
#include "core/money/robokassa.h"
#include "core/money/tbank.h"
#include "core/money/yookassa.h"
#include "core/money/yookassa_payouts.h"

namespace flead::money {

namespace {

constexpr std::size_t k_instructions_bytes_max = 1000;

// Cash, a transfer, an invoice: a person looks and confirms by hand. `instructions` is what the
// payer reads on the page.
Result<Json> check_manual(const Json& config) {
  Json out = Json::object();
  FLEAD_TRY(const std::string text,
            channels::config_line(config, "instructions", k_instructions_bytes_max));
  if (!text.empty()) out.set("instructions", text);
  return out;
}

constexpr std::int64_t k_manual_pay_ms = 3 * k_day_ms;

PayProvider yookassa_row() {
  return {.name = "yookassa",
          .secret_name = "secret key",
          .can = {.online = true,
                  .holds = true,
                  .partial_refunds = true,
                  .saves_methods = true,
                  .payouts = false,
                  .key_ms = yookassa::k_key_ms,
                  .pay_ms = yookassa::k_pay_ms,
                  .amount_max_minor = yookassa::k_amount_max_minor,
                  .text_characters_max = yookassa::k_text_characters_max},
          .check_config = yookassa::check_config,
          .build_create = yookassa::build_create,
          .build_fetch = yookassa::build_fetch,
          .parse_payment = yookassa::parse_payment,
          .read_decline = yookassa::read_decline,
          .build_search = yookassa::build_search,
          .parse_search = yookassa::parse_search,
          .build_capture = yookassa::build_capture,
          .build_cancel = yookassa::build_cancel,
          .build_refund = yookassa::build_refund,
          .build_refund_fetch = yookassa::build_refund_fetch,
          .parse_refund = yookassa::parse_refund,
          .build_refund_search = yookassa::build_refund_search,
          .parse_refund_search = yookassa::parse_refund_search,
          .build_account = yookassa::build_account,
          .parse_account = yookassa::parse_account,
          .read_notice = yookassa::read_notice};
}

PayProvider manual_row() {
  return {.name = "manual",
          .secret_name = "",
          .can = {.online = false,
                  .partial_refunds = true,
                  .pay_ms = k_manual_pay_ms,
                  .amount_max_minor = k_money_minor_max},
          .check_config = check_manual};
}

PayProvider mock_row() {
  return {.name = "mock",
          .secret_name = "",
          .can = {.holds = true,
                  .partial_refunds = true,
                  .saves_methods = true,
                  .payouts = true,
                  .key_ms = mock::k_key_ms,
                  .pay_ms = mock::k_pay_ms,
                  .amount_max_minor = k_money_minor_max},
          .check_config = mock::check_config,
          .build_create = mock::build_create,
          .build_fetch = mock::build_fetch,
          .parse_payment = mock::parse_object,
          .read_decline = yookassa::read_decline,
          .build_search = mock::build_search,
          .parse_search = mock::parse_search,
          .build_capture = mock::build_capture,
          .build_cancel = mock::build_cancel,
          .build_refund = mock::build_refund,
          .parse_refund = mock::parse_object,
          .build_account = mock::build_account,
          .parse_account = mock::parse_account,
          .build_payout = mock::build_payout,
          .build_payout_fetch = mock::build_fetch,
          .parse_payout = mock::parse_object,
          .build_payout_search = mock::build_payout_search,
          .parse_payout_search = mock::parse_search,
          .build_banks = mock::build_banks,
          .parse_banks = mock::parse_banks};
}

PayProvider tbank_row() {
  return {.name = "tbank",
          .secret_name = "password of the terminal",
          .can = {.holds = true,
                  .partial_refunds = true,
                  .pay_ms = tbank::k_pay_ms,
                  .amount_max_minor = tbank::k_amount_max_minor,
                  .text_characters_max = tbank::k_text_characters_max},
          .check_config = tbank::check_config,
          .build_create = tbank::build_create,
          .build_fetch = tbank::build_fetch,
          .parse_payment = tbank::parse_payment,
          .build_search = tbank::build_search,
          .parse_search = tbank::parse_search,
          .build_capture = tbank::build_capture,
          .build_cancel = tbank::build_cancel,
          .build_refund = tbank::build_refund,
          .parse_refund = tbank::parse_refund,
          .read_notice = tbank::read_notice};
}

PayProvider robokassa_row() {
  return {.name = "robokassa",
          .secret_name = "passwords 1 and 2, with a blank between",
          .can = {.pay_ms = k_day_ms,
                  .amount_max_minor = k_money_minor_max,
                  .text_characters_max = robokassa::k_text_characters_max},
          .check_config = robokassa::check_config,
          .make_page = robokassa::make_page,
          .read_notice = robokassa::read_notice};
}

PayProvider cloudpayments_row() {
  return {.name = "cloudpayments",
          .secret_name = "API secret",
          .can = {.has_page = false, .pay_ms = k_day_ms, .amount_max_minor = k_money_minor_max},
          .check_config = cloudpayments::check_config,
          .read_notice = cloudpayments::read_notice,
          .answer_check = cloudpayments::answer_check};
}

PayProvider yookassa_payouts_row() {
  return {.name = "yookassa_payouts",
          .secret_name = "secret key of the gateway",
          .can = {.online = false,
                  .payouts = true,
                  .payments = false,
                  .key_ms = yookassa::k_key_ms,
                  .text_characters_max = yookassa::k_text_characters_max},
          .check_config = yookassa_payouts::check_config,
          .build_account = yookassa::build_account,
          .parse_account = yookassa::parse_account,
          .read_notice = yookassa::read_notice,
          .build_payout = yookassa_payouts::build_create,
          .build_payout_fetch = yookassa_payouts::build_fetch,
          .parse_payout = yookassa_payouts::parse_payout,
          .build_payout_search = yookassa_payouts::build_search,
          .parse_payout_search = yookassa_payouts::parse_search,
          .build_banks = yookassa_payouts::build_banks,
          .parse_banks = yookassa_payouts::parse_banks};
}

const std::array<PayProvider, 7>& table() {
  static const std::array<PayProvider, 7> k_providers = {
      {yookassa_row(), manual_row(), mock_row(), tbank_row(), robokassa_row(), cloudpayments_row(),
       yookassa_payouts_row()}};
  return k_providers;
}

}  // namespace

std::string_view call_result_name(CallResult result) {
  switch (result) {
    case CallResult::done:
      return "done";
    case CallResult::retry:
      return "retry";
    case CallResult::unknown:
      return "unknown";
    case CallResult::refused:
      return "refused";
    case CallResult::missing:
      return "missing";
    case CallResult::misconfigured:
      return "misconfigured";
  }
  return "";
}

std::string_view pay_state_name(PayState state) {
  switch (state) {
    case PayState::pending:
      return "pending";
    case PayState::waiting_for_capture:
      return "waiting_for_capture";
    case PayState::succeeded:
      return "succeeded";
    case PayState::canceled:
      return "canceled";
  }
  return "";
}

std::optional<PayState> parse_pay_state(std::string_view name) {
  for (const PayState state : {PayState::pending, PayState::waiting_for_capture,
                               PayState::succeeded, PayState::canceled}) {
    if (pay_state_name(state) == name) return state;
  }
  return std::nullopt;
}

std::span<const PayProvider> pay_providers() {
  return table();
}

const PayProvider* find_pay_provider(std::string_view name) {
  for (const PayProvider& provider : table()) {
    if (provider.name == name) return &provider;
  }
  return nullptr;
}

bool refunds_by_hand(std::string_view name) {
  const PayProvider* provider = find_pay_provider(name);
  return provider == nullptr || provider->build_refund == nullptr;
}

}  // namespace flead::money
