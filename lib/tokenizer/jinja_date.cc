#include "tokenizer/jinja_string.h"

#include <charconv>
#include <chrono>
#include <ctime>

#include <fmt/format.h>

namespace cdx::jinja {
namespace {

std::tm parse_date(const std::string& date) {
  std::tm time{};
  int year = 0, month = 0, day = 0;
  const auto number = [&](size_t at, size_t length, int& value) {
    const char* end = date.data() + at + length;
    const auto [stop, error] = std::from_chars(date.data() + at, end, value);
    return error == std::errc() && stop == end;
  };
  bool good = date.size() == 10 && date[4] == '-' && date[7] == '-' &&
              number(0, 4, year) && number(5, 2, month) && number(8, 2, day);
  const std::chrono::year_month_day when{
      std::chrono::year(year),
      std::chrono::month(static_cast<unsigned>(month)),
      std::chrono::day(static_cast<unsigned>(day))};
  good = good && year > 0 && month > 0 && day > 0 && when.ok();
  if (!good) {
    throw TemplateError(fmt::format(
        "'{}' is no date; write year, month and day: 2024-07-26", date));
  }
  const std::chrono::sys_days days(when);
  const auto first = std::chrono::sys_days(when.year() / 1 / 1);
  time.tm_year = year - 1900;
  time.tm_mon = month - 1;
  time.tm_mday = day;
  time.tm_wday = static_cast<int>(std::chrono::weekday(days).c_encoding());
  time.tm_yday = static_cast<int>((days - first).count());
  return time;
}

}  // namespace

std::string format_date(const std::string& date, const std::string& format) {
  // Of the others some depend on the machine.
  static constexpr std::string_view kKnown = "aAbBdDeFHIjmMnpSTtuUVwWxXyYZzf%-";
  std::string plain;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      plain += format[i];
      continue;
    }
    const char code = i + 1 < format.size() ? format[++i] : ' ';
    if (kKnown.find(code) == std::string_view::npos) {
      throw TemplateError(
          fmt::format("strftime_now: '%{}' is not supported", code));
    }
    if (code == 'f') plain += "000000";
    if (code != 'f' && code != 'Z' && code != 'z') plain += {'%', code};
  }
  const std::tm time = parse_date(date);
  if (plain.empty()) return "";
  // The mark tells an empty result from one that did not fit.
  std::string out(plain.size() * 16 + 64, '\0');
  plain += '|';
  out.resize(std::strftime(out.data(), out.size(), plain.c_str(), &time));
  if (!out.empty()) out.pop_back();
  return out;
}

}  // namespace cdx::jinja
