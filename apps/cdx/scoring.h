#pragma once

#include "decoding/story.h"
#include "store/score_log.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

// What scoring a run and scoring anybody's texts have in common.
namespace cdx {

struct TextToScore {
  std::string head;  // of its line
  ScoreRequest request;
  bool has_end_token = false;  // the last of request.ids is one
  // Filled in but for the numbers of tokens and log-probabilities, device and
  // dtype.
  Score score;
};

struct ScoringModel {
  StoryGenerator& generator;
  std::string name;     // under which the generator has it
  int64_t columns = 0;  // of its logits that are tokens
};

// Scores the texts in their order, appends each to the log and tells `scored`.
// Returns false if it was asked to stop before all were done.
bool score_into(const ScoringModel& model,
                std::vector<TextToScore> texts,
                ScoreLog& log,
                const std::function<void(const Score&)>& scored);

// Score::inputs: of all that decides a score: the model's files, the type it is
// to compute in and on what, the prompt, the text and its ids (none: the
// tokenizer decides).
struct ScoreInputs {
  std::string weights_hash, tokenizer_hash;
  DeviceOptions device;  // as asked for
  const std::vector<int32_t>& prompt_ids;
  const std::vector<int32_t>& ids;
  const std::string& text;
};
std::string hash_of(const ScoreInputs& inputs);

// Throws UserError beginning with `where` for an id that is none of the model's
// `columns` tokens.
void check_known(const std::vector<int32_t>& ids,
                 int64_t columns,
                 const std::string& where);

// A row of the closing table, summed over texts.
struct ScoreRow {
  std::string what, model;
  int64_t texts = 0, n_tokens = 0, n_bytes = 0;
  double log_prob = 0, log_prob_text = 0;

  void add(const Score& score);
};

// Per row: texts; ln p per token (each token counts the same, end tokens too)
// and the perplexity, exp of minus that; bits per byte of the texts, end tokens
// left out. `what` is the first column's heading.
std::string score_table(const std::string& what,
                        const std::vector<ScoreRow>& rows);

}  // namespace cdx
