#include "metrics/lexical.h"

#include "metrics/compression.h"
#include "metrics/numbering.h"
#include "metrics/rounding.h"
#include "util/errors.h"
#include "util/unicode.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

namespace cdx {
namespace {

void check_not_empty(bool empty, const char* metric) {
  if (empty) throw UserError(std::string(metric) + ": there are no texts");
}

std::string join_by_space(const std::vector<std::string>& texts) {
  std::string joined;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) joined += ' ';
    joined += texts[i];
  }
  return joined;
}

double compression_ratio(const std::vector<std::string>& texts,
                         int64_t (*compressed_size)(std::string_view),
                         const char* metric) {
  check_not_empty(texts.empty(), metric);
  const std::string joined = join_by_space(texts);
  return static_cast<double>(joined.size()) /
         static_cast<double>(compressed_size(joined));
}

double share_of_types(const NgramCount& grams) {
  return grams.all == 0 ? 0
                        : static_cast<double>(grams.types) /
                              static_cast<double>(grams.all);
}

void check_vocabulary(int64_t size, const char* metric) {
  if (size >= 1) return;
  throw UserError(fmt::format(
      "{}: the vocabulary has {} tokens; it needs at least 1", metric, size));
}

double adjusted_distinct(const NgramCount& grams, int64_t vocab_size) {
  const auto all = static_cast<double>(grams.all);
  if (all == 0) return 0;
  const auto size = static_cast<double>(vocab_size);
  return static_cast<double>(grams.types) /
         (-size * std::expm1(all * std::log1p(-1 / size)));
}

std::string normal_form(std::string_view text) {
  return std::string(strip_whitespace(to_nfc(text)));
}

}  // namespace

double distinct_n(const TokenIds& tokens, int n) {
  check_not_empty(tokens.texts.empty(), "distinct_n");
  return share_of_types(count_ngrams(tokens, n));
}

double compression_ratio_gzip(const std::vector<std::string>& texts) {
  return compression_ratio(texts, gzip_size, "compression_ratio_gzip");
}

double compression_ratio_gzip_compat(const std::vector<std::string>& texts) {
  return round_decimals(
      compression_ratio(
          texts, double_gzip_size, "compression_ratio_gzip_compat"),
      3);
}

double compression_ratio_xz(const std::vector<std::string>& texts) {
  return compression_ratio(texts, xz_size, "compression_ratio_xz");
}

double compression_ratio_xz_compat(const std::vector<std::string>& texts) {
  return round_decimals(compression_ratio_xz(texts), 3);
}

double ngram_diversity(const std::vector<std::string>& texts, int max_n) {
  check_not_empty(texts.empty(), "ngram_diversity");
  const std::string joined = join_by_space(texts);
  WordNumbering numbering(WordNumbering::Words::kStay);
  const TokenIds tokens{
      .texts = {numbering.numbers(split_spaces(joined), joined)},
      .n_types = numbering.size()};
  if (count_tokens(tokens) < max_n) return std::nan("");
  double sum = 0;
  for (const NgramCount& grams : count_ngrams_up_to(tokens, max_n)) {
    sum += share_of_types(grams);
  }
  return sum;
}

double ngram_diversity_compat(const std::vector<std::string>& texts,
                              int max_n) {
  return round_decimals(ngram_diversity(texts, max_n), 3);
}

double ead(const TokenIds& tokens, int64_t vocab_size) {
  check_not_empty(tokens.texts.empty(), "ead");
  check_vocabulary(vocab_size, "ead");
  return adjusted_distinct(count_ngrams(tokens, 1), vocab_size);
}

double ead_avg5(const TokenIds& tokens, int64_t vocab_size) {
  check_not_empty(tokens.texts.empty(), "ead_avg5");
  check_vocabulary(vocab_size, "ead_avg5");
  constexpr int kOrders = 5;
  double sum = 0;
  for (const NgramCount& grams : count_ngrams_up_to(tokens, kOrders)) {
    sum += adjusted_distinct(grams, vocab_size);
  }
  return sum / kOrders;
}

double duplicate_rate(const std::vector<std::string>& texts) {
  check_not_empty(texts.empty(), "duplicate_rate");
  std::unordered_set<std::string> distinct;
  for (const std::string& text : texts) {
    distinct.insert(normal_form(text));
  }
  return 1 - static_cast<double>(distinct.size()) /
                 static_cast<double>(texts.size());
}

double shared_text_rate(const std::vector<std::vector<std::string>>& prompts) {
  constexpr int64_t kSeveral = -1;
  std::unordered_map<std::string, int64_t> prompt_of;
  std::vector<const int64_t*> places;
  for (size_t p = 0; p < prompts.size(); ++p) {
    const auto prompt = static_cast<int64_t>(p);
    for (const std::string& text : prompts[p]) {
      int64_t& place =
          prompt_of.try_emplace(normal_form(text), prompt).first->second;
      if (place != prompt) place = kSeveral;
      places.push_back(&place);
    }
  }
  check_not_empty(places.empty(), "shared_text_rate");
  const auto shared =
      std::count_if(places.begin(), places.end(), [](const int64_t* place) {
        return *place == kSeveral;
      });
  return static_cast<double>(shared) / static_cast<double>(places.size());
}

}  // namespace cdx
