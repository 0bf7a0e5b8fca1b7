// SMSC.ru as its users describe it: HTTP 200 for every error, prices as strings, segments counted,
// the balance falls, the same request twice within a minute is error 9, and so on.
// Magic last digits of a phone: …006 error 6, …007 error 7, …008 error 8, …003 expires, …020 cannot
// be delivered; anything else arrives two seconds later.
#include <algorithm>
#include <cstdlib>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/csv.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "serve/mock/double.h"

namespace flead::serve::mock {

namespace {

struct Sms {
  std::string id, phone, text, sender;
  std::int64_t segments = 0;
  std::int64_t at_ms = 0;  // steady
  std::vector<std::int64_t> polls;
};

// Without charset=utf-8 the provider takes the bytes for windows-1251.
std::string as_windows1251(std::string_view bytes) {
  std::string out;
  append_windows1251(out, bytes);
  return out;
}

// A rule of thumb of its own: characters outside ASCII make it 70 (67) a piece.
std::int64_t count_pieces(std::string_view text) {
  const bool wide = std::any_of(text.begin(), text.end(),
                                [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  const auto length = static_cast<std::int64_t>(utf8_length(text));
  const std::int64_t alone = wide ? 70 : 160;
  const std::int64_t joined = wide ? 67 : 153;
  return length <= alone ? 1 : (length + joined - 1) / joined;
}

std::string price(std::int64_t minor) {
  std::string cents = std::to_string(minor % 100);
  return std::to_string(minor / 100) + "." + (cents.size() < 2 ? "0" + cents : cents);
}

std::string digits_of(std::string_view phone) {
  std::string out;
  for (const char c : phone) {
    if (c >= '0' && c <= '9') out += c;
  }
  return out;
}

constexpr std::int64_t k_piece_price_minor = 390;
constexpr std::int64_t k_repeat_ms = 60'000;
constexpr std::int64_t k_ban_ms = 60'000;
constexpr std::size_t k_messages_max = 100'000;

class SmsDouble final : public ProviderDouble {
 public:
  explicit SmsDouble(World world) : world_(world) {}

  std::string_view kind() const override { return "sms"; }

  std::vector<std::string> paths() const override {
    return {"/sys/send.php", "/rest/send/", "/sys/status.php", "/sys/balance.php"};
  }

  http::Reply answer(const Call& call) override {
    const bool json = call.path.starts_with("/rest/") || field(call, "fmt") == "3";
    if (const auto refused = check_login(call)) return say(*refused, json, call);
    if (call.path == "/sys/balance.php") return balance(json);
    if (call.path == "/sys/status.php") return status(call, json);
    return send(call, json);
  }

  Json account(const Json& wish) override {
    if (const auto text = wish.text("balance")) balance_minor_ = minor_of(*text);
    if (const auto text = wish.text("login")) login_ = *text;
    if (const auto text = wish.text("password")) password_ = *text;
    if (const auto text = wish.text("apikey")) apikey_ = *text;
    if (const auto number = wish.integer("ban_after")) ban_after_ = *number;
    return Json::object({{"balance", price(balance_minor_)},
                         {"messages", static_cast<std::int64_t>(messages_.size())}});
  }

  Result<channels::HttpRequest> event(const Json& wish) override {
    if (!wish.text("url")) {
      return usage_error("no_url", "An event needs the \"url\" of the hook");
    }
    const std::string secret = wish.text("secret").value_or("");
    const std::string phone = digits_of(wish.text("phone").value_or(""));
    Fields fields;
    std::string signed_text;
    if (wish.text("type").value_or("status") == "sms") {
      fields = {{"phone", phone},
                {"mes", wish.text("mes").value_or("")},
                {"to", wish.text("to").value_or("79990000000")},
                {"sms_id", std::to_string(++incoming_)}};
      signed_text = fields["phone"] + ":" + fields["mes"] + ":" + fields["to"] + ":" + secret;
    } else {
      const auto found = find(wish.text("id").value_or(""), phone);
      if (found == messages_.end()) {
        return usage_error("no_message", "No message of this id and phone was sent here");
      }
      fields = {{"id", found->id},
                {"phone", found->phone},
                {"status", std::to_string(wish.integer("status").value_or(1))},
                {"type", "0"},
                {"ts", std::to_string(world_.clock.now() / 1000)}};
      signed_text = fields["id"] + ":" + fields["phone"] + ":" + fields["status"] + ":" + secret;
    }
    fields["md5"] =
        wish.boolean("bad_signature").value_or(false) ? std::string(32, '0') : md5_hex(signed_text);
    return hook_request(*wish.text("url"), fields, wish.boolean("json").value_or(false));
  }

 private:
  struct Trouble {
    int code = 0;
    std::string_view words;
    bool with_id = false;
  };

  static std::string field(const Call& call, std::string_view name) {
    const auto found = call.fields.find(name);
    return found == call.fields.end() ? std::string() : found->second;
  }

  static std::int64_t minor_of(const std::string& text) {
    return static_cast<std::int64_t>(std::strtod(text.c_str(), nullptr) * 100 + 0.5);
  }

  static channels::HttpRequest hook_request(std::string url, const Fields& fields, bool json) {
    channels::HttpRequest request;
    request.url = std::move(url);
    request.label = "mock event";
    if (json) {
      Json body = Json::object();
      for (const auto& [name, value] : fields) body.set(name, value);
      request.body = body.dump();
      request.headers = {{"content-type", "application/json"}};
      return request;
    }
    for (const auto& [name, value] : fields) {
      request.body += (request.body.empty() ? "" : "&") + name + "=" + percent_encode(value);
    }
    request.headers = {{"content-type", "application/x-www-form-urlencoded"}};
    return request;
  }

  // Error 2 for wrong credentials, error 4 for a while after too many of them.
  std::optional<Trouble> check_login(const Call& call) {
    const std::int64_t now = world_.clock.steady_ms();
    if (now < banned_until_) return Trouble{4, "IP address is temporarily blocked"};
    const std::string login = field(call, "login");
    const std::string password = field(call, "psw");
    const bool by_key =
        !field(call, "apikey").empty() && (apikey_.empty() || field(call, "apikey") == apikey_);
    const bool by_login =
        !login.empty() && !password.empty() && (login_.empty() || login == login_) &&
        (password_.empty() || password == password_ || password == md5_hex(password_));
    if (by_key || by_login) {
      failures_ = 0;
      return std::nullopt;
    }
    if (++failures_ >= ban_after_) {
      failures_ = 0;
      banned_until_ = now + k_ban_ms;
    }
    return Trouble{2, "authorise error"};
  }

  http::Reply say(const Trouble& trouble, bool json, const Call& call) const {
    if (!json) {
      return http::text_reply(
          200, "ERROR = " + std::to_string(trouble.code) + " (" + std::string(trouble.words) + ")");
    }
    Json body = Json::object({{"error", trouble.words}, {"error_code", trouble.code}});
    if (trouble.with_id && !field(call, "id").empty()) body.set("id", field(call, "id"));
    return http::json_reply(200, body);
  }

  http::Reply balance(bool json) const {
    if (!json) return http::text_reply(200, price(balance_minor_));
    return http::json_reply(
        200, Json::object({{"balance", price(balance_minor_)}, {"currency", "RUR"}}));
  }

  std::vector<Sms>::iterator find(std::string_view id, std::string_view phone) {
    // The newest of that id: ids may repeat, the phone tells them apart.
    for (auto at = messages_.end(); at != messages_.begin();) {
      --at;
      if (at->id == id && (phone.empty() || at->phone == phone)) return at;
    }
    return messages_.end();
  }

  int state_of(const Sms& sms) const {
    const std::int64_t age = world_.clock.steady_ms() - sms.at_ms;
    if (age < 1000) return -1;
    if (age < 2000) return 0;
    if (sms.phone.ends_with("003")) return 3;
    if (sms.phone.ends_with("020")) return 20;
    return 1;
  }

  http::Reply status(const Call& call, bool json) {
    const auto found = find(field(call, "id"), digits_of(field(call, "phone")));
    if (field(call, "id").empty() || field(call, "phone").empty()) {
      return say({1, "parameters error"}, json, call);
    }
    if (found == messages_.end()) {
      return http::json_reply(200, Json::object({{"status", -3}, {"last_date", ""}}));
    }
    const std::int64_t now = world_.clock.steady_ms();
    auto& polls = found->polls;
    polls.erase(std::remove_if(polls.begin(), polls.end(),
                               [now](std::int64_t at) { return now - at > 60'000; }),
                polls.end());
    if (polls.size() >= 5) return say({9, "too many requests"}, json, call);
    polls.push_back(now);
    return http::json_reply(200, Json::object({{"status", state_of(*found)},
                                               {"last_timestamp", world_.clock.now() / 1000},
                                               {"err", state_of(*found) == 20 ? 1 : 0}}));
  }

  std::optional<Trouble> check_message(const std::string& phone, const std::string& text) const {
    if (phone.size() < 10 || phone.size() > 15) return Trouble{7, "invalid number", true};
    if (phone.ends_with("006")) return Trouble{6, "message is denied", true};
    if (phone.ends_with("007")) return Trouble{7, "invalid number", true};
    if (phone.ends_with("008"))
      return Trouble{8, "message to this number can not be delivered", true};
    const std::int64_t now = world_.clock.steady_ms();
    for (auto at = messages_.rbegin(); at != messages_.rend() && now - at->at_ms < k_repeat_ms;
         ++at) {
      if (at->phone == phone && at->text == text) return Trouble{9, "duplicate request"};
    }
    return std::nullopt;
  }

  http::Reply send(const Call& call, bool json) {
    const bool utf8 = call.path.starts_with("/rest/") || field(call, "charset") == "utf-8";
    const std::string text =
        utf8 ? repair_utf8(field(call, "mes")) : as_windows1251(field(call, "mes"));
    const std::string phone = digits_of(field(call, "phones"));
    if (text.empty() || field(call, "phones").empty() || messages_.size() >= k_messages_max) {
      return say({1, "parameters error"}, json, call);
    }
    if (const auto trouble = check_message(phone, text)) return say(*trouble, json, call);
    const std::int64_t pieces = count_pieces(text);
    const std::int64_t cost = pieces * k_piece_price_minor;
    const bool only_price = field(call, "cost") == "1";
    if (!only_price && cost > balance_minor_) return say({3, "no money", true}, json, call);
    Sms sms;
    sms.id = field(call, "id").empty() ? std::to_string(++last_id_) : field(call, "id");
    sms.phone = phone;
    sms.text = text;
    sms.sender = field(call, "sender");
    sms.segments = pieces;
    sms.at_ms = world_.clock.steady_ms();
    if (!only_price) {
      balance_minor_ -= cost;
      messages_.push_back(sms);
    }
    return sent(call, sms, cost, json);
  }

  http::Reply sent(const Call& call, const Sms& sms, std::int64_t cost, bool json) const {
    if (!json) {
      return http::text_reply(200, "OK - " + std::to_string(sms.segments) + " SMS, ID - " + sms.id);
    }
    const std::string wanted = field(call, "cost");
    Json body = Json::object();
    const bool number =
        !sms.id.empty() && sms.id.size() < 11 &&
        std::all_of(sms.id.begin(), sms.id.end(), [](char c) { return c >= '0' && c <= '9'; });
    body.set("id", number
                       ? Json(static_cast<std::int64_t>(std::strtoll(sms.id.c_str(), nullptr, 10)))
                       : Json(sms.id));
    body.set("cnt", sms.segments);
    if (!wanted.empty() && wanted != "0") body.set("cost", price(cost));
    if (wanted == "3") body.set("balance", price(balance_minor_));
    if (field(call, "op") == "1") {
      body.set("phones", Json::array({Json::object({{"phone", sms.phone},
                                                    {"mccmnc", "25001"},
                                                    {"cost", price(cost)},
                                                    {"status", "-1"},
                                                    {"error", ""}})}));
    }
    return http::json_reply(200, body);
  }

  World world_;
  std::int64_t incoming_ = 0;  // SMS that people sent
  std::vector<Sms> messages_;
  std::int64_t balance_minor_ = 100'000;
  std::string login_, password_, apikey_;  // "": any will do
  std::int64_t failures_ = 0;
  std::int64_t ban_after_ = 10;
  std::int64_t banned_until_ = 0;
  std::int64_t last_id_ = 1'000'000;
};

}  // namespace

std::unique_ptr<ProviderDouble> make_sms_double(World world) {
  return std::make_unique<SmsDouble>(world);
}

}  // namespace flead::serve::mock
