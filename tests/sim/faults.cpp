#include "sim/faults.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace flead::sim {
namespace {

using channels::HttpReply;
using channels::SmtpReply;

// Whom a refusal is about. `passing`: nobody, later it works.
enum class About { passing, person, text, account };

struct Row {
  std::string_view kind;
  About about = About::passing;
  int status = 200;  // 0: a certificate that is not trusted
  std::int64_t code = 0;
  std::string_view words = {};
  int retry_after_s = 0;
  bool may_act = false;  // the words do not say that nothing was done
  std::int64_t subcode = 0;
};

// providers/*.md, one row each. Left out: Telegram's "not modified" and "query is too old" and
// Instagram's 2534025, which answer calls that are no message.
constexpr Row k_rows[] = {
    {"telegram", About::passing, 429, 429, "Too Many Requests: retry after 3", 3},
    {"telegram", About::passing, 429, 429, "Too Many Requests: retry after 40", 40},
    {"telegram", About::passing, 500, 500, "Internal Server Error", 0, true},
    {"telegram", About::passing, 502, 502, "Bad Gateway", 0, true},
    {"telegram", About::passing, 504, 504, "Gateway Timeout", 0, true},
    {"telegram", About::person, 400, 400, "Bad Request: chat not found"},
    {"telegram", About::person, 400, 400, "Bad Request: group chat was upgraded to a supergroup"},
    {"telegram", About::person, 403, 403, "Forbidden: bot was blocked by the user"},
    {"telegram", About::person, 403, 403, "Forbidden: user is deactivated"},
    {"telegram", About::person, 403, 403, "Forbidden: bot can't initiate conversation with a user"},
    {"telegram", About::text, 400, 400, "Bad Request: message text is empty"},
    {"telegram", About::text, 400, 400, "Bad Request: message is too long"},
    {"telegram", About::text, 400, 400, "Bad Request: can't parse entities: unclosed tag"},
    {"telegram", About::text, 400, 400, "Bad Request: BUTTON_DATA_INVALID"},
    {"telegram", About::text, 400, 400, "Bad Request: BUTTON_URL_INVALID"},
    {"telegram", About::text, 400, 400, "Bad Request: reply markup is too long"},
    {"telegram", About::account, 401, 401, "Unauthorized"},
    {"telegram", About::account, 404, 404, "Not Found"},
    {"telegram", About::account, 409, 409, "Conflict: terminated by other getUpdates request"},

    {"vk", About::passing, 200, 1, "Unknown error occurred", 0, true},
    {"vk", About::passing, 200, 10, "Internal server error", 0, true},
    {"vk", About::passing, 200, 13, "Error while running", 0, true},
    {"vk", About::passing, 200, 6, "Too many requests per second"},
    {"vk", About::passing, 200, 9, "Flood control"},
    {"vk", About::passing, 200, 29, "Rate limit reached"},
    {"vk", About::passing, 200, 940, "Too many posts in messages"},
    {"vk", About::person, 200, 113, "Invalid user id"},
    {"vk", About::person, 200, 900, "Can't send messages for users from blacklist"},
    {"vk", About::person, 200, 901, "Can't send messages for users without permission"},
    {"vk", About::person, 200, 902, "Can't send messages due to their privacy settings"},
    {"vk", About::person, 200, 917, "You don't have access to this chat"},
    {"vk", About::person, 200, 932, "Your community can't interact with this peer"},
    {"vk", About::person, 200, 936, "Contact not found"},
    {"vk", About::person, 200, 945, "Chat was disabled"},
    {"vk", About::person, 200, 946, "Chat not supported"},
    {"vk", About::person, 200, 950, "Can't send message, reply timed out"},
    {"vk", About::person, 200, 962, "You can't access donut chat without subscription"},
    {"vk", About::person, 200, 985, "The group only notifies"},
    {"vk", About::person, 200, 987, "A message request is needed"},
    {"vk", About::person, 200, 988, "A message request is pending"},
    {"vk", About::text, 200, 8, "Invalid request"},
    {"vk", About::text, 200, 100, "One of the parameters was missing or invalid"},
    {"vk", About::text, 200, 911, "Keyboard format is invalid"},
    {"vk", About::text, 200, 913, "Too many forwarded messages"},
    {"vk", About::text, 200, 914, "Message is too long"},
    {"vk", About::account, 200, 2, "Application is disabled"},
    {"vk", About::account, 200, 3, "Unknown method passed"},
    {"vk", About::account, 200, 5, "User authorization failed"},
    {"vk", About::account, 200, 7, "Permission to perform this action is denied"},
    {"vk", About::account, 200, 14, "Captcha needed"},
    {"vk", About::account, 200, 15, "Access denied"},
    {"vk", About::account, 200, 20, "Not for non-standalone applications"},
    {"vk", About::account, 200, 23, "This method was disabled"},
    {"vk", About::account, 200, 27, "Group authorization failed"},
    {"vk", About::account, 200, 28, "Application authorization failed"},
    {"vk", About::account, 200, 125, "Invalid group id"},
    {"vk", About::account, 200, 203, "Access to group denied"},
    {"vk", About::account, 200, 912, "This is a chat bot feature"},
    {"vk", About::account, 200, 943, "Cannot use this intent"},
    {"vk", About::account, 200, 944, "Limits overflow for this intent"},

    {"max", About::passing, 429, 0, "too.many.requests"},
    {"max", About::passing, 400, 0, "attachment.not.ready"},
    {"max", About::passing, 500, 0, "internal.error", 0, true},
    {"max", About::passing, 503, 0, "service.unavailable", 0, true},
    {"max", About::person, 403, 0, "chat.denied"},
    {"max", About::person, 403, 0, "error.dialog.suspended"},
    {"max", About::person, 404, 0, "dialog.not.found"},
    {"max", About::person, 404, 0, "chat.not.found"},
    {"max", About::text, 400, 0, "proto.payload"},
    {"max", About::text, 405, 0, "method.not.allowed"},
    {"max", About::account, 401, 0, "verify.token"},
    {"max", About::account, 403, 0, "deprecated.token"},
    {"max", About::account, 0, 0, "unknown CA"},

    {"whatsapp", About::passing, 400, 4, "Application request limit reached"},
    {"whatsapp", About::passing, 400, 80007, "Rate limit hit"},
    {"whatsapp", About::passing, 429, 130429, "Rate limit hit"},
    {"whatsapp", About::passing, 429, 131056, "Pair rate limit hit"},
    {"whatsapp", About::passing, 500, 1, "API unknown"},
    {"whatsapp", About::passing, 503, 2, "API service"},
    {"whatsapp", About::passing, 500, 131000, "Something went wrong"},
    {"whatsapp", About::passing, 503, 131016, "Service unavailable"},
    {"whatsapp", About::passing, 500, 131057, "Account in maintenance mode"},
    {"whatsapp", About::passing, 400, 133016, "Registered too often"},
    {"whatsapp", About::passing, 400, 135000, "Generic user error"},
    {"whatsapp", About::person, 400, 131021, "Recipient cannot be sender"},
    {"whatsapp", About::person, 400, 131026, "Message undeliverable"},
    {"whatsapp", About::person, 400, 131047, "Re-engagement message"},
    {"whatsapp", About::person, 400, 131049, "Withheld for the ecosystem"},
    {"whatsapp", About::person, 400, 131050, "The person stopped marketing messages"},
    {"whatsapp", About::person, 400, 130472, "The person is in an experiment"},
    {"whatsapp", About::person, 400, 131062, "The recipient needs a number"},
    {"whatsapp", About::text, 400, 100, "Invalid parameter"},
    {"whatsapp", About::text, 400, 131008, "Required parameter is missing"},
    {"whatsapp", About::text, 400, 131009, "Parameter value is not valid"},
    {"whatsapp", About::text, 400, 131051, "Unsupported message type"},
    {"whatsapp", About::text, 400, 131052, "Media download error"},
    {"whatsapp", About::text, 400, 131053, "Media upload error"},
    {"whatsapp", About::account, 401, 0, "AuthException"},
    {"whatsapp", About::account, 401, 190, "Access token has expired"},
    {"whatsapp", About::account, 403, 3, "API method"},
    {"whatsapp", About::account, 403, 10, "Permission denied"},
    {"whatsapp", About::account, 403, 200, "API permission"},
    {"whatsapp", About::account, 403, 131005, "Access denied"},
    {"whatsapp", About::account, 400, 131048, "Spam rate limit hit"},
    {"whatsapp", About::account, 400, 131064, "Misclassified templates"},
    {"whatsapp", About::account, 400, 131030, "Recipient not in the list"},
    {"whatsapp", About::account, 403, 131031, "Account has been locked"},
    {"whatsapp", About::account, 402, 131042, "Business eligibility payment issue"},
    {"whatsapp", About::account, 400, 131045, "Incorrect certificate"},
    {"whatsapp", About::account, 400, 131037, "Display name is not approved"},
    {"whatsapp", About::account, 403, 368, "Temporarily blocked for policies violations"},
    {"whatsapp", About::account, 403, 130497, "Not in this country"},
    {"whatsapp", About::account, 400, 132000, "Template parameter count mismatch"},
    {"whatsapp", About::account, 404, 132001, "Template does not exist"},
    {"whatsapp", About::account, 400, 132005, "Template text too long"},
    {"whatsapp", About::account, 400, 132007, "Template breaks a policy"},
    {"whatsapp", About::account, 400, 132008, "Template value mismatch"},
    {"whatsapp", About::account, 400, 132012, "Template parameter format mismatch"},
    {"whatsapp", About::account, 400, 132015, "Template is paused"},
    {"whatsapp", About::account, 400, 132016, "Template is disabled"},

    {"instagram", About::passing, 400, 4, "Application request limit reached"},
    {"instagram", About::passing, 400, 17, "User request limit reached"},
    {"instagram", About::passing, 400, 32, "Page request limit reached"},
    {"instagram", About::passing, 429, 613, "Calls to this api have exceeded the rate limit"},
    {"instagram", About::passing, 400, 80002, "There have been too many calls"},
    {"instagram", About::passing, 500, 1, "An unknown error occurred"},
    {"instagram", About::passing, 500, 2, "Service temporarily unavailable", 0, false, 1545133},
    {"instagram", About::person, 403, 10, "Outside of allowed window", 0, false, 2534022},
    {"instagram", About::person, 400, 551, "This person isn't available right now"},
    {"instagram", About::person, 400, 100, "No matching user found", 0, false, 2534014},
    {"instagram", About::person, 400, 100, "Thread is deleted", 0, false, 2534001},
    {"instagram", About::text, 400, 100, "Invalid parameter"},
    {"instagram", About::account, 401, 190, "Access token has expired"},
    {"instagram", About::account, 403, 10, "Permission denied"},
    {"instagram", About::account, 403, 200, "Permission denied"},
    {"instagram", About::account, 403, 230, "Permission denied"},
    {"instagram", About::account, 400, 368, "The action was deemed abusive"},

    {"sms", About::passing, 200, 4, "ip is blocked"},
    {"sms", About::passing, 200, 9, "duplicate request, wait a minute", 0, true},
    {"sms", About::person, 200, 7, "invalid number"},
    {"sms", About::person, 200, 8, "message to this number can not be delivered"},
    {"sms", About::text, 200, 1, "parameters error"},
    {"sms", About::text, 200, 5, "invalid date"},
    {"sms", About::text, 200, 6, "message is denied"},
    {"sms", About::account, 200, 2, "authorise error"},
    {"sms", About::account, 200, 3, "no money"},
};

Json body_of_row(const Row& row) {
  if (row.kind == "telegram") {
    Json body = Json::object({{"ok", false}, {"error_code", row.code}});
    body.set("description", row.words);
    if (row.retry_after_s > 0) {
      body.set("parameters", Json::object({{"retry_after", row.retry_after_s}}));
    }
    return body;
  }
  if (row.kind == "max") return Json::object({{"code", row.words}, {"message", row.words}});
  if (row.kind == "sms") return Json::object({{"error", row.words}, {"error_code", row.code}});
  Json error = Json::object();
  if (row.kind == "vk") {
    error.set("error_code", row.code).set("error_msg", row.words);
  } else {
    error.set("message", row.words).set("type", "OAuthException").set("code", row.code);
    if (row.subcode != 0) error.set("error_subcode", row.subcode);
  }
  Json body = Json::object();
  body.set("error", std::move(error));
  return body;
}

HttpReply reply_of_row(const Row& row) {
  HttpReply reply;
  reply.status = row.status;
  reply.untrusted = row.status == 0;
  reply.retry_after_ms = std::int64_t{row.retry_after_s} * 1000;
  if (row.status == 0) {
    reply.error = row.words;
  } else {
    reply.body = body_of_row(row).dump();
  }
  return reply;
}

HttpReply silence(std::string_view error, bool may_have_acted) {
  HttpReply reply;
  reply.error = error;
  reply.may_have_acted = may_have_acted;
  return reply;
}

HttpReply page(int status, std::string body) {
  HttpReply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

bool coin(Random& chance) {
  return chance.below(2) == 0;
}

template <class T, std::size_t size>
const T& one_of(Random& chance, const std::array<T, size>& items) {
  return items[static_cast<std::size_t>(chance.below(size))];
}

About draw_about(Random& chance) {
  const std::uint64_t roll = chance.below(100);
  if (roll < 58) return About::passing;
  if (roll < 78) return About::person;
  return roll < 88 ? About::text : About::account;
}

Fault draw_listed(Random& chance, std::string_view kind, Asked asked) {
  const About about = draw_about(chance);
  const bool wrong = about == About::person || about == About::text;
  if (wrong && asked != Asked::send) return {};
  std::vector<const Row*> rows;
  for (const Row& row : k_rows) {
    if (row.kind == kind && row.about == about) rows.push_back(&row);
  }
  if (rows.empty()) return {};
  const Row& row = *rows[static_cast<std::size_t>(chance.below(rows.size()))];
  return {row.may_act && coin(chance), reply_of_row(row)};
}

SmtpFault smtp_ends(SmtpReply::Stage stage, int code, std::string_view says) {
  SmtpFault out;
  out.asks = stage == SmtpReply::Stage::data;
  out.takes = false;
  out.reply.stage = stage;
  out.reply.code = code;
  out.reply.says = says;
  return out;
}

}  // namespace

Fault draw_fault(Random& chance, std::string_view kind, Asked asked) {
  static const std::array<std::string, 6> k_garbage = {
      "", "null", "{", "[]", "<html>Welcome to our Wi-Fi</html>", std::string("\xff\xfe\x00", 3)};
  const std::uint64_t roll = chance.below(1000);
  if (roll < 865) return {};
  if (roll < 880) return {false, silence("connection refused", false)};
  if (roll < 895) return {false, silence("timed out", true)};
  if (roll < 920) return {true, silence("timed out", true)};
  if (roll < 930) return {coin(chance), page(200, one_of(chance, k_garbage))};
  if (roll < 940) return {coin(chance), page(500, "Internal Server Error")};
  if (roll < 950) return {coin(chance), page(502, "<html><h1>502 Bad Gateway</h1></html>")};
  return draw_listed(chance, kind, asked);
}

SmtpFault smtp_accepts() {
  SmtpFault out;
  out.reply.stage = SmtpReply::Stage::done;
  out.reply.code = 250;
  out.reply.says = "250 2.0.0 Ok: queued";
  return out;
}

SmtpFault smtp_no_such_user() {
  return smtp_ends(SmtpReply::Stage::rcpt_to, 550, "550 5.1.1 No such user");
}

SmtpFault draw_smtp_fault(Random& chance) {
  using Stage = SmtpReply::Stage;
  static const std::array<SmtpFault, 6> k_passing = {
      smtp_ends(Stage::resolve, 0, ""),
      smtp_ends(Stage::connect, 0, ""),
      smtp_ends(Stage::greeting, 421, "421 4.3.2 Too busy, try later"),
      smtp_ends(Stage::login, 454, "454 4.7.0 Temporary authentication failure"),
      smtp_ends(Stage::rcpt_to, 451, "451 4.7.1 Greylisted, come back later"),
      smtp_ends(Stage::rcpt_to, 452, "452 4.2.2 Mailbox full"),
  };
  static const std::array<SmtpFault, 3> k_person = {
      smtp_no_such_user(),
      smtp_ends(Stage::rcpt_to, 550, "550 5.2.1 Mailbox is disabled"),
      smtp_ends(Stage::rcpt_to, 552, "552 5.2.2 Mailbox is full"),
  };
  static const std::array<SmtpFault, 3> k_text = {
      smtp_ends(Stage::rcpt_to, 554, "554 5.7.1 Spam message rejected"),
      smtp_ends(Stage::data, 554, "554 5.7.1 Spam message rejected"),
      smtp_ends(Stage::data, 552, "552 5.3.4 Message is too big"),
  };
  static const std::array<SmtpFault, 3> k_account = {
      smtp_ends(Stage::tls, 0, ""),
      smtp_ends(Stage::login, 535, "535 5.7.8 Authentication failed"),
      smtp_ends(Stage::mail_from, 553, "553 5.1.8 Sender is not owned by this user"),
  };
  const std::uint64_t roll = chance.below(1000);
  if (roll < 880) return smtp_accepts();
  if (roll < 915) {  // the final dot left, and no answer came
    SmtpFault lost = smtp_ends(Stage::data, 0, "");
    lost.takes = coin(chance);
    lost.reply.may_have_acted = true;
    return lost;
  }
  switch (draw_about(chance)) {
    case About::passing:
      return one_of(chance, k_passing);
    case About::person:
      return one_of(chance, k_person);
    case About::text:
      return one_of(chance, k_text);
    case About::account:
      return one_of(chance, k_account);
  }
  return smtp_accepts();
}

}  // namespace flead::sim
