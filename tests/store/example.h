#pragma once

#include "store/record.h"

#include <string>

namespace cdx::test {

inline GenerationRecord example_record(const std::string& prompt_id = "p1",
                                       int64_t sample = 3) {
  GenerationRecord record;
  record.coordinates = {prompt_id, "conformative-g0.5", sample};
  record.text = "A \"fox\",\nan é and a \\.";
  record.token_ids = {5, 0, 2147483647, 7};
  record.finish_reason = "stop";
  record.stop_token = 7;
  record.stopped_by = "both";
  record.log_probs = {{"base", -12.1}, {"dpo", -1.0 / 3.0}};
  record.log_prob_sampled = -2.5;
  record.seed = 20250728;
  record.stream = "conformative-g0.5";
  record.key = 0x00c0ffee12345678;
  return record;
}

// The same with everything that older records do not have.
inline GenerationRecord full_record() {
  GenerationRecord record = example_record();
  record.finish_reason = "stop_string";
  record.stop_token.reset();
  record.stopped_by.clear();
  record.stop_string = "\n\"END\"";
  record.entropies = {{"base", 2.5}, {"dpo", 0.125}};
  record.entropy_sampled = 1.75;
  record.kept = 12.5;
  record.weight = 0.3;
  record.tokens = {.file = "a-r0.tokens.f32", .row = 4096};
  return record;
}

}  // namespace cdx::test
