#include "core/base/text.h"
#include "core/money/yookassa.h"
#include "fuzz/fuzz.h"

namespace flead {

// Whatever a payment provider answers or tells: never a crash, and never money that is not there.
FLEAD_FUZZ(pay_reply) {
  channels::HttpReply reply;
  // The first byte chooses the status, so that the rules are reached as well.
  constexpr int k_statuses[] = {200, 400, 401, 403, 404, 429, 500, 302};
  reply.status = input.empty() ? 200 : k_statuses[static_cast<unsigned char>(input[0]) % 8];
  reply.body = std::string(input.empty() ? input : input.substr(1));
  for (const auto parse : {money::yookassa::parse_payment, money::yookassa::parse_refund}) {
    const auto answer = parse(reply);
    FLEAD_ASSERT(valid_utf8(answer.says) && answer.says.size() < 1000);
    FLEAD_ASSERT(answer.retry_after_ms >= 0 && answer.retry_after_ms <= k_day_ms);
    if (answer.result != money::CallResult::done) continue;
    FLEAD_ASSERT(reply.status == 200);
    FLEAD_ASSERT(!answer.object.id.empty() && answer.object.amount.amount_minor >= 0);
    FLEAD_ASSERT(answer.object.amount.currency.size() == 3);
  }
  const auto list = money::yookassa::parse_search(reply);
  for (const auto& object : list.found) FLEAD_ASSERT(!object.id.empty());
  FLEAD_ASSERT(valid_utf8(money::yookassa::parse_account(reply).says));
  channels::HookCall call;
  call.method = "POST";
  call.body = reply.body;
  const auto notice = money::yookassa::read_notice({}, call);
  FLEAD_ASSERT(!notice.object);  // it signs nothing, so nothing in it counts
  FLEAD_ASSERT(notice.kind == money::PayNotice::Kind::none || !notice.id.empty());
  FLEAD_ASSERT(notice.id.find('/') == std::string::npos);
}

}  // namespace flead
