#include "store/record.h"

#include "store/lines.h"
#include "util/errors.h"
#include "util/json.h"

#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cdx {
namespace {

std::string quoted_or_null(const std::string& text) {
  return text.empty() ? "null" : json_quoted(text);
}

// What is no number stands for nothing recorded and is left out.
std::string optional_number(std::string_view key, double value) {
  return !std::isfinite(value) ? "" : fmt::format(",\"{}\":{}", key, value);
}

std::string token_place(const std::optional<TokenRecordPlace>& place) {
  if (!place) return "";
  return fmt::format(R"(,"tokens":{{"file":{},"row":{}}})",
                     json_quoted(place->file),
                     place->row);
}

std::string log_prob_object(const std::map<std::string, double>& log_probs) {
  std::string object;
  for (const auto& [role, value] : log_probs) {
    object += fmt::format("{}{}:{}",
                          object.empty() ? "" : ",",
                          json_quoted(role),
                          log_prob_json(value));
  }
  return "{" + object + "}";
}

int32_t to_id(int64_t id, const std::string& where) {
  if (id < 0 || id > std::numeric_limits<int32_t>::max()) {
    throw UserError(fmt::format("{}: {} is no token id", where, id));
  }
  return static_cast<int32_t>(id);
}

std::vector<int32_t> read_ids(const Json& line, const std::string& where) {
  const Json& ids = json_at(line, "token_ids", where);
  if (!ids.is_array()) throw UserError(where + ": token_ids is not a list");
  std::vector<int32_t> result;
  result.reserve(ids.size());
  for (const Json& id : ids) {
    if (!id.is_number_integer()) {
      throw UserError(where + ": token_ids holds something else than ids");
    }
    result.push_back(to_id(id.get<int64_t>(), where));
  }
  return result;
}

void read_seed(const Json& line,
               const std::string& where,
               GenerationRecord& record) {
  const Json& seed = json_at(line, "seed", where);
  record.seed = json_int(seed, "seed", where);
  record.stream = json_string(seed, "stream", where);
  const std::string key = json_string(seed, "key", where);
  const char* end = key.data() + key.size();
  const auto [stop, error] = std::from_chars(key.data(), end, record.key, 16);
  if (error != std::errc() || stop != end) {
    throw UserError(fmt::format("{}: '{}' is no key", where, key));
  }
}

// What older records do not have.
void read_means(const Json& line,
                const std::string& where,
                GenerationRecord& record) {
  const auto optional = [&](const char* key) {
    return json_optional_double(line, key, where)
        .value_or(GenerationRecord::kNone);
  };
  record.entropy_sampled = optional("entropy_sampled");
  record.kept = optional("kept");
  record.weight = optional("weight");
  record.stop_string =
      json_optional_string(line, "stop_string", where).value_or("");
  if (const auto found = line.find("entropies"); found != line.end()) {
    for (const auto& [role, value] : found->items()) {
      record.entropies[role] = log_prob_at(*found, role, where);
    }
  }
  if (const auto found = line.find("tokens"); found != line.end()) {
    record.tokens = {.file = json_string(*found, "file", where),
                     .row = json_int(*found, "row", where)};
  }
}

void check_schema(const Json& line, const std::string& where) {
  const int64_t schema = json_int(line, "schema", where);
  if (schema != GenerationRecord::kSchema) {
    throw UserError(
        fmt::format("{}: schema {} is not known to this cdx, which reads "
                    "schema {}",
                    where,
                    schema,
                    GenerationRecord::kSchema));
  }
}

// Takes `prefix` off the front of `text`.
bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// Takes a JSON string, quotes included, off the front of `text`.
std::optional<std::string> take_string(std::string_view& text) {
  if (!text.starts_with('"')) return std::nullopt;
  size_t end = 1;
  bool escaped = false;
  while (end < text.size() && text[end] != '"') {
    escaped |= text[end] == '\\';
    end += text[end] == '\\' ? 2 : 1;
  }
  if (end >= text.size()) return std::nullopt;
  const std::string_view token = text.substr(0, end + 1);
  text.remove_prefix(token.size());
  if (!escaped) return std::string(token.substr(1, token.size() - 2));
  const Json value = Json::parse(token, nullptr, /*allow_exceptions=*/false);
  if (!value.is_string()) return std::nullopt;
  return value.get<std::string>();
}

}  // namespace

