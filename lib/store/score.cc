#include "store/score.h"

#include "store/lines.h"
#include "util/errors.h"
#include "util/json.h"

#include <fmt/format.h>

namespace cdx {
namespace {

// Cannot stand inside a JSON string.
constexpr std::string_view kSchemaKey = ",\"schema\":";

void check_schema(const Json& line, const std::string& where) {
  const int64_t schema = json_int(line, "schema", where);
  if (schema == Score::kSchema) return;
  throw UserError(
      fmt::format("{}: schema {} is not known to this cdx, which reads schema "
                  "{} of scores",
                  where,
                  schema,
                  Score::kSchema));
}

bool is_retokenised(const Json& line, const std::string& where) {
  const std::string tokens = json_string(line, "tokens", where);
  if (tokens == "retokenised") return true;
  if (tokens == "recorded") return false;
  throw UserError(fmt::format(
      "{}: tokens is '{}', not recorded or retokenised", where, tokens));
}

}  // namespace

std::string head_of(const std::string& input, int64_t line) {
  return fmt::format(R"({{"input":{},"line":{})", json_quoted(input), line);
}

std::string encode_score(const ScoreLine& line) {
  const Score& score = line.score;
  std::string text = fmt::format(
      R"({}{}{},"model":{},"format":{},"tokens":"{}","n_tokens":{})",
      line.head,
      kSchemaKey,
      Score::kSchema,
      json_quoted(score.model),
      score.format.empty() ? "null" : json_quoted(score.format),
      score.retokenised ? "retokenised" : "recorded",
      score.n_tokens);
  text += fmt::format(R"(,"log_prob":{},"log_prob_text":{},"n_bytes":{})",
                      log_prob_json(score.log_prob),
                      log_prob_json(score.log_prob_text),
                      score.n_bytes);
  text += fmt::format(R"(,"inputs":{},"device":{},"dtype":{})",
                      json_quoted(score.inputs),
                      json_quoted(score.device),
                      json_quoted(score.dtype));
  return with_crc(text);
}

ScoreLine decode_score(std::string_view text, const std::string& where) {
  const Json line = parse_json(text, where);
  check_schema(line, where);
  ScoreLine result;
  result.head = text.substr(0, text.find(kSchemaKey));
  Score& score = result.score;
  score.model = json_string(line, "model", where);
  score.format = json_optional_string(line, "format", where).value_or("");
  score.retokenised = is_retokenised(line, where);
  score.n_tokens = json_int(line, "n_tokens", where);
  score.log_prob = log_prob_at(line, "log_prob", where);
  score.log_prob_text = log_prob_at(line, "log_prob_text", where);
  score.n_bytes = json_int(line, "n_bytes", where);
  score.inputs = json_string(line, "inputs", where);
  score.device = json_string(line, "device", where);
  score.dtype = json_string(line, "dtype", where);
  return result;
}

}  // namespace cdx
