#include "tokenizer/added_tokens.h"

#include "tokenizer/characters.h"
#include "util/errors.h"
#include "util/unicode.h"

#include <algorithm>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr size_t kMaxContent = 1024;  // bytes: a match is tried everywhere

uint64_t edge(int32_t node, char byte) {
  return static_cast<uint64_t>(node) << 8 | static_cast<uint8_t>(byte);
}

// Byte before which the last character of `text` starts; text is not empty.
size_t last_character(std::string_view text) {
  size_t position = text.size() - 1;
  while ((text[position] & 0xC0) == 0x80) --position;
  return position;
}

bool ends_with_word(std::string_view text) {
  if (text.empty()) return false;
  size_t position = last_character(text);
  return is_word_character(next_code_point(text, position));
}

bool starts_with_word(std::string_view text) {
  size_t position = 0;
  return !text.empty() && is_word_character(next_code_point(text, position));
}

size_t without_spaces_at_end(std::string_view text) {
  while (!text.empty()) {
    size_t begin = last_character(text);
    size_t position = begin;
    if (!is_unicode_space(next_code_point(text, position))) break;
    text = text.substr(0, begin);
  }
  return text.size();
}

size_t spaces_at_start(std::string_view text) {
  size_t end = 0;
  for (size_t position = 0; position < text.size(); end = position) {
    if (!is_unicode_space(next_code_point(text, position))) break;
  }
  return end;
}

}  // namespace

AddedToken read_added_token(const Json& json,
                            int32_t id,
                            const std::string& where) {
  AddedToken token;
  token.id = id;
  token.content = json_string(json, "content", where);
  token.special = json_bool(json, "special", where);
  token.normalized = json_bool(json, "normalized", where);
  token.single_word = json_bool(json, "single_word", where);
  token.lstrip = json_bool(json, "lstrip", where);
  token.rstrip = json_bool(json, "rstrip", where);
  return token;
}

LongestMatcher::LongestMatcher() {
  roots_.fill(-1);
}

void LongestMatcher::add(std::string_view content, int32_t value) {
  int32_t* node = &roots_[static_cast<uint8_t>(content.front())];
  for (size_t i = 0;; ++i) {
    if (*node < 0) {
      *node = static_cast<int32_t>(values_.size());
      values_.push_back(-1);
    }
    if (i + 1 == content.size()) break;
    node = &edges_.try_emplace(edge(*node, content[i + 1]), -1).first->second;
  }
  values_[*node] = value;
}

std::optional<LongestMatcher::Match> LongestMatcher::match(
    std::string_view text) const {
  std::optional<Match> longest;
  int32_t node = roots_[static_cast<uint8_t>(text.front())];
  for (size_t length = 1; node >= 0; ++length) {
    if (values_[node] >= 0) longest = Match{length, values_[node]};
    if (length == text.size()) break;
    auto next = edges_.find(edge(node, text[length]));
    node = next == edges_.end() ? -1 : next->second;
  }
  return longest;
}

AddedTokens::AddedTokens(std::vector<AddedToken> tokens,
                         const Normalizer& normalizer,
                         const std::string& where)
    : tokens_(std::move(tokens)) {
  for (size_t i = 0; i < tokens_.size(); ++i) {
    const AddedToken& token = tokens_[i];
    std::string content = token.normalized && normalizer
                              ? normalizer(token.content)
                              : token.content;
    if (content.empty()) {
      throw UserError(
          fmt::format("{}: the added token {} is empty", where, token.id));
    }
    if (content.size() > kMaxContent) {
      throw UserError(
          fmt::format("{}: the added token {} is longer than {} bytes",
                      where,
                      token.id,
                      kMaxContent));
    }
    LongestMatcher& matcher = token.normalized ? normalized_ : raw_;
    matcher.add(content, static_cast<int32_t>(i));
  }
}

std::vector<TextSegment> AddedTokens::split_raw(std::string_view text) const {
  return split(text, raw_);
}

std::vector<TextSegment> AddedTokens::split_normalized(
    std::string_view text) const {
  return split(text, normalized_);
}

std::vector<TextSegment> AddedTokens::split(
    std::string_view text, const LongestMatcher& matcher) const {
  std::vector<TextSegment> segments;
  size_t done = 0;
  for (size_t position = 0; position < text.size();) {
    auto match = matcher.match(text.substr(position));
    if (!match) {
      ++position;
      continue;
    }
    size_t begin = position, end = position + match->length;
    position = end;
    const AddedToken& token = tokens_[match->value];
    if (token.single_word && (ends_with_word(text.substr(0, begin)) ||
                              starts_with_word(text.substr(end)))) {
      continue;
    }
    // The match before may have taken this white space already.
    if (token.lstrip) {
      begin = std::max(done, without_spaces_at_end(text.substr(0, begin)));
    }
    if (token.rstrip) end += spaces_at_start(text.substr(end));
    if (begin > done) segments.push_back({text.substr(done, begin - done), {}});
    segments.push_back({text.substr(begin, end - begin), token.id});
    done = end;
  }
  if (done < text.size()) segments.push_back({text.substr(done), {}});
  return segments;
}

}  // namespace cdx
