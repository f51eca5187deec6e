#include "store/lines.h"

#include "util/errors.h"
#include "util/hash.h"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr std::string_view kCrcKey = ",\"crc\":\"";
constexpr std::string_view kCrcEnd = "\"}";
constexpr size_t kCrcDigits = 8;
constexpr size_t kTail = kCrcKey.size() + kCrcDigits + kCrcEnd.size();

std::string ending(std::string_view body) {
  return fmt::format("{}{:08x}{}", kCrcKey, crc32(body), kCrcEnd);
}

}  // namespace

std::string json_quoted(const std::string& text) {
  return dump_json(Json(text));
}

std::string log_prob_json(double value) {
  if (std::isnan(value)) {
    throw std::invalid_argument("a log-probability is not a number");
  }
  return std::isinf(value) ? "null" : fmt::format("{}", value);
}

double log_prob_at(const Json& object,
                   const std::string& key,
                   const std::string& where) {
  return json_optional_double(object, key, where)
      .value_or(-std::numeric_limits<double>::infinity());
}

std::string with_crc(const std::string& body) {
  return body + ending(body);
}

bool has_valid_crc(std::string_view line) {
  if (line.size() < kTail) return false;
  const std::string_view body = line.substr(0, line.size() - kTail);
  return line.substr(body.size()) == ending(body);
}

void for_each_stored_line(
    const std::filesystem::path& file,
    const std::function<void(std::string_view, LineState, const std::string&)>&
        line) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    throw WorldError(fmt::format(
        "{}: cannot be read: {}", file.string(), std::strerror(errno)));
  }
  std::string text;
  for (int64_t number = 1; std::getline(in, text); ++number) {
    const bool ended = !in.eof();  // by a newline
    LineState state = LineState::kDamaged;
    if (ended && has_valid_crc(text)) {
      state = LineState::kSound;
    } else if (!ended || in.peek() == std::ifstream::traits_type::eof()) {
      state = LineState::kTorn;
    }
    line(text, state, fmt::format("{}:{}", file.string(), number));
  }
  if (in.bad()) throw WorldError(file.string() + ": cannot be read");
}

}  // namespace cdx
