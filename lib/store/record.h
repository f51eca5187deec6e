#pragma once

#include "store/token_records.h"

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// One finished story as one line of JSON.
namespace cdx {

// Which story of an experiment.
struct StoryCoordinates {
  std::string prompt_id;
  std::string condition;
  int64_t sample = 0;
};

struct GenerationRecord {
  static constexpr int64_t kSchema = 1;
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

  StoryCoordinates coordinates;
  std::string text;                // valid UTF-8, without the end token
  std::vector<int32_t> token_ids;  // what was drawn, end token included
  // "stop" (an end token), "stop_string" or "length".
  std::string finish_reason;
  std::optional<int32_t> stop_token;  // the last id, after "stop"
  // "base", "instruct" or "both" of a mixture, the role of a model alone; ""
  // after "length".
  std::string stopped_by;
  std::string stop_string;  // what the text was cut at, after "stop_string"
  // Natural logarithms summed over token_ids, by role: raw (temperature 1,
  // nothing cut). Minus infinity is written as null.
  std::map<std::string, double> log_probs;
  double log_prob_sampled = 0;  // under the distribution drawn from
  // Means over token_ids: entropy in nats of each model's raw distribution, by
  // role, and of the one drawn from; number of tokens that one is spread over;
  // weight of the base as it acted (TokenDraw::weight). NaN in records of
  // versions that had none.
  std::map<std::string, double> entropies;
  double entropy_sampled = kNone;
  double kept = kNone;
  double weight = kNone;
  // Where each token's numbers lie, if they were asked for.
  std::optional<TokenRecordPlace> tokens;
  // Coordinates of the random numbers.
  int64_t seed = 0;
  std::string stream;
  uint64_t key = 0;

  // Number of token_ids, end token not counted.
  int64_t story_tokens() const;
};

// The line, without its newline: coordinates first, so that read_coordinates()
// needs no JSON parser; then schema, text, token_ids, n_tokens (all ids drawn,
// end token included), finish_reason, …; "crc" last, the CRC-32 of all bytes
// before `,"crc":`. Throws std::invalid_argument if a log-probability is NaN.
std::string encode_record(const GenerationRecord& record);

// `where` is what messages call the line. Throws WorldError when the CRC does
// not match, UserError when the line is sound but no record of this schema.
GenerationRecord decode_record(std::string_view text, const std::string& where);

// How a line about this story begins: "{", then the coordinates.
std::string head_of(const StoryCoordinates& coordinates);

// From a line with a valid CRC; nullopt if it does not begin with coordinates.
std::optional<StoryCoordinates> read_coordinates(std::string_view line);

}  // namespace cdx
