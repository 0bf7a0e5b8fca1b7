#include "sim/year_audit.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/money/books.h"
#include "core/money/reconcile.h"
#include "sim/year.h"

namespace flead::sim {
namespace {

using Kind = BankObject::Kind;

// The nearest whole kopeck, half a kopeck up.
std::int64_t part_of(std::int64_t minor, std::int64_t percent) {
  return (2 * minor * percent + 100) / 200;
}

bool has_seat(booking::State state) {
  return state == booking::State::confirmed || state == booking::State::completed ||
         state == booking::State::no_show;
}

// What one visit comes to: how much the person is to have paid, and what the expert has of it.
struct Sum {
  std::int64_t net_minor = 0;   // kept in the end
  std::int64_t fee_minor = 0;   // off the expert's part
  std::int64_t cost_minor = 0;  // what was really paid, less what came back
  bool earned = false;
};

class Auditor {
 public:
  Auditor(Year& year, bool at_rest) : year_(year), at_rest_(at_rest) {}

  Audit run() {
    for (std::size_t number = 0; number < year_.firms.size(); ++number) {
      const Firm& firm = year_.firms[number];
      look_at_book(firm);
      look_at_bank(firm);
      look_at_payouts(firm);
      if (!at_rest_) continue;
      look_at_visits(number);
      look_at_places(firm);
      look_at_experts(firm);
      compare_registries(firm);
      look_at_seats(firm);
      look_at_ends(firm);
      look_at_messages(firm);
    }
    return std::move(out_);
  }

 private:
  template <class Take>
  void rows(const std::string& sql, const Firm& firm, Take take) {
    year_.read([&](store::Tx& tx) -> Result<bool> {
      FLEAD_CHECK(tx.each(
          sql,
          [&](const store::Row& row) {
            take(row);
            return true;
          },
          firm.tenant.id));
      return true;
    });
  }
  const std::string& name(const Firm& firm) const { return firm.tenant.slug; }

  void look_at_book(const Firm& firm) {
    const auto check = year_.read([&](store::Tx& tx) { return money::verify(tx, firm.tenant.id); });
    for (const auto& fault : check.faults) {
      out_.faults.push_back(name(firm) + ": " + fault.code + " " + fault.message);
    }
    out_.figures["transactions"] += check.transactions;
    balances_.clear();
    std::int64_t sum = 0;
    for (const auto& one : year_.read([&](store::Tx& tx) {
           return money::list_balances(tx, firm.tenant.id, "", std::nullopt);
         })) {
      sum += one.amount_minor();
      balances_[one.account] += one.amount_minor();
      if (one.currency != firm.ledger_currency()) {
        out_.mixed.push_back(name(firm) + ": " + one.account + " in " + one.currency);
      }
    }
    if (sum != 0) out_.not_zero.push_back(fmt::format("{}: {}", name(firm), sum));
  }

  std::int64_t below(const std::string& path) const {
    std::int64_t sum = 0;
    for (const auto& [account, minor] : balances_) {
      if (account == path || account.starts_with(path + ":")) sum += minor;
    }
    return sum;
  }

  // Every payment of ours that the bank knows is this firm's own there, and no payer got more back
  // than they had paid.
  void look_at_bank(const Firm& firm) {
    std::set<std::string> ours;
    rows("SELECT id, provider_id, test FROM payments WHERE tenant_id = $1", firm,
         [&](const store::Row& row) {
           ours.insert(row.string(0));
           const BankObject* there = year_.bank.find(row.string(1));
           if (row.string(1).empty() || firm.cash) return;
           if (there == nullptr || there->shop != firm.shop || there->ours != row.string(0)) {
             out_.mixed.push_back(name(firm) + ": " + row.string(0) + " is another's at the bank");
           }
         });
    for (const auto& [id, object] : year_.bank.objects()) {
      if (object.kind != Kind::payment || object.shop != firm.shop) continue;
      if (!ours.contains(object.ours)) out_.mixed.push_back(id + " is of nothing of ours");
      if (object.back_minor > object.minor) out_.over_returned.push_back(id);
    }
    for (const auto& [id, back] : firm.went_back) {
      if (back > firm.came_in.at(id)) out_.over_returned.push_back(id);
    }
  }

