#include "scoring.h"

#include "report/table.h"
#include "report/text.h"
#include "util/errors.h"
#include "util/hash.h"
#include "util/stop.h"

#include <cmath>
#include <numbers>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cdx {
namespace {

constexpr size_t kTableWidth = 120;
constexpr size_t kHashDigits = 16;

void set_numbers(const std::vector<float>& log_probs,
                 bool has_end_token,
                 Score& score) {
  const size_t text_end = log_probs.size() - (has_end_token ? 1 : 0);
  score.n_tokens = static_cast<int64_t>(log_probs.size());
  for (size_t i = 0; i < log_probs.size(); ++i) {
    score.log_prob += log_probs[i];
    if (i < text_end) score.log_prob_text += log_probs[i];
  }
}

std::string number(double value, int decimals) {
  return std::isfinite(value) ? format_fixed(value, decimals)
                              : fmt::format("{}", value);
}

std::string ratio(double sum, int64_t count, int decimals) {
  return count == 0 ? "–" : number(sum / static_cast<double>(count), decimals);
}

std::string perplexity(const ScoreRow& row) {
  if (row.n_tokens == 0) return "–";
  return number(std::exp(-row.log_prob / static_cast<double>(row.n_tokens)), 3);
}

}  // namespace

bool score_into(const ScoringModel& model,
                std::vector<TextToScore> texts,
                ScoreLog& log,
                const std::function<void(const Score&)>& scored) {
  const Placement place = model.generator.placement(model.name);
  std::vector<ScoreRequest> requests;
  requests.reserve(texts.size());
  for (TextToScore& text : texts) requests.push_back(std::move(text.request));
  size_t done = 0;
  model.generator.score(model.name,
                        requests,
                        model.columns,
                        [&](size_t i, std::vector<float>&& log_probs) {
                          Score score = texts[i].score;
                          set_numbers(log_probs, texts[i].has_end_token, score);
                          score.device = place.device;
                          score.dtype = place.dtype;
                          log.append({texts[i].head, score});
                          scored(score);
                          ++done;
                          return !stop_requested();
                        });
  log.sync();
  return done == texts.size();
}

std::string hash_of(const ScoreInputs& inputs) {
  return sha256(fmt::format("cdx score 1 {} {} {} {} [{}] [{}] {}",
                            inputs.weights_hash,
                            inputs.tokenizer_hash,
                            inputs.device.device,
                            inputs.device.dtype,
                            fmt::join(inputs.prompt_ids, ","),
                            fmt::join(inputs.ids, ","),
                            inputs.text))
      .substr(0, kHashDigits);
}

void check_known(const std::vector<int32_t>& ids,
                 int64_t columns,
                 const std::string& where) {
  for (const int32_t id : ids) {
    if (id >= 0 && id < columns) continue;
    throw UserError(fmt::format(
        "{}: token {} of the text is none that the model knows (0 to {})",
        where,
        id,
        columns - 1));
  }
}

void ScoreRow::add(const Score& score) {
  ++texts;
  n_tokens += score.n_tokens;
  n_bytes += score.n_bytes;
  log_prob += score.log_prob;
  log_prob_text += score.log_prob_text;
}

std::string score_table(const std::string& what,
                        const std::vector<ScoreRow>& rows) {
  Table table;
  table.columns = {{.title = what, .numeric = false},
                   {.title = "model", .numeric = false},
                   {.title = "texts"},
                   {.title = "log-prob", .note = "a token"},
                   {.title = "perplexity", .note = "a token"},
                   {.title = "bits", .note = "a byte"}};
  for (const ScoreRow& row : rows) {
    const double bits = -row.log_prob_text / std::numbers::ln2;
    TableRow line;
    for (const std::string& text : {row.what,
                                    row.model,
                                    std::to_string(row.texts),
                                    ratio(row.log_prob, row.n_tokens, 4),
                                    perplexity(row),
                                    ratio(bits, row.n_bytes, 4)}) {
      line.cells.push_back({.text = text});
    }
    table.rows.push_back(std::move(line));
  }
  return table_text(table, kTableWidth);
}

}  // namespace cdx
