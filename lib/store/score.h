#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Teacher-forced log-likelihood of one text under one model, as a line of JSON:
//
//   {"prompt_id":"p1","condition":"dpo","sample":3,    which story of a run, or
//   {"input":"f.jsonl","line":7,                       which line of a file
//    "schema":1,
//    "model":"base",             its role, or its path
//    "format":"completion",      how the prompt was put; null: without a prompt
//    "tokens":"recorded",        ids as they were drawn; or "retokenised": the
//                                text as the model's own tokenizer encodes it
//    "n_tokens":105,             ids scored, a recorded end token included
//    "log_prob":-181.25,         ln p, summed over them; null: minus infinity
//    "log_prob_text":-181.125,   the same without the end token
//    "n_bytes":480,              of the text behind log_prob_text, in UTF-8: a
//                                stop string counts, a token only given does
//                                not
//    "inputs":"8d0f1c62a95be374", hash of all that the score depends on
//    "device":"cpu","dtype":"float32",  in which it was computed
//    "crc":"025cccfd"}           of all bytes before it, as in generations
namespace cdx {

struct Score {
  static constexpr int64_t kSchema = 1;

  std::string model;
  std::string format;
  bool retokenised = false;
  int64_t n_tokens = 0;
  double log_prob = 0, log_prob_text = 0;
  int64_t n_bytes = 0;
  std::string inputs;
  std::string device, dtype;
};

// A line: `head` is how it begins, head_of() its story or line of a file.
struct ScoreLine {
  std::string head;
  Score score;
};

// Head of the scores of a file's texts. `line` counts from 1.
std::string head_of(const std::string& input, int64_t line);

// The line, without its newline. Throws std::invalid_argument if a
// log-probability is NaN.
std::string encode_score(const ScoreLine& line);

// Of a line with a valid CRC; `where` is what messages call it. Throws
// UserError when it is no score of this schema.
ScoreLine decode_score(std::string_view text, const std::string& where);

}  // namespace cdx
