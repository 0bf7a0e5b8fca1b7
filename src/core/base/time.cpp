#include "core/base/time.h"

#include <algorithm>
#include <iterator>
#include <string>

namespace flead {
namespace {

constexpr std::string_view k_weekday_short[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::string_view k_month_short[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr TimeMs k_time_min = -62167219200000;  // 0000-01-01T00:00:00.000Z
constexpr TimeMs k_time_max = 253402300799999;  // 9999-12-31T23:59:59.999Z

std::int64_t floor_divide(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

bool is_leap_year(std::int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int days_in_month(std::int64_t year, int month) {
  if (month == 2) return is_leap_year(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// `digits` decimal digits of `value` at `at`, zeros in front.
void put_digits(char* at, std::int64_t value, int digits) {
  for (int i = digits; i-- > 0; value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

void append_digits(std::string& out, std::int64_t value, int digits) {
  char text[20];
  put_digits(text, value, digits);
  out.append(text, static_cast<std::size_t>(digits));
}

// A cursor over text that must match piece by piece.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) : left_(text) {}

  bool done() const { return left_.empty(); }
  bool next_is(char c) const { return !left_.empty() && left_.front() == c; }
  bool next_is_digit() const {
    return !left_.empty() && left_.front() >= '0' && left_.front() <= '9';
  }
  bool take(std::string_view any_of) {
    if (left_.empty() || any_of.find(left_.front()) == std::string_view::npos) return false;
    left_.remove_prefix(1);
    return true;
  }
  // Exactly `digits` digits that make a number from `least` to `most`.
  bool number(int digits, int least, int most, int& value) {
    int read = 0;
    for (int i = 0; i < digits; ++i) {
      if (!next_is_digit()) return false;
      read = read * 10 + (left_.front() - '0');
      left_.remove_prefix(1);
    }
    value = read;
    return read >= least && read <= most;
  }
  bool date(Date& date) {
    return number(4, 1, 9999, date.year) && take("-") && number(2, 1, 12, date.month) &&
           take("-") && number(2, 1, days_in_month(date.year, date.month), date.day);
  }
  // ".1" to ".123456789", cut to milliseconds.
  bool fraction_ms(int& milliseconds) {
    constexpr int k_digits_max = 9;
    int digits = 0;
    milliseconds = 0;
    for (; next_is_digit(); left_.remove_prefix(1)) {
      if (digits < 3) milliseconds = milliseconds * 10 + (left_.front() - '0');
      if (++digits > k_digits_max) return false;
    }
    for (int i = digits; i < 3; ++i) milliseconds *= 10;
    return digits > 0;
  }
  // "Z" or "+03:00", as minutes east of UTC.
  bool offset_minutes(int& minutes) {
    minutes = 0;
    if (take("Zz")) return true;
    const int sign = next_is('-') ? -1 : 1;
    int hours = 0;
    if (!take("+-") || !number(2, 0, 23, hours) || !take(":") || !number(2, 0, 59, minutes)) {
      return false;
    }
    minutes = sign * (hours * 60 + minutes);
    return true;
  }

 private:
  std::string_view left_;
};

std::string format_rfc_date(TimeMs time, std::string_view zone) {
  time = std::clamp(time, k_time_min, k_time_max);
  const Date date = date_from_days(floor_divide(time, k_day_ms));
  const std::int64_t second = (time - days_from_date(date) * k_day_ms) / k_second_ms;
  std::string out(k_weekday_short[weekday_of(date) - 1]);
  out += ", ";
  append_digits(out, date.day, 2);
  out.append(" ").append(k_month_short[date.month - 1]).append(" ");
  append_digits(out, date.year, 4);
  out += ' ';
  append_digits(out, second / 3600, 2);
  out += ':';
  append_digits(out, second / 60 % 60, 2);
  out += ':';
  append_digits(out, second % 60, 2);
  return out.append(" ").append(zone);
}

struct DurationUnit {
  char letter;
  std::int64_t ms;
};
constexpr DurationUnit k_duration_units[] = {
    {'w', 7 * k_day_ms}, {'d', k_day_ms}, {'h', k_hour_ms}, {'m', k_minute_ms}, {'s', k_second_ms}};
constexpr std::int64_t k_duration_max_ms = 3653 * k_day_ms;  // 10 years with their leap days

}  // namespace

std::string format_time(TimeMs time) {
  time = std::clamp(time, k_time_min, k_time_max);
  const Date date = date_from_days(floor_divide(time, k_day_ms));
  const std::int64_t in_day = time - days_from_date(date) * k_day_ms;
  char text[] = "YYYY-MM-DDThh:mm:ss.mmmZ";
  put_digits(text, date.year, 4);
  put_digits(text + 5, date.month, 2);
  put_digits(text + 8, date.day, 2);
  put_digits(text + 11, in_day / k_hour_ms, 2);
  put_digits(text + 14, in_day / k_minute_ms % 60, 2);
  put_digits(text + 17, in_day / k_second_ms % 60, 2);
  put_digits(text + 20, in_day % k_second_ms, 3);
  return {text, sizeof text - 1};
}

std::optional<TimeMs> parse_time(std::string_view text) {
  TimeReader reader(text);
  Date date;
  if (!reader.date(date) || date.year < 1970) return std::nullopt;
  const TimeMs midnight = days_from_date(date) * k_day_ms;
  if (reader.done()) return midnight;

  int hour = 0;
  int minute = 0;
  int second = 0;
  int milliseconds = 0;
  int offset = 0;
  if (!reader.take("Tt ") || !reader.number(2, 0, 23, hour) || !reader.take(":") ||
      !reader.number(2, 0, 59, minute)) {
    return std::nullopt;
  }
  if (reader.take(":")) {
    if (!reader.number(2, 0, 59, second)) return std::nullopt;
    if (reader.take(".") && !reader.fraction_ms(milliseconds)) return std::nullopt;
  }
  if (!reader.offset_minutes(offset) || !reader.done()) return std::nullopt;
  const TimeMs time = midnight + hour * k_hour_ms + (minute - offset) * k_minute_ms +
                      second * k_second_ms + milliseconds;
  if (time < 0 || time > k_time_max) return std::nullopt;
  return time;
}

std::string format_mail_date(TimeMs time) {
  return format_rfc_date(time, "+0000");
}
std::string format_http_date(TimeMs time) {
  return format_rfc_date(time, "GMT");
}

std::optional<std::int64_t> parse_duration_ms(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  std::size_t unit = 0;  // the first of k_duration_units that may still follow
  std::size_t at = 0;
  while (at < text.size()) {
    std::int64_t count = 0;
    const std::size_t start = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      count = count * 10 + (text[at] - '0');
      if (count > k_duration_max_ms) return std::nullopt;
    }
    if (at == start || at == text.size()) return std::nullopt;
    while (unit < std::size(k_duration_units) && k_duration_units[unit].letter != text[at]) ++unit;
    if (unit == std::size(k_duration_units)) return std::nullopt;
    const std::int64_t unit_ms = k_duration_units[unit].ms;
    if (count > (k_duration_max_ms - total) / unit_ms) return std::nullopt;
    total += count * unit_ms;
    ++unit;
    ++at;
  }
  return total;
}

std::string format_duration(std::int64_t duration_ms) {
  std::string out;
  // Seconds from here on, as an unsigned number: the most negative value has no positive twin.
  auto left = static_cast<std::uint64_t>(duration_ms < 0 ? -(duration_ms / k_second_ms)
                                                         : duration_ms / k_second_ms);
  if (left == 0) return "0s";
  if (duration_ms < 0) out += '-';
  for (const auto& unit : k_duration_units) {
    const auto seconds = static_cast<std::uint64_t>(unit.ms / k_second_ms);
    if (unit.letter == 'w' && left % seconds != 0) continue;  // 10d, not 1w3d
    if (left < seconds) continue;
    out += std::to_string(left / seconds);
    out += unit.letter;
    left %= seconds;
  }
  return out;
}

// Days in 400-year eras that begin on 1 March, so that the leap day ends a year.
std::int64_t days_from_date(Date date) {
  const std::int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const std::int64_t era = floor_divide(year, 400);
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * ((date.month + 9) % 12) + 2) / 5 + date.day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         719468;
}

Date date_from_days(std::int64_t days) {
  days += 719468;
  const std::int64_t era = floor_divide(days, 146097);
  const std::int64_t day_of_era = days - era * 146097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const std::int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  Date date;
  date.year = static_cast<std::int32_t>(year_of_era + era * 400 + (month <= 2 ? 1 : 0));
  date.month = static_cast<std::int32_t>(month);
  date.day = static_cast<std::int32_t>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  return date;
}

int weekday_of(Date date) {
  // 1970-01-01 was a Thursday.
  const std::int64_t days = days_from_date(date) + 3;
  return static_cast<int>(days - floor_divide(days, 7) * 7) + 1;
}

std::optional<Date> parse_date(std::string_view text) {
  TimeReader reader(text);
  Date date;
  if (!reader.date(date) || !reader.done()) return std::nullopt;
  return date;
}

std::string format_date(Date date) {
  std::string out;
  append_digits(out, std::clamp(date.year, 0, 9999), 4);
  out += '-';
  append_digits(out, date.month, 2);
  out += '-';
  append_digits(out, date.day, 2);
  return out;
}

}  // namespace flead
