// The words and columns of the Monday report. Pure.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/text.h"
#include "core/reports/weekly.h"

namespace flead::reports {

namespace {

struct Words {
  std::string_view title, this_week, before, leads, median, fast, bookings;
  std::string_view by_source, by_utm_source, by_channel, none, nothing;
  std::string_view second, minute, hour;
  std::array<std::string_view, 12> months;
};

constexpr Words k_english{"Week",
                          "this week",
                          "before",
                          "Leads",
                          "First answer, median",
                          "Answered within 5 minutes",
                          "Bookings",
                          "By source",
                          "By campaign source",
                          "By channel",
                          "none",
                          "no answers",
                          "s",
                          "min",
                          "h",
                          {"January", "February", "March", "April", "May", "June", "July", "August",
                           "September", "October", "November", "December"}};

constexpr Words k_russian{"Неделя",
                          "эта неделя",
                          "было",
                          "Заявки",
                          "Первый ответ, медиана",
                          "Ответ за 5 минут",
                          "Записи",
                          "По источникам",
                          "По рекламным источникам",
                          "По каналам",
                          "нет",
                          "нет ответов",
                          "с",
                          "мин",
                          "ч",
                          {"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа",
                           "сентября", "октября", "ноября", "декабря"}};

const Words& words_in(std::string_view language) {
  return language == "ru" ? k_russian : k_english;
}

std::string wait_text(const Words& words, std::optional<std::int64_t> wait_ms) {
  if (!wait_ms) return std::string(words.nothing);
  const std::int64_t seconds = *wait_ms / k_second_ms;
  if (seconds < 60) return fmt::format("{} {}", seconds, words.second);
  if (seconds < 3600) return fmt::format("{} {}", seconds / 60, words.minute);
  return fmt::format("{} {} {} {}", seconds / 3600, words.hour, seconds / 60 % 60, words.minute);
}

// Of all leads: one that nobody answered was not answered fast.
std::string fast_text(const Figures& figures) {
  if (figures.leads == 0) return "-";
  return fmt::format("{} %", (figures.answered_fast * 200 + figures.leads) / (figures.leads * 2));
}

struct Line {
  std::string_view label;
  std::string now, before;
};

std::vector<Line> summary_lines(const Weekly& report, const Words& words) {
  return {{words.leads, fmt::to_string(report.now.leads), fmt::to_string(report.before.leads)},
          {words.median, wait_text(words, report.now.median_answer_ms),
           wait_text(words, report.before.median_answer_ms)},
          {words.fast, fast_text(report.now), fast_text(report.before)},
          {words.bookings, fmt::to_string(report.now.bookings),
           fmt::to_string(report.before.bookings)}};
}

struct Breakdown {
  std::string_view title;
  const std::vector<Share>* shares;
};

// Left out where it has nothing to tell: no rows, or campaigns of which none has a name.
std::vector<Breakdown> breakdowns(const Weekly& report, const Words& words) {
  std::vector<Breakdown> found;
  const auto named = [](const Share& share) { return !share.name.empty(); };
  if (!report.by_source.empty()) found.push_back({words.by_source, &report.by_source});
  if (std::any_of(report.by_utm_source.begin(), report.by_utm_source.end(), named)) {
    found.push_back({words.by_utm_source, &report.by_utm_source});
  }
  if (!report.by_channel.empty()) found.push_back({words.by_channel, &report.by_channel});
  return found;
}

std::string cut_name(const Share& share, const Words& words) {
  constexpr std::size_t k_name_width = 26;
  if (share.name.empty()) return std::string(words.none);
  // A campaign's name is typed by whoever made the link: no line breaks, and not a whole page.
  std::string name = repair_utf8(share.name);
  for (char& c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return std::string(utf8_prefix(name, k_name_width));
}

}  // namespace

std::string period_text(const Weekly& report, std::string_view language) {
  const Words& words = words_in(language);
  const Date first = report.monday;
  const Date last = date_from_days(days_from_date(first) + 6);
  const auto month = [&](Date date) {
    return words.months[static_cast<std::size_t>(date.month - 1)];
  };
  const std::string from =
      first.year != last.year     ? fmt::format("{} {} {}", first.day, month(first), first.year)
      : first.month != last.month ? fmt::format("{} {}", first.day, month(first))
                                  : fmt::to_string(first.day);
  return fmt::format("{}–{} {} {} ({})", from, last.day, month(last), last.year,
                     format_week(first));
}

std::string weekly_text(const Weekly& report, std::string_view language) {
  return fmt::format("{}\n{} {}, {}\n\n{}", report.tenant_name, words_in(language).title,
                     period_text(report, language), report.zone_name,
                     weekly_columns(report, language));
}

std::string weekly_columns(const Weekly& report, std::string_view language) {
  const Words& words = words_in(language);
  std::string text = fmt::format("{:28}{:>14}{:>14}\n", "", words.this_week, words.before);
  for (const Line& line : summary_lines(report, words)) {
    text += fmt::format("{:28}{:>14}{:>14}\n", line.label, line.now, line.before);
  }
  for (const Breakdown& part : breakdowns(report, words)) {
    text += fmt::format("\n{:28}{:>9}{:>9}{:>11}{:>9}\n", part.title, words.leads, words.before,
                        words.bookings, words.before);
    for (const Share& share : *part.shares) {
      text += fmt::format("  {:26}{:>9}{:>9}{:>11}{:>9}\n", cut_name(share, words), share.leads,
                          share.leads_before, share.bookings, share.bookings_before);
    }
  }
  return text;
}

std::string weekly_html(const Weekly& report, std::string_view language) {
  const Words& words = words_in(language);
  // Mail programs drop style sheets: what little style there is stands in the cells.
  constexpr std::string_view k_left = R"(<td style="padding:2px 16px 2px 0">)";
  constexpr std::string_view k_right = R"(<td align="right" style="padding:2px 0 2px 16px">)";
  const auto cell = [&](std::string_view text) {
    return fmt::format("{}{}</td>", k_right, escape_html(text));
  };
  const auto number = [&](std::int64_t value) { return cell(fmt::to_string(value)); };
  const auto left = [&](std::string_view text) {
    return fmt::format("{}{}</td>", k_left, escape_html(text));
  };

  std::string html = fmt::format("<table cellspacing=\"0\">\n<tr>{}{}{}</tr>\n", left(""),
                                 cell(words.this_week), cell(words.before));
  for (const Line& line : summary_lines(report, words)) {
    html += fmt::format("<tr>{}{}{}</tr>\n", left(line.label), cell(line.now), cell(line.before));
  }
  html += "</table>\n";
  for (const Breakdown& part : breakdowns(report, words)) {
    html += fmt::format("<h3>{}</h3>\n<table cellspacing=\"0\">\n<tr>{}{}{}{}{}</tr>\n",
                        escape_html(part.title), left(""), cell(words.leads), cell(words.before),
                        cell(words.bookings), cell(words.before));
    for (const Share& share : *part.shares) {
      html += fmt::format("<tr>{}{}{}{}{}</tr>\n", left(cut_name(share, words)),
                          number(share.leads), number(share.leads_before), number(share.bookings),
                          number(share.bookings_before));
    }
    html += "</table>\n";
  }
  return html;
}

}  // namespace flead::reports
