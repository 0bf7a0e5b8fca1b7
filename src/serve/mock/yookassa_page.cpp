// What the payer sees at confirmation_url: a page without scripts, in Russian or English by the
// payment's locale. Test cards are chosen and not typed, so nobody's real card gets here. Fields of
// its forms, for tests that post them:
//   do: pay (means, card), decline (reason), leave; secure, not_secure answer 3-D Secure
#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "serve/mock/yookassa_double.h"

namespace flead::serve::mock::yookassa_double {

namespace {

struct PageTexts {
  std::string_view language, title, note, pay, bind, card, other, decline, reason, leave, secure,
      secure_yes, secure_no, waiting, back, closed, gone, paid, held, bound, canceled, success,
      by_wallet, by_sbp, by_sber, by_tbank;
};
constexpr PageTexts k_russian = {
    "ru",
    "Оплата",
    "Это двойник ЮKassa: деньги не двигаются.",
    "Заплатить",
    "Привязать карту",
    "Тестовая карта",
    "Другой способ",
    "Отказать в оплате",
    "Причина отказа",
    "Вернуться в магазин",
    "Банк просит подтвердить платёж (3-D Secure)",
    "Подтвердить",
    "Не подтверждать",
    "Платёж обрабатывается…",
    "Вернуться в магазин",
    "Эту страницу можно закрыть.",
    "Такого платежа нет.",
    "Оплачено.",
    "Деньги удержаны.",
    "Способ оплаты сохранён.",
    "Платёж отменён",
    "успех",
    "Кошелёк ЮMoney",
    "СБП",
    "SberPay",
    "T-Pay",
};
constexpr PageTexts k_english = {
    "en",
    "Payment",
    "This is a double of YooKassa: no money moves.",
    "Pay",
    "Save the card",
    "Test card",
    "Another way",
    "Decline the payment",
    "Reason",
    "Back to the shop",
    "The bank asks to confirm the payment (3-D Secure)",
    "Confirm",
    "Do not confirm",
    "The payment is being processed…",
    "Back to the shop",
    "You may close this page.",
    "There is no such payment.",
    "Paid.",
    "The money is held.",
    "The payment method is saved.",
    "The payment is canceled",
    "success",
    "YooMoney wallet",
    "SBP",
    "SberPay",
    "T-Pay",
};

constexpr std::string_view k_style =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:2rem auto;padding:0 1rem}"
    "form{margin:1rem 0}label{display:block}button,select{font:inherit;padding:.5rem 1rem}";
constexpr std::string_view k_decline_reasons[] = {"insufficient_funds",
                                                  "general_decline",
                                                  "issuer_unavailable",
                                                  "call_issuer",
                                                  "internal_timeout",
                                                  "payment_method_limit_exceeded",
                                                  "card_expired",
                                                  "invalid_csc",
                                                  "invalid_card_number",
                                                  "fraud_suspected",
                                                  "country_forbidden",
                                                  "payment_method_restricted",
                                                  "identification_required",
                                                  "3d_secure_failed",
                                                  "permission_revoked"};

const PageTexts& texts_of(std::string_view locale) {
  return locale == "en_US" ? k_english : k_russian;
}

http::Reply html_page(int status, const PageTexts& texts, const std::string& body,
                      std::string_view refresh = {}) {
  std::string out = "<!doctype html><html lang=\"" + std::string(texts.language) +
                    "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
                    "content=\"width=device-width\">";
  if (!refresh.empty()) {
    out += "<meta http-equiv=\"refresh\" content=\"1;url=" + escape_html(refresh) + "\">";
  }
  out += "<title>" + std::string(texts.title) + "</title><style>" + std::string(k_style) +
         "</style></head><body><h1>" + std::string(texts.title) + "</h1>" + body + "<p><small>" +
         std::string(texts.note) + "</small></p></body></html>";
  http::Reply reply = http::html_reply(status, std::move(out));
  reply.header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'");
  reply.header("cache-control", "no-store");
  reply.header("referrer-policy", "no-referrer");
  return reply;
}

std::string paragraph(std::string_view text) {
  return "<p>" + escape_html(text) + "</p>";
}

std::string button(std::string_view what, std::string_view label) {
  return "<button name=\"do\" value=\"" + std::string(what) + "\">" + escape_html(label) +
         "</button>";
}

std::string form(const std::string& inside) {
  return "<form method=\"post\">" + inside + "</form>";
}

std::string cards_form(const PageTexts& texts, std::string_view label) {
  std::string inside =
      paragraph(texts.card) + "<input type=\"hidden\" name=\"means\" value=\"bank_card\">";
  bool first = true;
  for (const TestCard& card : test_cards()) {
    inside += "<label><input type=\"radio\" name=\"card\" value=\"" + std::string(card.number) +
              "\"" + (std::exchange(first, false) ? " checked" : "") + "> " +
              std::string(card.number) + " — " +
              std::string(card.reason.empty() ? texts.success : card.reason) +
              (card.three_d_secure ? ", 3-D Secure" : "") + "</label>";
  }
  return form(inside + "<p>" + button("pay", label) + "</p>");
}

std::string_view means_name(const PageTexts& texts, std::string_view type) {
  if (type == "yoo_money") return texts.by_wallet;
  if (type == "sbp") return texts.by_sbp;
  return type == "sberbank" ? texts.by_sber : texts.by_tbank;
}

std::string decline_form(const PageTexts& texts) {
  std::string options;
  for (const std::string_view reason : k_decline_reasons) {
    options += "<option>" + std::string(reason) + "</option>";
  }
  return form("<label>" + std::string(texts.reason) + " <select name=\"reason\">" + options +
              "</select></label> " + button("decline", texts.decline));
}

std::string back_link(const PageTexts& texts, const std::string& url) {
  if (url.empty()) return paragraph(texts.closed);
  return "<p><a href=\"" + escape_html(url) + "\">" + std::string(texts.back) + "</a></p>";
}

const TestCard* find_card(std::string_view number) {
  const auto found = std::find_if(test_cards().begin(), test_cards().end(),
                                  [&](const TestCard& card) { return card.number == number; });
  return found == test_cards().end() ? nullptr : &*found;
}

std::string own_address(std::string_view id) {
  return "?orderId=" + percent_encode(id);
}

}  // namespace

