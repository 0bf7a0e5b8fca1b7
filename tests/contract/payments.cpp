#include "contract/payments.h"

#include <cstdlib>
#include <utility>
#include <vector>

#include "core/money/yookassa.h"
#include "core/money/yookassa_payouts.h"

namespace flead::money::contract {
namespace {

constexpr std::string_view k_object = "30aa0f10-000f-5000-8000-1c1b7d5b1a11";

PayAccess access_with(const Json& config) {
  PayAccess access;
  auto checked = yookassa::check_config(config);
  if (!checked) std::abort();  // the settings above are wrong, not a request
  access.config = std::move(*checked);
  access.secret = "live_fake0fake0fake0fake0fake0fake0fake0fake0";
  return access;
}

std::string many(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

PayOrder plain_order() {
  PayOrder order;
  order.id = PaymentId("pay_01k9x000000000000000000000");
  order.amount = {150000, "RUB"};
  order.text = "Консультация 1 декабря";
  order.return_url = "https://flead.example/pay/0f1e2d3c4b5a69788796a5b4c3d2e1f0";
  order.language = "ru";
  return order;
}

Receipt plain_receipt() {
  return {"ira@example.ru", "", {{"Консультация", 1, 150000}}};
}

std::vector<std::pair<std::string, PayOrder>> orders() {
  std::vector<std::pair<std::string, PayOrder>> out;
  const auto next = [&](std::string name) -> PayOrder& {
    return out.emplace_back(std::move(name), plain_order()).second;
  };
  next("one step");
  next("a hold").hold = true;
  next("in English").language = "en";
  next("no text").text.clear();
  next("a kopeck").amount.amount_minor = 1;
  next("the most").amount.amount_minor = yookassa::k_amount_max_minor;
  next("dollars").amount.currency = "USD";
  next("a long text").text = many("Консультация 👋🏽 ", 90);
  next("awkward characters").text = "\"quotes\" \\ <b>&amp;</b> \xFF\xFE \xF0\x9F\x98\x80 end";
  next("a method to be saved").save_method = true;
  next("a saved method").saved_method = "22e12f66-000f-5000-8000-18db351245c7";
  {
    PayOrder& order = next("a saved method with a receipt, after what was refused");
    order.saved_method = "22e12f66-000f-5000-8000-18db351245c7";
    order.receipt = plain_receipt();
    order.key = order.id.text() + "-plain";
  }
  next("a receipt by e-mail").receipt = plain_receipt();
  {
    PayOrder& order = next("a receipt by phone");
    order.receipt = plain_receipt();
    order.receipt->email.clear();
    order.receipt->phone = "+79161234567";
  }
  {
    PayOrder& order = next("a long receipt");
    order.receipt = plain_receipt();
    order.receipt->lines.assign(100, {many("Занятие ", 40), 2, 1500});
  }
  return out;
}

PayoutOrder plain_payout() {
  PayoutOrder order;
  order.id = PayoutId("po_01k9x000000000000000000000");
  order.amount = {500000, "RUB"};
  order.text = "Вознаграждение за услуги, 2026-01-05";
  order.phone = "+79161234567";
  order.bank = "100000000111";
  return order;
}

using Show = std::function<void(const std::string& name, const channels::HttpRequest& request)>;

void each_payout(const Show& show) {
  PayAccess access;
  auto checked = yookassa_payouts::check_config(Json::object({{"gateway_id", "504000"}}));
  if (!checked) std::abort();
  access.config = std::move(*checked);
  access.secret = "live_fake0fake0fake0fake0fake0fake0fake0fake0";
  PayoutOrder order = plain_payout();
  show("payout: by phone", yookassa_payouts::build_create(access, order));
  order.text = many("Вознаграждение 👋🏽 \xFF ", 90);
  order.amount.amount_minor = 1;
  show("payout: a long text", yookassa_payouts::build_create(access, order));
  order.text.clear();
  order.wallet = "41001614575714";
  show("payout: to a wallet, without a text", yookassa_payouts::build_create(access, order));
  order.token = "hoiCz_UVAdi_eKEthqhjRIJp.SC.001.202101";
  show("payout: to a card by its token", yookassa_payouts::build_create(access, order));
  show("payout get: one",
       yookassa_payouts::build_fetch(access, "po-27ced252-0025-5000-9000-0a682a8bab8f-1234567890"));
  show("payout search: ours", yookassa_payouts::build_search(access, order.id));
  show("banks: all", yookassa_payouts::build_banks(access));
  show("account: gateway", yookassa::build_account(access));
}

}  // namespace

void each_request(const std::function<void(const std::string& provider, const std::string& name,
                                           const channels::HttpRequest& request)>& print) {
  const auto show = [&](const std::string& name, const channels::HttpRequest& request) {
    print("yookassa", name, request);
  };
  const PayAccess access =
      access_with(Json::object({{"shop_id", "100500"}, {"receipts", true}, {"vat_code", 4}}));
  for (const auto& [name, order] : orders()) {
    show("create: " + name, yookassa::build_create(access, order));
  }
  PayOrder order = plain_order();
  show("capture: whole", yookassa::build_capture(access, order, k_object));
  order.amount.amount_minor = 1;
  order.receipt = plain_receipt();
  show("capture: in part, with a receipt", yookassa::build_capture(access, order, k_object));
  show("cancel: held", yookassa::build_cancel(access, order, k_object));
  show("fetch: payment", yookassa::build_fetch(access, k_object));
  show("search: first page",
       yookassa::build_search(access, {"", 1767603600000, 1767690000000, ""}));
  show("search: next page",
       yookassa::build_search(access, {"", 1767603600000, 1767690000000, "37a5c87d-3984-51e8"}));
  RefundOrder refund;
  refund.id = RefundId("rfd_01k9x000000000000000000000");
  refund.key = refund.id.text() + "-12";
  refund.payment = k_object;
  refund.amount = {50050, "RUB"};
  refund.text = many("Не вышло 👋🏽 ", 90);
  show("refund: in part", yookassa::build_refund(access, refund));
  refund.text.clear();
  refund.receipt = plain_receipt();
  show("refund: with a receipt", yookassa::build_refund(access, refund));
  show("refund get: one", yookassa::build_refund_fetch(access, k_object));
  show("account: me", yookassa::build_account(access));
  each_payout(show);
}

}  // namespace flead::money::contract