  void look_at_payouts(const Firm& firm) {
    std::map<std::string, int> times;
    for (const auto& [id, object] : year_.bank.objects()) {
      if (object.kind != Kind::payout || object.shop != firm.gateway) continue;
      if (object.status == "canceled") continue;
      if (++times[object.ours] > 1) out_.paid_out_twice.push_back(name(firm) + ": " + object.ours);
    }
    for (const Expert& expert : firm.experts) {
      const std::int64_t earned = earned_here(expert);
      if (paid_to(firm, expert) > earned) {
        out_.paid_out_twice.push_back(fmt::format("{} {}: {} of {}", name(firm), expert.who.slug,
                                                  paid_to(firm, expert), earned));
      }
    }
  }

  // Credits of the expert's account but what came back of payouts, so an upper bound at any time.
  std::int64_t earned_here(const Expert& expert) const {
    const auto found = balances_.find(money::account::expert(expert.who.host.text()));
    const std::int64_t owed = found == balances_.end() ? 0 : -found->second;
    // What is out and what is owed make up what was earned; less than nothing is owed after
    // refunds.
    std::int64_t out = 0;
    for (const auto& [id, minor] : out_to(expert)) out += minor;
    return std::max(owed, std::int64_t{0}) + out;
  }
  std::map<std::string, std::int64_t> out_to(const Expert& expert) const {
    std::map<std::string, std::int64_t> out;
    year_.read([&](store::Tx& tx) -> Result<bool> {
      FLEAD_CHECK(tx.each(
          "SELECT id, amount_minor FROM payouts WHERE host_id = $1 AND "
          "state NOT IN ('failed', 'canceled')",
          [&](const store::Row& row) {
            out[row.string(0)] = row.integer(1);
            return true;
          },
          expert.who.host));
      return true;
    });
    return out;
  }

  std::int64_t paid_to(const Firm& firm, const Expert& expert) const {
    std::int64_t paid = 0;
    for (const auto& [id, object] : year_.bank.objects()) {
      if (object.kind == Kind::payout && object.status == "succeeded" &&
          object.recipient == expert.phone) {
        paid += object.minor;
      }
    }
    const auto hand = firm.paid_out.find(expert.who.host.text());
    return paid + (hand == firm.paid_out.end() ? 0 : hand->second);
  }

  // ---- people ----

  Sum sum_of(const Visit& visit, const booking::Booking& booking) {
    const Firm& firm = year_.firms[visit.firm];
    Sum sum;
    for (const std::string& object : visit.objects) {
      if (firm.cash) {
        const auto back = firm.went_back.find(object);
        sum.cost_minor += firm.came_in.at(object);
        sum.cost_minor -= back == firm.went_back.end() ? 0 : back->second;
        continue;
      }
      const BankObject* there = year_.bank.find(object);
      if (there->status == "succeeded") sum.cost_minor += there->minor - there->back_minor;
    }
    std::optional<TimeMs> known;  // when we learned of the money that counts
    for (const money::Payment& payment : year_.payments_of(visit)) {
      if (payment.state != "succeeded") continue;
      if (known && payment.succeeded_at.value_or(0) > *known) continue;
      known = payment.succeeded_at;
      const BankObject* there = year_.bank.find(payment.provider_id);
      sum.fee_minor = there == nullptr ? 0 : there->fee_minor;
    }
    const std::int64_t rest = visit.price_minor - visit.by_hand_minor;
    if (visit.off == Visit::Off::no) {
      sum.net_minor = has_seat(booking.state) ? rest : 0;
      sum.earned = has_seat(booking.state);
    } else if (visit.off == Visit::Off::by_person && known && *known <= visit.off_at) {
      const std::int64_t due = part_of(visit.price_minor, visit.back_percent);
      sum.net_minor = std::max<std::int64_t>(rest - due, 0);
      sum.earned = true;
    }
    // The fee comes off what was the expert's when it was earned.
    const std::int64_t then = sum.earned ? sum.net_minor + visit.by_hand_later_minor : 0;
    const std::int64_t most = then - part_of(then, firm.share_percent);
    sum.fee_minor = firm.fee_by_expert && sum.earned ? std::min(sum.fee_minor, most) : 0;
    return sum;
  }