// Whether nothing more is to be told of this object.
bool Yookassa::told(std::string_view object_id) const {
  return std::none_of(notes_.begin(), notes_.end(), [&](const Note& note) {
    return note.object_id == object_id && (note.state == "waiting" || note.state == "sending");
  });
}

// The payment is over for the payer.
http::Reply Yookassa::after_payment(const Payment& payment) const {
  const PageTexts& texts = texts_of(payment.locale);
  const std::string url = payment.return_url;
  if (settings_.redirect == "after" && !told(payment.id)) {
    return html_page(200, texts, paragraph(texts.waiting), own_address(payment.id));
  }
  if (settings_.redirect != "none" && !url.empty()) return http::redirect(303, url);
  std::string body = paragraph(payment.status == "succeeded"             ? texts.paid
                               : payment.status == "waiting_for_capture" ? texts.held
                                                                         : texts.canceled);
  if (payment.status == "canceled") body += paragraph(payment.reason);
  return html_page(200, texts, body + paragraph(texts.closed));
}

http::Reply Yookassa::show(const Payment& payment) const {
  const PageTexts& texts = texts_of(payment.locale);
  if (payment.status != "pending") return after_payment(payment);
  if (payment.processing) {
    // The payer need not wait for the network: the shop does.
    if (settings_.redirect == "before" && !payment.return_url.empty()) {
      return http::redirect(303, payment.return_url);
    }
    return html_page(200, texts, paragraph(texts.waiting) + back_link(texts, payment.return_url),
                     own_address(payment.id));
  }
  if (!payment.secure_card.empty()) {
    return html_page(200, texts,
                     paragraph(texts.secure) + form(button("secure", texts.secure_yes) + " " +
                                                    button("not_secure", texts.secure_no)));
  }
  std::string body = paragraph(money_text(payment.amount_minor) + " ₽");
  if (!payment.description.empty()) body += paragraph(payment.description);
  const Method* chosen = thing_of(methods_, payment.method_id);
  if (chosen == nullptr ? offers("bank_card") : chosen->type == "bank_card") {
    body += cards_form(texts, texts.pay);
  }
  std::string others;
  for (const std::string& type : split(offered(), ',')) {
    const Means* means = find_means(type);
    const bool fits = chosen == nullptr || chosen->type == type;
    if (means == nullptr || type == "bank_card" || !fits) continue;
    if (!means->two_stage && !payment.capture) continue;
    others +=
        form("<input type=\"hidden\" name=\"means\" value=\"" + escape_html(type) + "\">" +
             button("pay", std::string(texts.pay) + ": " + std::string(means_name(texts, type))));
  }
  if (!others.empty() && chosen == nullptr) body += paragraph(texts.other);
  body += others + decline_form(texts) + form(button("leave", texts.leave));
  return html_page(200, texts, body);
}

