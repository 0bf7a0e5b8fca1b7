// The books of a Year as hledger reads them.
#include <cstdio>
#include <fstream>

#include <fmt/format.h>

#include "core/base/text.h"
#include "core/money/ledger_export.h"
#include "sim/year_audit.h"

namespace flead::sim {
namespace {

std::pair<int, std::string> run_shell(const std::string& command) {
  std::string out;
  std::FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return {-1, out};
  char buffer[4096];
  for (std::size_t got = 0; (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    out.append(buffer, got);
  }
  return {pclose(pipe), out};
}

// `"assets:bank","-12.50 RUB"`
void take_line(std::string_view line, std::map<std::string, std::string>& out) {
  const auto cells = split(line, ',');
  if (cells.size() != 2 || cells[0].size() < 2 || cells[1].size() < 2) return;
  const auto bare = [](const std::string& cell) { return cell.substr(1, cell.size() - 2); };
  if (bare(cells[0]) != "account" && bare(cells[1]) != "0") out[bare(cells[0])] = bare(cells[1]);
}

}  // namespace

bool has_hledger() {
  return run_shell("command -v hledger").first == 0;
}

std::vector<std::string> hledger_differences(Year& year) {
  std::vector<std::string> out;
  for (const Firm& firm : year.firms) {
    const std::string path = year.test.dir() + "/" + firm.tenant.slug + ".journal";
    const auto zone = Zone::load(firm.tenant.zone);
    REQUIRE(zone);
    std::ofstream file(path);
    money::LedgerExportOptions options;
    options.format = money::LedgerFormat::journal;
    options.title = firm.tenant.slug;
    REQUIRE(money::export_ledger(year.test.store(), firm.tenant.id, *zone, options,
                                 [&](std::string_view chunk) -> Status {
                                   file << chunk;
                                   return {};
                                 }));
    file.close();
    const auto [code, says] = run_shell("hledger -f " + path + " check --strict 2>&1");
    if (code != 0) out.push_back(firm.tenant.slug + ": " + says);
    const auto balance =
        run_shell("hledger -f " + path + " balance -N --flat --no-elide -O csv 2>&1");
    std::map<std::string, std::string> theirs, ours;
    for (const std::string& line : split(balance.second, '\n')) take_line(line, theirs);
    for (const auto& one : year.read([&](store::Tx& tx) {
           return money::list_balances(tx, firm.tenant.id, "", std::nullopt);
         })) {
      const std::int64_t minor = one.amount_minor();
      if (minor == 0) continue;
      ours[one.account] =
          (minor < 0 ? "-" : "") + bank_amount(minor < 0 ? -minor : minor) + " " + one.currency;
    }
    if (ours.empty() || theirs != ours) {
      out.push_back(fmt::format("{}: {} accounts there, {} here", firm.tenant.slug, theirs.size(),
                                ours.size()));
    }
  }
  return out;
}

}  // namespace flead::sim