int64_t GenerationRecord::story_tokens() const {
  return static_cast<int64_t>(token_ids.size()) - (stop_token ? 1 : 0);
}

std::string head_of(const StoryCoordinates& coordinates) {
  return fmt::format(R"({{"prompt_id":{},"condition":{},"sample":{})",
                     json_quoted(coordinates.prompt_id),
                     json_quoted(coordinates.condition),
                     coordinates.sample);
}

std::string encode_record(const GenerationRecord& record) {
  std::string line = head_of(record.coordinates) +
                     fmt::format(R"(,"schema":{})", GenerationRecord::kSchema);
  line += fmt::format(R"(,"text":{},"token_ids":[{}],"n_tokens":{})",
                      json_quoted(record.text),
                      fmt::join(record.token_ids, ","),
                      record.token_ids.size());
  line += fmt::format(
      R"(,"finish_reason":{},"stop_token":{},"stopped_by":{})",
      json_quoted(record.finish_reason),
      record.stop_token ? std::to_string(*record.stop_token) : "null",
      quoted_or_null(record.stopped_by));
  line += fmt::format(R"(,"log_probs":{},"log_prob_sampled":{})",
                      log_prob_object(record.log_probs),
                      log_prob_json(record.log_prob_sampled));
  if (!record.stop_string.empty()) {
    line +=
        fmt::format(R"(,"stop_string":{})", json_quoted(record.stop_string));
  }
  if (!record.entropies.empty()) {
    line +=
        fmt::format(R"(,"entropies":{})", log_prob_object(record.entropies));
  }
  line += optional_number("entropy_sampled", record.entropy_sampled) +
          optional_number("kept", record.kept) +
          optional_number("weight", record.weight) + token_place(record.tokens);
  line += fmt::format(R"(,"seed":{{"seed":{},"stream":{},"key":"{:016x}"}})",
                      record.seed,
                      json_quoted(record.stream),
                      record.key);
  return with_crc(line);
}

std::optional<StoryCoordinates> read_coordinates(std::string_view line) {
  StoryCoordinates coordinates;
  if (!take(line, R"({"prompt_id":)")) return std::nullopt;
  std::optional<std::string> prompt_id = take_string(line);
  if (!prompt_id || !take(line, R"(,"condition":)")) return std::nullopt;
  std::optional<std::string> condition = take_string(line);
  if (!condition || !take(line, R"(,"sample":)")) return std::nullopt;
  const auto [stop, error] = std::from_chars(
      line.data(), line.data() + line.size(), coordinates.sample);
  if (error != std::errc() || stop == line.data() + line.size() ||
      *stop != ',') {
    return std::nullopt;
  }
  coordinates.prompt_id = std::move(*prompt_id);
  coordinates.condition = std::move(*condition);
  return coordinates;
}

GenerationRecord decode_record(std::string_view text,
                               const std::string& where) {
  if (!has_valid_crc(text)) {
    throw WorldError(where + ": the line is damaged (its CRC does not match)");
  }
  const Json line = parse_json(text, where);
  check_schema(line, where);
  GenerationRecord record;
  record.coordinates = {json_string(line, "prompt_id", where),
                        json_string(line, "condition", where),
                        json_int(line, "sample", where)};
  record.text = json_string(line, "text", where);
  record.token_ids = read_ids(line, where);
  record.finish_reason = json_string(line, "finish_reason", where);
  if (const auto id = json_optional_int(line, "stop_token", where)) {
    record.stop_token = to_id(*id, where);
  }
  record.stopped_by =
      json_optional_string(line, "stopped_by", where).value_or("");
  const Json& log_probs = json_at(line, "log_probs", where);
  for (const auto& [role, value] : log_probs.items()) {
    record.log_probs[role] = log_prob_at(log_probs, role, where);
  }
  record.log_prob_sampled = log_prob_at(line, "log_prob_sampled", where);
  read_means(line, where, record);
  read_seed(line, where, record);
  return record;
}

}  // namespace cdx