http::Reply Yookassa::payer_acts(const Call& call, Payment& payment) {
  const std::string what = call.field("do");
  if (payment.status != "pending" || payment.processing) return show(payment);
  if (what == "leave") {
    const PageTexts& texts = texts_of(payment.locale);
    const bool back = settings_.redirect != "none" && !payment.return_url.empty();
    return back ? http::redirect(303, payment.return_url)
                : html_page(200, texts, paragraph(texts.closed));
  }
  if (what == "secure" || what == "not_secure") {
    const TestCard* card = find_card(std::exchange(payment.secure_card, ""));
    if (card == nullptr) return show(payment);
    payment.three_d_secure = what == "secure";
    pay(payment, what == "secure" ? card->reason : "3d_secure_failed");
  } else if (what == "decline") {
    const std::string reason = call.field("reason");
    if (!is_payment_reason(reason)) return http::text_reply(400, "There is no such reason");
    pay(payment, reason);
  } else if (what == "pay") {
    const std::string type = call.field("means").empty() ? "bank_card" : call.field("means");
    const Method* chosen = thing_of(methods_, payment.method_id);
    const Means* means = find_means(type);
    const bool fits = chosen == nullptr ? offers(type) : chosen->type == type;
    if (means == nullptr || !fits || (!means->two_stage && !payment.capture)) {
      return http::text_reply(400, "There is no such means of payment");
    }
    const TestCard* card = find_card(call.field("card"));
    if (type == "bank_card" && card == nullptr) {
      return http::text_reply(400, "Only the test cards can be used here");
    }
    Method& method = method_of(payment, type);
    if (type == "bank_card") method.card = card->number;
    if (type == "yoo_money") method.account = "410011758831136";
    if (type == "bank_card" && card->three_d_secure) {
      payment.secure_card = card->number;
    } else {
      pay(payment, type == "bank_card" ? card->reason : "");
    }
  }
  return show(payment);
}

http::Reply Yookassa::show_binding(const Method& method) const {
  const PageTexts& texts = texts_of(method.locale);
  if (method.status == "pending") {
    return html_page(
        200, texts,
        (method.type == "bank_card" ? cards_form(texts, texts.bind)
                                    : form("<input type=\"hidden\" name=\"means\" value=\"sbp\">" +
                                           button("pay", texts.by_sbp))) +
            decline_form(texts) + form(button("leave", texts.leave)));
  }
  if (settings_.redirect == "after" && !told(method.id)) {
    return html_page(200, texts, paragraph(texts.waiting), own_address(method.id));
  }
  if (settings_.redirect != "none" && !method.return_url.empty()) {
    return http::redirect(303, method.return_url);
  }
  return html_page(200, texts,
                   paragraph(method.status == "active" ? texts.bound : texts.canceled) +
                       paragraph(texts.closed));
}

http::Reply Yookassa::binder_acts(const Call& call, Method& method) {
  const std::string what = call.field("do");
  if (method.status != "pending") return show_binding(method);
  if (what == "leave" && settings_.redirect != "none" && !method.return_url.empty()) {
    return http::redirect(303, method.return_url);
  }
  const TestCard* card = find_card(call.field("card"));
  if (what == "decline" || (what == "pay" && card != nullptr && !card->reason.empty())) {
    method.status = "inactive";
  } else if (what == "pay") {
    if (method.type == "bank_card" && card == nullptr) {
      return http::text_reply(400, "Only the test cards can be used here");
    }
    if (card != nullptr) method.card = card->number;
    method.saved = true;
    method.status = "active";
    notify("payment_method.active", method.id, method_json(method));
  }
  return show_binding(method);
}

http::Reply Yookassa::page(const Call& call) {
  const std::string id = call.field("orderId");
  Payment* payment = thing_of(payments_, id);
  Method* method = thing_of(methods_, id);
  if (payment == nullptr && (method == nullptr || !method->bound)) {
    return html_page(404, k_russian, paragraph(k_russian.gone) + paragraph(k_english.gone));
  }
  const bool acts = call.method == "POST";
  if (payment != nullptr) return acts ? payer_acts(call, *payment) : show(*payment);
  return acts ? binder_acts(call, *method) : show_binding(*method);
}

}  // namespace flead::serve::mock::yookassa_double