  void look_at_visits(std::size_t number) {
    const Firm& firm = year_.firms[number];
    earned_.clear();
    share_minor_ = expert_fees_minor_ = 0;
    of_visits_.clear();
    for (const Visit& visit : year_.visits) {
      if (visit.firm != number) continue;
      const booking::Booking booking = year_.booking_of(visit);
      of_visits_.insert(visit.booking.text());
      of_visits_.insert(booking.id.text());
      if (booking.id != visit.booking) rebooked_.insert(visit.booking.text());
      const Sum sum = sum_of(visit, booking);
      const std::string what =
          fmt::format("{} visit {} {} ({} {}%, price {}, by hand {}): paid {}, should be {}",
                      name(firm), visit.number, booking::state_name(booking.state),
                      static_cast<int>(visit.off), visit.back_percent, visit.price_minor,
                      visit.by_hand_minor, sum.cost_minor, sum.net_minor);
      if (sum.cost_minor != sum.net_minor) out_.charged.push_back(what);
      const bool seat = has_seat(booking.state);
      if (visit.off == Visit::Off::no && sum.cost_minor > 0 && !seat) out_.seats.push_back(what);
      if (seat && sum.cost_minor + visit.by_hand_minor < visit.price_minor) {
        out_.seats.push_back(what);
      }
      out_.figures["kept"] += sum.net_minor;
      ++out_.figures["visits"];
      ++out_.figures["ended " + std::string(booking::state_name(booking.state))];
      if (visit.price_minor == 0) continue;
      const std::size_t expert = firm.meetings[visit.meeting].expert;
      const std::int64_t share = part_of(sum.net_minor, firm.share_percent);
      earned_[firm.experts[expert].who.host.text()] += sum.net_minor - share - sum.fee_minor;
      share_minor_ += share;
      expert_fees_minor_ += sum.fee_minor;
    }
  }

  // ---- where the money is ----

  void place(const Firm& firm, const std::string& path, std::int64_t should) {
    const std::int64_t is = below(path);
    if (is == should) return;
    out_.places.push_back(fmt::format("{} {}: {}, should be {}", name(firm), path, is, should));
  }

  void look_at_places(const Firm& firm) {
    std::int64_t lies = 0, fees = 0, gateway = 0, held = 0, unknown_fees = 0;
    for (const auto& [id, object] : year_.bank.objects()) {
      if (object.status != "succeeded") continue;
      if (object.kind == Kind::payout && object.shop == firm.gateway) gateway -= object.minor;
      if (object.shop != firm.shop || object.kind == Kind::payout) continue;
      out_.figures[object.kind == Kind::payment ? "charged" : "returned"] += object.minor;
      if (object.kind == Kind::refund) {
        if (!year_.cabinet.contains(object.payment)) lies -= object.minor;
      } else if (year_.cabinet.contains(id)) {
        unknown_fees += object.fee_minor;
      } else {
        lies += object.minor - object.fee_minor;
        fees += object.fee_minor;
      }
    }
    for (const Hold& hold : year_.holds) {
      if (&year_.firms[hold.firm] != &firm || hold.object.empty()) continue;
      const BankObject* there = year_.bank.find(hold.object);
      if (there->status == "succeeded" && !year_.cabinet.contains(there->id)) held += there->minor;
    }
    std::int64_t till = 0;
    for (const auto& [id, minor] : firm.came_in) till += minor;
    for (const auto& [id, minor] : firm.went_back) till -= minor;
    for (const auto& [host, minor] : firm.paid_out) till -= minor;
    place(firm, "assets:provider", lies);
    place(firm, "assets:gateway", gateway);
    place(firm, "assets:bank", till);
    place(firm, "assets:payouts", 0);
    place(firm, "expenses:fees", fees - expert_fees_minor_);
    place(firm, "income:share", -share_minor_);
    place(firm, "liabilities:prepaid", -held);
    place(firm, "liabilities:refunds", 0);
    if (unknown_fees > 0) {
      out_.explained.push_back(
          fmt::format("{}: {} of fees for payments that were given back in the bank's office",
                      name(firm), unknown_fees));
    }
    out_.figures["paid out"] -= gateway;
    for (const auto& [host, minor] : firm.paid_out) out_.figures["paid out by hand"] += minor;
    out_.figures["fees"] += fees;
    out_.figures["share"] += share_minor_;
  }

