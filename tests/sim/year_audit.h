// The year's books against flead's: what each person should have paid in the end, what each expert
// should have earned, and what lies where, counted from visits, from the bank's objects and from
// the till, and compared with balances, registries, bookings and messages. Callers: year_test.cpp.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/year.h"

namespace flead::sim {

// Lists that have to be empty, one promise each, and figures.
struct Audit {
  std::vector<std::string> faults;          // of the ledger: gaps, hashes, balances
  std::vector<std::string> not_zero;        // books whose balances do not sum to nothing
  std::vector<std::string> mixed;           // test money in live books, or another's payment
  std::vector<std::string> over_returned;   // more given back than was paid
  std::vector<std::string> paid_out_twice;  // one payout, two transfers; or more than was earned
  // Only when everything has come to rest:
  std::vector<std::string> places;       // assets, fees and share, by the bank and the till
  std::vector<std::string> charged;      // people whose money is not what it should be
  std::vector<std::string> seats;        // paid and not held, held and not paid, sold twice
  std::vector<std::string> experts;      // earned is not paid out and owed
  std::vector<std::string> payouts;      // what we call paid out the bank does not, or the reverse
  std::vector<std::string> differences;  // of registries, that nothing explains
  std::vector<std::string> explained;    // of registries, and by what
  std::vector<std::string> unfinished;   // payments, refunds, payouts, jobs that still wait
  std::vector<std::string> untold;       // people who heard nothing of it
  std::map<std::string, std::int64_t> figures;
};
// `at_rest`: the calm weeks are over.
Audit audit(Year& year, bool at_rest);

// What `hledger` reads out of each book differs from the ledger's balances. Needs the program.
bool has_hledger();
std::vector<std::string> hledger_differences(Year& year);

}  // namespace flead::sim
