// Notifications of YooKassa's double: queued with the object as it was, sent after a delay, again
// until the answer is 200, twice, the newest first, or lost, as the switches say. There is no
// signature.
// event (`flead trigger`): makes the thing happen and sends its notification at once.
//   payment.succeeded payment.canceled payment.waiting_for_capture: of the payment `id`, or of the
//     newest open one (of this `amount`, if given); where there is none, of a new one of `amount`
//     and `metadata`. reason: of a cancellation
//   refund.succeeded: of the pending refund `id`, or of all that is left of the newest (`payment`)
//   payout.succeeded payout.canceled: as with payments
//   payment.forged refund.forged payout.forged: id and status: a true id with an untrue status
//   payment.unknown refund.unknown payout.unknown: an id that nobody has
//   raw: body. All: url, times.
#include <algorithm>
#include <utility>

#include "core/base/money.h"
#include "core/base/text.h"
#include "serve/mock/yookassa_double.h"

namespace flead::serve::mock::yookassa_double {

namespace {

constexpr TimeMs k_repeat_for_ms = 24 * k_hour_ms;
constexpr TimeMs k_held_back_ms = 5 * k_second_ms;  // out of order: how long to wait for another
constexpr std::size_t k_notes_max = 10'000;
constexpr int k_notify_timeout_ms = 5000;
constexpr std::int64_t k_default_minor = 1500'00;

std::string note_body(std::string_view event, const Json& object) {
  return Json::object({{"type", "notification"}, {"event", event}, {"object", object}}).dump();
}

channels::HttpRequest note_call(const Note& note) {
  channels::HttpRequest call;
  call.label = "mock yookassa";
  call.url = note.url;
  call.body = note.body;
  call.headers = {{"content-type", "application/json"}};
  call.timeout_ms = k_notify_timeout_ms;
  return call;
}

// "1500.00", 1500.5 or 1500; nothing when it is missing, 0 when it is no sum.
std::optional<std::int64_t> wished_sum(const Json& wish) {
  const Json* amount = wish.find("amount");
  if (amount == nullptr) return std::nullopt;
  return parse_money_minor(amount->is_text() ? *amount->text() : amount->dump()).value_or(0);
}

Result<Note> bad_event(std::string_view why) {
  return usage_error("bad_event", std::string(why));
}

// The thing that a wish is about: `id`, or the newest that `open` allows, of `amount` if given.
template <class Thing, class Open>
Thing* wished_thing(std::vector<Thing>& all, const Json& wish, Open open) {
  if (const auto id = wish.text("id")) return thing_of(all, *id);
  const auto sum = wished_sum(wish);
  for (auto one = all.rbegin(); one != all.rend(); ++one) {
    if (open(*one) && (!sum || *sum == one->amount_minor)) return &*one;
  }
  return nullptr;
}

}  // namespace

void Yookassa::notify(std::string_view event, const std::string& id, const Json& object) {
  const bool lost = settings_.notify_lose > 0;
  if (lost) --settings_.notify_lose;
  for (std::int64_t copy = 0; copy < std::max<std::int64_t>(1, settings_.notify_copies); ++copy) {
    Note note;
    note.number = ++last_note_;
    note.event = event;
    note.object_id = id;
    note.body = note_body(event, object);
    note.queued = now();
    note.due = note.queued + settings_.notify_delay_ms;
    if (lost) note.state = "lost";
    if (notes_.size() >= k_notes_max) notes_.erase(notes_.begin());
    notes_.push_back(std::move(note));
  }
}

std::optional<ProviderDouble::OwnCall> Yookassa::next_call() {
  settle();
  const TimeMs time = now();
  Note* next = nullptr;
  std::size_t waiting = 0;
  for (Note& note : notes_) {
    if (note.state == "sending") return std::nullopt;  // one at a time keeps the order
    if (note.state != "waiting") continue;
    const bool payout = note.event.starts_with("payout.");
    note.url = payout && !settings_.payout_notify_url.empty() ? settings_.payout_notify_url
                                                              : settings_.notify_url;
    if (note.url.empty() || note.due > time) continue;
    ++waiting;
    if (next == nullptr || settings_.notify_out_of_order) next = &note;
  }
  if (next == nullptr) return std::nullopt;
  // Out of order: a first one waits for another to overtake it.
  const bool alone = settings_.notify_out_of_order && waiting == 1 && next->tries == 0 &&
                     std::none_of(notes_.begin(), notes_.end(), [&](const Note& other) {
                       return other.number > next->number && other.state == "delivered";
                     });
  if (alone && time < next->due + k_held_back_ms) return std::nullopt;
  next->state = "sending";
  ++next->tries;
  return OwnCall{next->number, next->event, note_call(*next)};
}

// Anything but 200 is repeated; the pauses grow, for a day at most.
void Yookassa::own_answered(std::int64_t number, const channels::HttpReply& reply) {
  for (Note& note : notes_) {
    if (note.number != number) continue;
    note.last_status = reply.status;
    if (reply.status == 200) {
      note.state = "delivered";
      return;
    }
    const std::int64_t doublings = std::min<std::int64_t>(note.tries - 1, 16);
    note.due = now() + (settings_.notify_retry_ms << doublings);
    const bool over =
        note.tries >= settings_.notify_tries || note.due > note.queued + k_repeat_for_ms;
    note.state = over ? "given_up" : "waiting";
  }
}

Json Yookassa::notes_json() const {
  Json out = Json::array();
  for (const Note& note : notes_) {
    out.push(Json::object({{"event", note.event},
                           {"id", note.object_id},
                           {"state", note.state},
                           {"tries", note.tries},
                           {"status", note.last_status},
                           {"at", format_time(note.queued)}}));
  }
  return out;
}

// ---- what `flead trigger` makes happen ---------------------------------------------------------

// The state is there already: the same notification again.
Result<Note> Yookassa::repeated(const std::string& event, const std::string& id,
                                const Json& object) {
  if (object.text("status") != event.substr(event.find('.') + 1)) {
    return bad_event("Its status is " + object.text("status").value_or("") +
                     ", and states go forward only");
  }
  notify(event, id, object);
  return notes_.back();
}

Result<Note> Yookassa::payment_event(const Json& wish, const std::string& state) {
  Payment* payment = wished_thing(payments_, wish, [&](const Payment& one) {
    return one.status == "pending" || (one.status == "waiting_for_capture" && one.status != state);
  });
  if (payment == nullptr && wish.text("id")) return bad_event("There is no such payment");
  const std::string reason = wish.text("reason").value_or("general_decline");
  if (!is_payment_reason(reason)) return bad_event("There is no such reason");
  if (payment == nullptr) {
    const std::int64_t sum = wished_sum(wish).value_or(k_default_minor);
    if (sum <= 0) return bad_event("amount is a sum, such as 1500.00");
    Payment made;
    made.id = make_uuid();
    made.created = now();
    made.test = settings_.test;
    made.amount_minor = sum;
    made.capture = state != "waiting_for_capture";
    if (const Json* metadata = wish.find("metadata")) made.metadata = *metadata;
    payment = &keep_thing(payments_, std::move(made));
  }
  if (payment->is_final() || payment->status == state) {
    return repeated("payment." + state, payment->id, payment_json(*payment));
  }
  if (thing_of(methods_, payment->method_id) == nullptr && state != "canceled") {
    method_of(*payment, "bank_card").card = test_cards()[1].number;
  }
  if (state == "waiting_for_capture" && payment->capture) {
    return bad_event("This payment does not wait: it was made with capture");
  }
  if (state == "canceled") {
    const bool held = payment->status == "waiting_for_capture" && !wish.text("reason");
    cancel_payment(*payment, held ? "canceled_by_merchant" : reason);
  } else if (state == "waiting_for_capture") {
    finish(*payment, "");
  } else {
    if (payment->status == "pending" && payment->save) {
      Method& method = method_of(*payment, "bank_card");
      method.saved = true;
      method.status = "active";
    }
    succeed(*payment);
  }
  return notes_.back();
}

Result<Note> Yookassa::refund_event(const Json& wish, const std::string& state) {
  if (state != "succeeded") return bad_event("A refund tells of its success only");
  Refund* refund =
      wished_thing(refunds_, wish, [](const Refund& one) { return one.status == "pending"; });
  if (refund == nullptr && wish.text("id")) return bad_event("There is no such refund");
  if (refund == nullptr) {
    const auto payment =
        std::find_if(payments_.rbegin(), payments_.rend(), [&](const Payment& one) {
          return one.status == "succeeded" && one.refunded_minor < one.amount_minor &&
                 wish.text("payment").value_or(one.id) == one.id;
        });
    if (payment == payments_.rend()) return bad_event("There is no payment to refund");
    const std::int64_t rest = payment->amount_minor - payment->refunded_minor;
    Refund made;
    made.id = make_uuid();
    made.payment_id = payment->id;
    made.created = now();
    made.amount_minor = wished_sum(wish).value_or(rest);
    if (made.amount_minor <= 0 || made.amount_minor > rest) {
      return bad_event("amount is more than what is left of the payment");
    }
    refund = &keep_thing(refunds_, std::move(made));
  }
  if (refund->status != "pending") {
    return repeated("refund.succeeded", refund->id, refund_json(*refund));
  }
  settle_refund(*refund, "");
  return notes_.back();
}

Result<Note> Yookassa::payout_event(const Json& wish, const std::string& state) {
  Payout* payout =
      wished_thing(payouts_, wish, [](const Payout& one) { return one.status == "pending"; });
  if (payout == nullptr && wish.text("id")) return bad_event("There is no such payout");
  const std::string reason = wish.text("reason").value_or("general_decline");
  if (!is_payout_reason(reason)) return bad_event("There is no such reason");
  if (payout == nullptr) {
    const std::int64_t sum = wished_sum(wish).value_or(k_default_minor);
    if (sum <= 0) return bad_event("amount is a sum, such as 1500.00");
    Payout made;
    made.id = "po-" + make_uuid();
    made.created = now();
    made.test = settings_.test;
    made.amount_minor = sum;
    made.recipient = "yoo_money 410011758831136";
    made.destination = Json::object({{"type", "yoo_money"}, {"account_number", "410011758831136"}});
    if (const Json* metadata = wish.find("metadata")) made.metadata = *metadata;
    payout = &keep_thing(payouts_, std::move(made));
  }
  if (payout->status != "pending") {
    return repeated("payout." + state, payout->id, payout_json(*payout));
  }
  settle_payout(*payout, state == "canceled" ? reason : "");
  return notes_.back();
}

// What did not happen: a forger's call.
Result<Note> Yookassa::untrue_event(const Json& wish, const std::string& type, bool unknown) {
  const std::string status = wish.text("status").value_or("succeeded");
  Json object;
  std::string id = wish.text("id").value_or("");
  const auto take = [&](const auto& all, const auto& show) {
    const auto* one = id.empty() && !all.empty() ? &all.back() : thing_of(all, id);
    if (one == nullptr) return;
    object = show(*one);
    id = one->id;
  };
  if (unknown) {
    id = (type == "payout" ? "po-" : "") + make_uuid();
    const std::int64_t sum = wished_sum(wish).value_or(k_default_minor);
    object = Json::object({{"id", id}, {"amount", money_json(sum)}, {"paid", true}});
    if (const Json* metadata = wish.find("metadata")) object.set("metadata", *metadata);
  } else if (type == "payment") {
    take(payments_, [&](const Payment& one) { return payment_json(one); });
  } else if (type == "refund") {
    take(refunds_, [&](const Refund& one) { return refund_json(one); });
  } else {
    take(payouts_, [&](const Payout& one) { return payout_json(one); });
  }
  if (!object.is_object()) return bad_event("There is nothing to forge: make one first");
  object.set("status", status);
  if (object.find("paid") != nullptr) object.set("paid", status == "succeeded");
  if (const auto sum = wished_sum(wish)) object.set("amount", money_json(*sum));
  Note note;
  note.event = type + "." + status;
  note.object_id = id;
  note.body = note_body(note.event, object);
  return note;
}

Result<Note> Yookassa::noted(const Json& wish) {
  const std::string type = wish.text("type").value_or("");
  const std::size_t dot = type.find('.');
  const std::string of = type.substr(0, dot);
  const std::string state = dot == std::string::npos ? "" : type.substr(dot + 1);
  if (type == "raw") {
    Note note;
    note.body = wish.text("body").value_or("");
    return note;
  }
  const bool known = of == "payment" || of == "refund" || of == "payout";
  if (known && (state == "forged" || state == "unknown")) {
    return untrue_event(wish, of, state == "unknown");
  }
  const bool end = state == "succeeded" || state == "canceled";
  if (of == "payment" && (end || state == "waiting_for_capture")) {
    return payment_event(wish, state);
  }
  if (of == "refund" && end) return refund_event(wish, state);
  if (of == "payout" && end) return payout_event(wish, state);
  return bad_event(
      "type is payment.succeeded, payment.canceled, payment.waiting_for_capture, "
      "refund.succeeded, payout.succeeded, payout.canceled, one of these with forged or unknown "
      "in the place of the state, or raw");
}

Result<channels::HttpRequest> Yookassa::event(const Json& wish) {
  if (wish.boolean("bad_signature").value_or(false)) {
    return usage_error("bad_event", "YooKassa signs nothing: try payment.forged");
  }
  event_note_ = 0;
  settle();
  const auto copies = std::exchange(settings_.notify_copies, 1);
  const auto losses = std::exchange(settings_.notify_lose, 0);
  auto made = noted(wish);
  settings_.notify_copies = copies;
  settings_.notify_lose = losses;
  if (!made) return made.error();
  made->url = wish.text("url").value_or(wish.text("type").value_or("").starts_with("payout.") &&
                                                !settings_.payout_notify_url.empty()
                                            ? settings_.payout_notify_url
                                            : settings_.notify_url);
  if (!made->url.empty() && made->number > 0) {
    for (Note& note : notes_) {
      if (note.number != made->number) continue;
      note.state = "triggered";
      ++note.tries;
    }
    event_note_ = made->number;
  }
  return note_call(*made);
}

// Whoever triggered it is told what the hook answered; nobody repeats it.
void Yookassa::answered(const channels::HttpReply& reply) {
  for (Note& note : notes_) {
    if (event_note_ == 0 || note.number != event_note_) continue;
    note.last_status = reply.status;
    note.state = reply.status == 200 ? "delivered" : "given_up";
  }
}

}  // namespace flead::serve::mock::yookassa_double