  void look_at_experts(const Firm& firm) {
    for (const Expert& expert : firm.experts) {
      const std::string host = expert.who.host.text();
      const std::int64_t owed = -below(money::account::expert(host));
      const std::int64_t paid = paid_to(firm, expert);
      out_.figures["earned"] += earned_[host];
      out_.figures["owed to experts"] += owed;
      if (earned_[host] == paid + owed) continue;
      out_.experts.push_back(fmt::format("{} {}: earned {}, paid {}, owed {}", name(firm),
                                         expert.who.slug, earned_[host], paid, owed));
    }
    rows(
        "SELECT id, state, provider_id, amount_minor, COALESCE(account_id, '') FROM payouts WHERE "
        "tenant_id = $1",
        firm, [&](const store::Row& row) {
          ++out_.figures["payouts " + row.string(1)];
          if (row.string(4).empty()) return;  // by hand
          const BankObject* there = year_.bank.find(row.string(2));
          const bool arrived = there != nullptr && there->status == "succeeded" &&
                               there->ours == row.string(0) && there->minor == row.integer(3);
          if (arrived != (row.string(1) == "succeeded")) {
            out_.payouts.push_back(name(firm) + ": " + row.string(0) + " " + row.string(1));
          }
        });
    for (const auto& [id, object] : year_.bank.objects()) {
      if (object.kind != Kind::payout || object.shop != firm.gateway) continue;
      const auto known = year_.read([&](store::Tx& tx) -> Result<bool> {
        const auto payout = money::load_payout(tx, firm.tenant.id, money::PayoutId(object.ours));
        return payout && (payout->state == "succeeded") == (object.status == "succeeded");
      });
      if (!known) out_.payouts.push_back(name(firm) + ": the bank's " + id + " " + object.status);
    }
  }

  // The bank's registries, as a person would lay them beside the book.
  void compare_registries(const Firm& firm) {
    if (firm.cash) return;
    std::vector<money::TheirRow> payments, payouts;
    std::set<std::string> explained;
    for (const auto& [id, object] : year_.bank.objects()) {
      if (object.status != "succeeded") continue;
      money::TheirRow row;
      row.id = id;
      row.amount_minor = object.kind == Kind::payment ? object.minor : -object.minor;
      row.currency = firm.ledger_currency();
      const bool pays = object.kind == Kind::payout;
      if (object.shop != (pays ? firm.gateway : firm.shop)) continue;
      auto& registry = pays ? payouts : payments;
      row.line = static_cast<std::int64_t>(registry.size()) + 2;
      registry.push_back(row);
      const bool office = year_.cabinet.contains(pays                          ? ""
                                                 : object.kind == Kind::refund ? object.payment
                                                                               : id);
      if (office) explained.insert(id);
    }
    compare(firm, money::account::provider("yookassa"), payments, explained);
    compare(firm, money::account::gateway("yookassa_payouts"), payouts, {});
  }

  void compare(const Firm& firm, const std::string& account,
               const std::vector<money::TheirRow>& theirs, const std::set<std::string>& explained) {
    money::BookRowsOptions options;
    options.account = account;
    const auto ours = year_.read([&](store::Tx& tx) {
      return money::book_rows(tx, firm.tenant.id, options, money::named_by_payment(theirs));
    });
    const money::Differences found = money::reconcile(theirs, ours);
    out_.figures["registry rows"] += static_cast<std::int64_t>(theirs.size());
    out_.figures["registry agreed"] += found.agreed;
    for (const auto* list : {&found.missing_here, &found.missing_there, &found.amount_differs}) {
      for (const money::Difference& one : *list) {
        const std::string line =
            fmt::format("{} {}: theirs {}, ours {}", name(firm), one.id,
                        one.theirs_minor.value_or(0), one.ours_minor.value_or(0));
        const bool office = list == &found.missing_here && explained.contains(one.id);
        office ? out_.explained.push_back(line + " (given back in the bank's office)")
               : out_.differences.push_back(line);
      }
    }
  }

  // ---- seats ----

  void look_at_seats(const Firm& firm) {
    const auto check = year_.read(
        [&](store::Tx& tx) { return booking::check(year_.test.world(), tx, firm.tenant); });
    for (const booking::Finding& one : check.findings) {
      if (one.problem) out_.seats.push_back(name(firm) + ": " + one.code + " " + one.message);
    }
    rows("SELECT id, status FROM bookings WHERE tenant_id = $1 AND price_minor > 0", firm,
         [&](const store::Row& row) {
           const auto state = booking::parse_state(row.string(1));
           if (state && has_seat(*state) && !of_visits_.contains(row.string(0))) {
             out_.seats.push_back(name(firm) + ": " + row.string(0) + " is nobody's visit");
           }
         });
  }

