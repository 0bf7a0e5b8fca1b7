#include "core/money/reconcile.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <tuple>
#include <utility>

#include "core/base/text.h"
#include "core/money/books.h"

namespace flead::money {
namespace {

struct OfOneId {
  std::vector<const TheirRow*> theirs;
  std::vector<const OurRow*> ours;
};

// Crosses out equal amounts; what is left stays, ours only as far as it is of the period.
void cross_out(OfOneId& rows) {
  std::stable_sort(rows.theirs.begin(), rows.theirs.end(), [](const auto* one, const auto* other) {
    return one->amount_minor < other->amount_minor;
  });
  // Rows of the period first: those of other months must not take their partner.
  std::stable_sort(rows.ours.begin(), rows.ours.end(), [](const auto* one, const auto* other) {
    return std::tuple(one->amount_minor, !one->in_period) <
           std::tuple(other->amount_minor, !other->in_period);
  });
  std::vector<const TheirRow*> theirs;
  std::vector<const OurRow*> ours;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < rows.theirs.size() || j < rows.ours.size()) {
    const TheirRow* their = i < rows.theirs.size() ? rows.theirs[i] : nullptr;
    const OurRow* our = j < rows.ours.size() ? rows.ours[j] : nullptr;
    if (their != nullptr && our != nullptr && their->amount_minor == our->amount_minor) {
      ++i;
      ++j;
    } else if (our == nullptr || (their != nullptr && their->amount_minor < our->amount_minor)) {
      theirs.push_back(their);
      ++i;
    } else {
      if (our->in_period) ours.push_back(our);
      ++j;
    }
  }
  rows.theirs = std::move(theirs);
  rows.ours = std::move(ours);
}

Difference difference_of(const OfOneId& left) {
  Difference out;
  for (const TheirRow* row : left.theirs) {
    out.id = row->id;
    out.currency = row->currency;
    out.theirs_minor = out.theirs_minor.value_or(0) + row->amount_minor;
    out.lines.push_back(row->line);
  }
  for (const OurRow* row : left.ours) {
    out.id = row->provider_id;
    out.currency = row->currency;
    out.ours_minor = out.ours_minor.value_or(0) + row->amount_minor;
    out.numbers.push_back(row->number);
  }
  std::sort(out.lines.begin(), out.lines.end());
  std::sort(out.numbers.begin(), out.numbers.end());
  return out;
}

// What is on its way to an expert has left the account that it was sent from.
bool is_own_asset(std::string_view path) {
  return path.starts_with("assets:") && path != account::k_payouts;
}
bool is_fee(std::string_view account) {
  return account.starts_with(account::fees(""));
}

// What a transaction brings to the account, as a registry would list it.
std::int64_t brought(const Transaction& one, const BookRowsOptions& options) {
  std::int64_t sum = 0;
  for (const Move& move : one.moves) {
    const bool in = move.debit == options.account;
    if (!in && move.credit != options.account) continue;
    const std::string& other = in ? move.credit : move.debit;
    if (is_own_asset(other) || (is_fee(other) && !options.with_fees)) continue;
    sum += in ? move.amount_minor : -move.amount_minor;
  }
  return sum;
}

struct Candidate {
  LedgerId id;
  std::optional<LedgerId> corrects;
  OurRow row;
};

// Whatever was corrected falls away with its correction; a correction that was itself corrected
// takes nothing away.
std::vector<OurRow> standing(std::vector<Candidate> all) {
  std::set<std::string> gone;
  std::vector<OurRow> out;
  for (auto one = all.rbegin(); one != all.rend(); ++one) {
    if (gone.contains(one->id.text())) continue;
    if (one->corrects) {
      gone.insert(one->corrects->text());
    } else {
      out.push_back(std::move(one->row));
    }
  }
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace

Differences reconcile(const std::vector<TheirRow>& theirs, const std::vector<OurRow>& ours) {
  std::map<std::pair<std::string, std::string>, OfOneId> by_id;
  Differences out;
  for (const TheirRow& row : theirs) by_id[{row.id, row.currency}].theirs.push_back(&row);
  for (const OurRow& row : ours) {
    if (!row.provider_id.empty()) {
      by_id[{row.provider_id, row.currency}].ours.push_back(&row);
    } else if (row.in_period) {
      out.missing_there.push_back(difference_of({{}, {&row}}));
    }
  }
  for (auto& [key, rows] : by_id) {
    const std::size_t before = rows.theirs.size();
    cross_out(rows);
    const Difference left = difference_of(rows);
    const bool same = left.theirs_minor && left.theirs_minor == left.ours_minor;
    out.agreed += static_cast<std::int64_t>(same ? before : before - rows.theirs.size());
    if (same || (rows.theirs.empty() && rows.ours.empty())) continue;
    auto& list = rows.ours.empty()     ? out.missing_here
                 : rows.theirs.empty() ? out.missing_there
                                       : out.amount_differs;
    list.push_back(left);
  }
  return out;
}

ProviderIdOf named_in_entry(const std::vector<TheirRow>& theirs) {
  auto ids = std::make_shared<std::set<std::string, std::less<>>>();
  for (const TheirRow& row : theirs) ids->insert(row.id);
  return [ids](store::Tx&, const Transaction& one) -> Result<std::string> {
    if (ids->contains(one.subject)) return one.subject;
    for (const std::string& word : split(one.text, ' ')) {
      std::string_view bare = word;
      while (!bare.empty() && std::string_view(",.;:()").find(bare.back()) != bare.npos) {
        bare.remove_suffix(1);
      }
      while (!bare.empty() && bare.front() == '(') bare.remove_prefix(1);
      if (ids->contains(word)) return word;
      if (ids->contains(bare)) return std::string(bare);
    }
    return one.subject;
  };
}

Result<std::vector<OurRow>> book_rows(store::Tx& tx, const TenantId& tenant,
                                      const BookRowsOptions& options,
                                      const ProviderIdOf& provider_id_of) {
  // So many transactions are in memory whole; of the others only what is compared.
  constexpr std::int64_t k_numbers_per_read = 10'000;
  const TimeMs from = options.from.value_or(INT64_MIN);
  const TimeMs to = options.to.value_or(INT64_MAX);
  FLEAD_TRY(const BookState book, load_book(tx, tenant));
  std::vector<Candidate> all;
  for (std::int64_t after = 0; after < book.last_number; after += k_numbers_per_read) {
    std::vector<Transaction> some;
    FLEAD_CHECK(each_transaction(tx, tenant, {after, after + k_numbers_per_read},
                                 [&](const Transaction& one) {
                                   if (brought(one, options) != 0) some.push_back(one);
                                   return true;
                                 }));
    for (const Transaction& one : some) {
      OurRow row;
      FLEAD_TRY(row.provider_id, provider_id_of(tx, one));
      row.amount_minor = brought(one, options);
      row.currency = one.currency;
      row.at = one.at;
      row.subject = one.subject;
      row.number = one.number;
      row.in_period = one.at >= from && one.at < to;
      all.push_back({one.id, one.corrects, std::move(row)});
    }
  }
  return standing(std::move(all));
}

Json to_json(const Difference& difference, std::string_view kind, std::string_view next) {
  const auto money = [&](const std::optional<std::int64_t>& amount_minor) {
    return amount_minor ? to_json(Money{*amount_minor, difference.currency}) : Json();
  };
  Json lines = Json::array();
  for (const std::int64_t line : difference.lines) lines.push(line);
  Json numbers = Json::array();
  for (const std::int64_t number : difference.numbers) numbers.push(number);
  return Json::object({{"difference", kind},
                       {"id", difference.id},
                       {"theirs", money(difference.theirs_minor)},
                       {"ours", money(difference.ours_minor)},
                       {"lines", std::move(lines)},
                       {"numbers", std::move(numbers)},
                       {"next", next}});
}

}  // namespace flead::money
