// Payouts in one line: a gateway of YooKassa that keeps what it was asked for, a store that ends
// the process at a chosen commit, experts who have earned something.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/money/books.h"
#include "core/money/payout_run.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead::test {

// Answers as the vendor's document says: a key is remembered, a sum is taken off when it is sent.
class FakeGateway final : public channels::Transport {
 public:
  enum class Fault { none, lost, unacted, too_many, bad_request };
  struct Made {
    std::string id, key, body, ours, status, reason;
    std::int64_t minor = 0;
  };

  std::int64_t balance_minor = 100'000'000;
  std::string born = "pending";  // the status of what is made
  std::string born_reason;
  bool tests = false;
  bool keys_forgotten = false;                               // a day has gone by
  std::function<Fault(const channels::HttpRequest&)> fault;  // of this request
  std::function<void(const channels::HttpRequest&)> before;  // what happens meanwhile
  std::vector<Made> made;
  std::vector<channels::HttpRequest> sent;

  channels::HttpReply http(const channels::HttpRequest& request) override;
  channels::SmtpReply smtp(const channels::SmtpRequest&) override { return {}; }
  std::int64_t asked(std::string_view label) const;
  void settle(std::string_view status, std::string_view reason = "");  // all that is pending
  std::int64_t paid_minor() const;                                     // all that succeeded

 private:
  channels::HttpReply answer(const channels::HttpRequest& request);
  channels::HttpReply create(const channels::HttpRequest& request);
  Json object_of(const Made& one) const;
};

// Thrown where the process ends.
struct PayoutKilled {};

// Ends at the commit with this number: before it reaches the store, or right after. 0: never.
class EndingStore final : public store::Store {
 public:
  explicit EndingStore(store::Store& inner) : inner_(inner) {}
  void end_at(std::int64_t commit, bool after) {
    end_ = commit;
    after_ = after;
    commits_ = 0;
    dead_ = false;
  }
  std::int64_t commits() const { return commits_; }
  void check_alive() const {
    if (dead_) throw PayoutKilled();
  }

  Status run_write(const std::function<Status(store::Tx&)>& work) override;
  Status run_read(const std::function<Status(store::Tx&)>& work) override {
    check_alive();
    return inner_.run_read(work);
  }
  void write_later(std::function<Status(store::Tx&)> work,
                   std::function<void(Status)> done) override {
    done(run_write(work));
  }
  std::string_view engine() const override { return inner_.engine(); }
  store::WriteStats write_stats() const override { return inner_.write_stats(); }
  Result<std::int64_t> remembered_version() override { return inner_.remembered_version(); }
  Status start_upkeep() override { return {}; }
  Result<store::StoreSize> size() override { return inner_.size(); }
  Result<std::int64_t> release_pages(std::int64_t) override { return std::int64_t{0}; }
  Status vacuum() override { return {}; }
  Status copy_to(const std::string& path) override { return inner_.copy_to(path); }
  Status check() override { return inner_.check(); }

 private:
  store::Store& inner_;
  std::int64_t end_ = 0, commits_ = 0;
  bool after_ = false, dead_ = false;
};

// Acme with experts, a gateway and a worker of its own.
class PayoutDesk {
 public:
  PayoutDesk();

  money::PayoutRecipient add_expert(std::string_view slug);
  // A meeting that was completed so long ago; `test`: paid with money of tests.
  void earn(const money::PayoutRecipient& who, std::int64_t minor,
            std::int64_t age_ms = 30 * k_day_ms, bool test = false);
  // Given back out of what the expert has earned with the latest meeting.
  void give_back(const money::PayoutRecipient& who, std::int64_t minor);
  money::PayAccount connect(bool test = false);
  void pay_by_phone(const money::PayoutRecipient& who);
  void pay_by_hand(const money::PayoutRecipient& who);
  void set(std::string_view key, std::string_view value);

  Result<money::PayoutRunReport> run(money::PayoutRunOptions options = {});
  std::vector<money::PayoutLine> plan(const money::PayoutWish& wish = {});
  void work();  // what is due now
  void work_for(std::int64_t ms, std::int64_t step_ms);
  std::vector<money::Payout> payouts();  // oldest first
  std::int64_t owed(const money::PayoutRecipient& who, std::string_view currency = "RUB");
  std::int64_t balance(std::string_view account, std::string_view currency = "RUB");
  void check_book();

  TestApp test;
  FakeGateway gateway;
  EndingStore store;
  App app;  // with the two above
  std::vector<money::PayoutRecipient> experts;

 private:
  void post(money::NewTransaction entry);
  std::int64_t meetings_ = 0;
};

}  // namespace flead::test