  // ---- ends ----

  void look_at_ends(const Firm& firm) {
    for (const std::string table : {"payments", "refunds", "payouts"}) {
      rows("SELECT id, state FROM " + table + " WHERE tenant_id = $1", firm,
           [&](const store::Row& row) {
             ++out_.figures[table + " " + row.string(1)];
             if (row.string(1) == "succeeded" || row.string(1) == "canceled") return;
             if (row.string(1) == "failed") return;
             out_.unfinished.push_back(name(firm) + ": " + row.string(0) + " " + row.string(1));
           });
    }
    rows("SELECT id, state FROM refunds WHERE tenant_id = $1 AND state = 'canceled'", firm,
         [&](const store::Row& row) {
           out_.unfinished.push_back(name(firm) + ": " + row.string(0) + " is owed yet");
         });
    rows("SELECT kind, state FROM jobs WHERE tenant_id = $1 AND state IN ('running', 'dead')", firm,
         [&](const store::Row& row) {
           out_.unfinished.push_back(name(firm) + ": " + row.string(0) + " " + row.string(1));
         });
    rows("SELECT id, problem FROM payments WHERE tenant_id = $1 AND problem <> ''", firm,
         [&](const store::Row& row) {
           out_.unfinished.push_back(name(firm) + ": " + row.string(0) + " " + row.string(1));
         });
  }

  // ---- what people were told ----

  void look_at_messages(const Firm& firm) {
    std::set<std::string> keys;
    rows("SELECT COALESCE(unique_key, '') FROM messages WHERE tenant_id = $1", firm,
         [&](const store::Row& row) {
           keys.insert(row.string(0));
           ++out_.figures["messages"];
         });
    const auto told = [&](const std::string& beginning) {
      const auto found = keys.lower_bound(beginning);
      return found != keys.end() && found->starts_with(beginning);
    };
    const auto expect = [&](const std::string& key, const std::string& what) {
      if (!told(key)) out_.untold.push_back(name(firm) + ": " + what + " (" + key + ")");
    };
    rows(
        "SELECT id FROM payments WHERE tenant_id = $1 AND state = 'succeeded' AND "
        "lead_id IS NOT NULL",
        firm, [&](const store::Row& row) {
          expect("payment.received:" + row.string(0), "nothing of the receipt");
        });
    rows(
        "SELECT r.id FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE "
        "r.tenant_id = $1 AND r.state = 'succeeded' AND p.lead_id IS NOT NULL",
        firm, [&](const store::Row& row) {
          expect("payment.refunded:" + row.string(0), "nothing of the money given back");
        });
    // A hold that lapsed: unpaid, too late, or come back as another booking.
    rows(
        "SELECT b.id, (SELECT COUNT(*) FROM payments p WHERE p.subject = b.id AND "
        "p.state = 'succeeded') FROM bookings b WHERE b.tenant_id = $1 AND b.status = 'expired' "
        "AND b.lead_id IS NOT NULL",
        firm, [&](const store::Row& row) {
          if (row.integer(1) > 0) {
            ++out_.figures["paid too late"];
            expect("booking.paid_late:" + row.string(0), "nothing of the money that was late");
          } else if (!rebooked_.contains(row.string(0))) {
            expect("booking.unpaid:" + row.string(0), "nothing of the hold that lapsed");
          }
        });
    rows("SELECT lead_id FROM events WHERE tenant_id = $1 AND kind = 'payment.refund_failed'", firm,
         [&](const store::Row&) { ++out_.figures["refunds failed and told"]; });
  }

  Year& year_;
  bool at_rest_;
  Audit out_;
  std::map<std::string, std::int64_t> balances_;  // of the firm that is looked at
  std::map<std::string, std::int64_t> earned_;    // by host
  std::set<std::string> of_visits_, rebooked_;
  std::int64_t share_minor_ = 0, expert_fees_minor_ = 0;
};

}  // namespace

Audit audit(Year& year, bool at_rest) {
  return Auditor(year, at_rest).run();
}

}  // namespace flead::sim
