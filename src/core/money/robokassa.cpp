#include "core/money/robokassa.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/form.h"
#include "core/base/text.h"
#include "core/channels/provider_http.h"
#include "core/money/pay_config.h"
#include "core/money/yookassa_wire.h"

namespace flead::money::robokassa {

namespace {

constexpr std::string_view k_ours = "Shp_payment";  // of what a shop may send along
constexpr std::size_t k_sum_bytes_max = 20;
constexpr std::size_t k_number_bytes_max = 20;

std::string hash_of(const PayAccess& access, const std::string& text) {
  return access.config.text("hash") == "md5" ? md5_hex(text) : sha256_hex(text);
}

// Both passwords; the second is "" when there is but one.
std::pair<std::string, std::string> passwords_of(const PayAccess& access) {
  const std::size_t blank = access.secret.find(' ');
  if (blank == std::string::npos) return {access.secret, ""};
  return {access.secret.substr(0, blank), access.secret.substr(blank + 1)};
}

std::string lower(std::string text) {
  for (char& one : text) {
    if (one >= 'A' && one <= 'Z') one = static_cast<char>(one - 'A' + 'a');
  }
  return text;
}

std::string value_of(const FormPairs& pairs, std::string_view name) {
  return form_value(pairs, name).value_or("");
}

}  // namespace

Result<Json> check_config(const Json& config) {
  FLEAD_TRY(Json out, channels::check_http_config(config, k_base_url));
  FLEAD_TRY(const std::string login, channels::config_line(config, "shop_id", 60));
  if (login.empty() || login.find_first_of(": ") != std::string::npos) {
    return refused_field("shop_id", "shop_id_needed", "--shop-id is the shop's MerchantLogin");
  }
  out.set("shop_id", login);
  FLEAD_TRY(const std::string hash, channels::config_line(config, "hash", 10));
  if (!hash.empty() && hash != "md5" && hash != "sha256") {
    return refused_field("hash", "hash_invalid",
                         "--hash is md5 or sha256, as it is chosen in the cabinet");
  }
  out.set("hash", hash.empty() ? "sha256" : hash);
  FLEAD_CHECK(copy_flag(config, "test", out));
  FLEAD_CHECK(copy_senders(config, out));
  return out;
}

PayAnswer make_page(const PayAccess& access, const PayOrder& order) {
  PayAnswer answer;
  const auto [first, second] = passwords_of(access);
  if (first.empty() || second.empty()) {
    answer.result = CallResult::misconfigured;
    answer.says = "the secret is both passwords, with a blank between";
    return answer;
  }
  const std::string login = access.config.text("shop_id").value_or("");
  const std::string sum = yookassa::write_amount(order.amount.amount_minor);
  const std::string ours = std::string(k_ours) + "=" + order.id.text();
  // Without a number of ours: they give one.
  const std::string signature = hash_of(access, login + ":" + sum + "::" + first + ":" + ours);
  std::string url = access.config.text("base_url").value_or(std::string(k_base_url));
  url += "?MerchantLogin=" + percent_encode(login) + "&OutSum=" + sum + "&Description=" +
         percent_encode(utf8_prefix(repair_utf8(order.text), k_text_characters_max)) +
         "&SignatureValue=" + signature + "&" + std::string(k_ours) + "=" +
         percent_encode(order.id.text()) + "&Culture=" + (order.language == "ru" ? "ru" : "en") +
         "&Encoding=utf-8";
  if (access.test) url += "&IsTest=1";
  answer.result = CallResult::done;
  answer.object.state = PayState::pending;
  answer.object.amount = order.amount;
  answer.object.test = access.test;
  answer.object.ours = order.id.text();
  answer.object.confirm_url = std::move(url);
  return answer;
}

PayNotice read_notice(const PayAccess& access, const channels::HookCall& call) {
  PayNotice notice;
  const auto pairs = parse_form(call.body);  // of a GET: its query
  const std::string second = passwords_of(access).second;
  if (!pairs || second.empty()) return notice;
  // The texts as they came, never the numbers that they mean; shop's own ones by name.
  const std::string sum = value_of(*pairs, "OutSum");
  const std::string number = value_of(*pairs, "InvId");
  std::string text = sum + ":" + number + ":" + second;
  std::vector<std::string> own;
  for (const auto& [name, value] : *pairs) {
    if (name.starts_with("Shp_")) own.push_back(name + "=" + value);
  }
  std::sort(own.begin(), own.end());
  for (const std::string& one : own) text += ":" + one;
  const std::string given = lower(value_of(*pairs, "SignatureValue"));
  if (given.empty() || !equal_constant_time(given, hash_of(access, text))) return notice;
  notice.genuine = true;
  const bool is_number = !number.empty() && number.size() <= k_number_bytes_max &&
                         number.find_first_not_of("0123456789") == std::string::npos;
  const auto minor = read_sum(sum);
  if (!is_number || !minor) return notice;
  notice.answer = "OK" + number;
  notice.kind = PayNotice::Kind::payment;
  notice.id = number;
  notice.ours = value_of(*pairs, k_ours);
  notice.delivery_id = "result:" + number;
  PayObject object;
  object.id = number;
  object.state = PayState::succeeded;
  object.amount = {*minor, "RUB"};
  object.test = access.test;  // a test is signed with passwords of its own
  object.ours = notice.ours;
  object.method = channels::cut_words(value_of(*pairs, "PaymentMethod"));
  notice.object = std::move(object);
  return notice;
}

std::optional<std::int64_t> read_sum(std::string_view text) {
  if (text.empty() || text.size() > k_sum_bytes_max ||
      text.find_first_not_of("0123456789.") != std::string_view::npos) {
    return std::nullopt;
  }
  const std::size_t point = text.find('.');
  std::string kept(text);
  if (point != std::string_view::npos) {
    // Zeros behind the kopecks mean nothing; anything else there is no sum of ours.
    while (kept.size() > point + 3 && kept.back() == '0') kept.pop_back();
    if (kept.size() > point + 3) return std::nullopt;
  }
  const auto minor = parse_money_minor(kept);
  if (!minor || *minor <= 0) return std::nullopt;
  return minor;
}

}  // namespace flead::money::robokassa
