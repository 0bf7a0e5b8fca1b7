// A payment provider with books of its own: shops, gateways, payers, refunds, payouts, keys and
// notifications, as the provider's page has them (shared with the vendor's schema) and not as our
// connector reads them. It knows nothing of flead: what it says of money is the other side of every
// comparison of the year. Honest and always there; wire.h is what stands between. Callers: year.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/base/time.h"
#include "core/base/world.h"
#include "core/channels/transport.h"

namespace flead::sim {

// A shop that takes payments, or a gateway that pays out; its own login either way.
struct BankShop {
  std::string login, secret;
  std::string hook;  // where it tells of events: the path of ours
  bool test = false;
  bool gateway = false;
  std::int64_t balance_minor = 0;  // what lies there now
};

struct BankObject {
  enum class Kind { payment, refund, payout };
  Kind kind = Kind::payment;
  std::string id, shop, status = "pending";
  std::string ours;     // what the shop wrote into its metadata
  std::string payment;  // refund: of which
  std::string recipient;
  std::string party, reason;  // of an end that is none
  std::int64_t asked_minor = 0;
  std::int64_t minor = 0;  // what was moved in the end
  std::int64_t fee_minor = 0;
  std::int64_t back_minor = 0;  // payment: given back
  bool one_step = false;        // payment: taken at once
  bool with_payer = false;      // payment: the money is on its way, and the page is closed
  bool by_hand = false;         // refund: made in the cabinet, by no call of ours
  TimeMs made_at = 0, ended_at = 0, expires_at = 0;
  bool ended() const { return status == "succeeded" || status == "canceled"; }
};

// What it wants to tell a shop.
struct BankNotice {
  TimeMs event_at = 0;
  int tries = 0;
  std::string shop, body;
};

class Bank {
 public:
  Bank(Clock& clock, Random& chance) : clock_(clock), chance_(chance) {}

  void open_shop(BankShop shop) { shops_[shop.login] = std::move(shop); }
  BankShop& shop(const std::string& login) { return shops_.at(login); }
  void set_hook(const std::string& login, std::string path) {
    shops_.at(login).hook = std::move(path);
  }
  void top_up(const std::string& login, std::int64_t minor) {
    shops_.at(login).balance_minor += minor;
  }

  // One request, answered as the page says.
  channels::HttpReply answer(const channels::HttpRequest& request);
  // Whatever was to end by itself up to now has ended.
  void tick();
  TimeMs next_end() const { return timers_.empty() ? INT64_MAX : timers_.begin()->first; }

  // ---- payers ----
  enum class Pays { now, slowly, not_at_all };
  // False: the page is closed, nothing was taken.
  bool pay(const std::string& id, Pays how, std::int64_t after_ms = 0);
  // In the cabinet, past all of our calls.
  void give_back_by_hand(const std::string& payment, std::int64_t minor);

  // ---- its books ----
  const BankObject* find(const std::string& id) const;
  const std::map<std::string, BankObject>& objects() const { return objects_; }
  std::vector<BankNotice> take_notices();

  bool strict_balance = true;  // a refund needs the shop's money

 private:
  struct Answered {
    TimeMs at = 0;
    std::string asked;
    channels::HttpReply reply;
  };
  using Reply = channels::HttpReply;
  struct Asked {
    std::string method, path, query, key;
    Json body;
    BankShop* shop = nullptr;
  };

  Reply route(const Asked& asked);
  Reply create_payment(const Asked& asked);
  Reply create_refund(const Asked& asked);
  Reply create_payout(const Asked& asked);
  Reply act_on_payment(const Asked& asked, const std::string& id, bool captures);
  Reply list_payments(const Asked& asked);
  Reply list_where(const Asked& asked, BankObject::Kind kind, const std::string& payment,
                   const std::string& ours);
  Reply account(const Asked& asked);
  Reply fetch(const Asked& asked, BankObject::Kind kind, const std::string& id);

  BankObject& add(BankObject object);
  BankObject& make(const Asked& asked, BankObject::Kind kind, std::int64_t minor);
  void succeed(BankObject& object, std::int64_t minor);
  void cancel(BankObject& object, std::string party, std::string reason);
  void settle(BankObject& object);
  void tell(const BankObject& object, std::string_view event);
  Json json_of(const BankObject& object) const;
  bool rolls(std::uint64_t percent) { return chance_.below(100) < percent; }
  TimeMs later(std::int64_t least_ms, std::int64_t most_ms);

  Clock& clock_;
  Random& chance_;
  std::map<std::string, BankShop> shops_;
  std::map<std::string, BankObject> objects_;
  std::vector<std::string> order_;              // ids, as they were made
  std::multimap<std::string, std::string> of_;  // payment's id or our own id: objects
  std::map<std::string, Answered> answered_;    // by shop and key
  std::multimap<TimeMs, std::string> timers_;   // when an object is looked at again
  std::vector<BankNotice> notices_;
};

// "1500.00"
std::string bank_amount(std::int64_t minor);

}  // namespace flead::sim
