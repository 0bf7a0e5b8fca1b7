// How a statement is written: Markdown for people, CSV for programs, HTML to be printed.
#include <utility>

#include <fmt/format.h>

#include "core/base/csv.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/money/statement.h"

namespace flead::money {
namespace {

struct Words {
  std::string_view title, expert, period, date, what, price, kept, amount;
  std::string_view opening, earned, refunded, paid, other, closing, none, note;
  std::string_view meeting, refund, payout, returned, correction;
};

constexpr Words k_english = {
    "Statement of earnings",
    "Expert",
    "Month",
    "Date",
    "What",
    "Price",
    "Kept",
    "Amount",
    "Opening balance",
    "Earned",
    "Refunds",
    "Paid out",
    "Other",
    "Closing balance",
    "Nothing has taken place in this month.",
    "Kept is the platform's share with all fees. Times are of the zone {}. Each line is a "
    "transaction of the ledger.",
    "Meeting",
    "Refund",
    "Payout",
    "Payout that came back",
    "Other",
};
constexpr Words k_russian = {
    "Отчёт о начислениях",
    "Эксперт",
    "Месяц",
    "Дата",
    "Что",
    "Цена",
    "Удержано",
    "Сумма",
    "Остаток на начало",
    "Начислено",
    "Возвраты",
    "Выплачено",
    "Прочее",
    "Остаток на конец",
    "В этом месяце ничего не было.",
    "Удержано — доля площадки вместе с комиссиями. Время — по зоне {}. Каждая строка — "
    "проводка журнала.",
    "Встреча",
    "Возврат",
    "Выплата",
    "Вернувшаяся выплата",
    "Прочее",
};

const Words& words_in(std::string_view language) {
  return language == "ru" ? k_russian : k_english;
}

std::string_view kind_word(const Words& words, StatementLine::Kind kind) {
  switch (kind) {
    case StatementLine::Kind::meeting:
      return words.meeting;
    case StatementLine::Kind::refund:
      return words.refund;
    case StatementLine::Kind::payout:
      return words.payout;
    case StatementLine::Kind::returned:
      return words.returned;
    case StatementLine::Kind::other:
      return words.correction;
  }
  return "";
}

// "-1500.00", for programs.
std::string plain_amount(std::int64_t minor) {
  const std::int64_t size = minor < 0 ? -minor : minor;
  return fmt::format("{}{}.{:02}", minor < 0 ? "-" : "", size / 100, size % 100);
}

// "−1 500,00" and "−1,500.00", for columns of figures.
std::string column_amount(std::int64_t minor, std::string_view language) {
  const bool ru = language == "ru";
  const std::int64_t size = minor < 0 ? -minor : minor;
  const std::string digits = std::to_string(size / 100);
  std::string out = minor < 0 ? "−" : "";
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ru ? "\u00A0" : ",";
    out += digits[i];
  }
  return out + fmt::format("{}{:02}", ru ? "," : ".", size % 100);
}

std::string day_of(const Zone& zone, TimeMs at, std::string_view language) {
  const Date day = zone.wall(at).date;
  if (language != "ru") return format_date(day);
  return fmt::format("{:02}.{:02}.{}", day.day, day.month, day.year);
}

Zone zone_of(const Statement& statement) {
  auto zone = Zone::load(statement.zone);
  return zone ? *zone : Zone::utc();
}

// A line as cells: date, kind, text, price, kept, amount.
struct Cells {
  std::string date, kind, text, price, kept, amount;
};
Cells cells_of(const StatementLine& line, const Zone& zone, std::string_view language) {
  const bool meeting = line.kind == StatementLine::Kind::meeting;
  return {day_of(zone, line.at, language),
          std::string(kind_word(words_in(language), line.kind)),
          line.text,
          meeting ? column_amount(line.price_minor, language) : "",
          meeting ? column_amount(line.kept_minor, language) : "",
          column_amount(line.amount_minor, language)};
}

std::vector<std::pair<std::string_view, std::int64_t>> totals_of(const Statement& statement,
                                                                 const Words& words) {
  std::vector<std::pair<std::string_view, std::int64_t>> out = {
      {words.opening, statement.opening_minor}, {words.earned, statement.earned_minor}};
  if (statement.refunded_minor != 0) out.emplace_back(words.refunded, statement.refunded_minor);
  if (statement.paid_minor != 0) out.emplace_back(words.paid, statement.paid_minor);
  if (statement.other_minor != 0) out.emplace_back(words.other, statement.other_minor);
  out.emplace_back(words.closing, statement.closing_minor);
  return out;
}

// Signs that would mean something in Markdown, and line ends.
std::string markdown_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\`*_{}[]<>|#").find(c) != std::string_view::npos) out += '\\';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  return out;
}

constexpr std::string_view k_page_style = R"css(
@page { size: A4; margin: 18mm 16mm; }
* { box-sizing: border-box; }
body { font: 10.5pt/1.45 system-ui, "Noto Sans", "DejaVu Sans", sans-serif; color: #111;
  background: #fff; max-width: 178mm; margin: 8mm auto; padding: 0 4mm; }
h1 { font-size: 16pt; margin: 0 0 4mm; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 1mm 6mm; margin: 0 0 6mm; }
dt { color: #444; } dd { margin: 0; }
table { width: 100%; border-collapse: collapse; margin: 0 0 6mm; }
caption { text-align: left; font-weight: 600; padding: 0 0 2mm; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { text-align: left; vertical-align: top; padding: 1.5mm 2mm; border-bottom: 1px solid #bbb; }
.sum { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.last th, .last td { border-top: 2px solid #111; font-weight: 700; }
p { color: #444; font-size: 9pt; }
@media print { body { margin: 0; max-width: none; padding: 0; } }
)css";

std::string html_lines(const Statement& statement, const Words& words, std::string_view language) {
  if (statement.lines.empty()) return fmt::format("<p>{}</p>\n", words.none);
  const Zone zone = zone_of(statement);
  std::string out = fmt::format(
      "<table>\n<caption>{} {}</caption>\n<thead><tr><th scope=\"col\">{}</th>"
      "<th scope=\"col\">{}</th><th scope=\"col\" class=\"sum\">{}</th>"
      "<th scope=\"col\" class=\"sum\">{}</th><th scope=\"col\" "
      "class=\"sum\">{}</th></tr></thead>\n"
      "<tbody>\n",
      words.period, escape_html(statement.month), words.date, words.what, words.price, words.kept,
      words.amount);
  for (const StatementLine& line : statement.lines) {
    const Cells cells = cells_of(line, zone, language);
    out += fmt::format(
        "<tr><td>{}</td><td>{}: {}</td><td class=\"sum\">{}</td><td class=\"sum\">{}</td>"
        "<td class=\"sum\">{}</td></tr>\n",
        cells.date, cells.kind, escape_html(cells.text), cells.price, cells.kept, cells.amount);
  }
  return out + "</tbody>\n</table>\n";
}

}  // namespace

std::string statement_markdown(const Statement& statement, std::string_view language) {
  const Words& words = words_in(language);
  const Zone zone = zone_of(statement);
  std::string out = fmt::format("# {}: {}\n\n{}: {}  \n{}: {}\n\n", words.title,
                                markdown_text(statement.tenant_name), words.expert,
                                markdown_text(statement.host_name), words.period, statement.month);
  if (statement.lines.empty()) {
    out += std::string(words.none) + "\n";
  } else {
    out += fmt::format("| {} | {} | {} | {} | {} |\n|---|---|---:|---:|---:|\n", words.date,
                       words.what, words.price, words.kept, words.amount);
    for (const StatementLine& line : statement.lines) {
      const Cells cells = cells_of(line, zone, language);
      out += fmt::format("| {} | {}: {} | {} | {} | {} |\n", cells.date, cells.kind,
                         markdown_text(cells.text), cells.price, cells.kept, cells.amount);
    }
  }
  out += fmt::format("\n| | {} |\n|---|---:|\n", statement.currency);
  for (const auto& [name, minor] : totals_of(statement, words)) {
    out += fmt::format("| {} | {} |\n", name, column_amount(minor, language));
  }
  return out + "\n" + fmt::format(fmt::runtime(words.note), statement.zone) + "\n";
}

std::string statement_csv(const Statement& statement, std::string_view language) {
  const Words& words = words_in(language);
  const Zone zone = zone_of(statement);
  std::string out = "date,kind,what,price,kept,amount,balance,currency,subject,number\n";
  std::int64_t balance = statement.opening_minor;
  const auto row = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) out += ',';
      // Figures with a minus are figures, no formulas.
      if (i >= 3 && i <= 6) {
        out += cells[i];
      } else {
        append_csv_cell(out, cells[i]);
      }
    }
    out += '\n';
  };
  row({format_date(zone.wall(statement.from).date), "opening", std::string(words.opening), "", "",
       "", plain_amount(balance), statement.currency, "", ""});
  for (const StatementLine& line : statement.lines) {
    const bool meeting = line.kind == StatementLine::Kind::meeting;
    balance += line.amount_minor;
    row({format_date(zone.wall(line.at).date), std::string(statement_kind(line.kind)), line.text,
         meeting ? plain_amount(line.price_minor) : "",
         meeting ? plain_amount(line.kept_minor) : "", plain_amount(line.amount_minor),
         plain_amount(balance), statement.currency, line.subject, std::to_string(line.number)});
  }
  row({format_date(zone.wall(statement.to - 1).date), "closing", std::string(words.closing), "", "",
       "", plain_amount(statement.closing_minor), statement.currency, "", ""});
  return out;
}

std::string statement_html(const Statement& statement, std::string_view language) {
  const Words& words = words_in(language);
  const std::string title =
      fmt::format("{}: {}, {}", words.title, escape_html(statement.host_name), statement.month);
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n<h1>{}</h1>\n"
      "<dl><dt>{}</dt><dd>{}</dd><dt>{}</dt><dd>{}</dd></dl>\n",
      language == "ru" ? "ru" : "en", title, k_page_style,
      escape_html(statement.tenant_name) + ": " + std::string(words.title), words.expert,
      escape_html(statement.host_name), words.period, escape_html(statement.month));
  out += html_lines(statement, words, language);
  out += fmt::format("<table>\n<caption>{}</caption>\n<tbody>\n", statement.currency);
  for (const auto& [name, minor] : totals_of(statement, words)) {
    out += fmt::format("<tr{}><th scope=\"row\">{}</th><td class=\"sum\">{}</td></tr>\n",
                       name == words.closing ? " class=\"last\"" : "", name,
                       column_amount(minor, language));
  }
  out += "</tbody>\n</table>\n<p>" +
         fmt::format(fmt::runtime(words.note), escape_html(statement.zone)) + "</p>\n";
  return out + "</main>\n</body>\n</html>\n";
}

}  // namespace flead::money
