#include "tokenizer/decoders.h"

#include "tokenizer/byte_level.h"
#include "tokenizer/regex.h"
#include "util/errors.h"
#include "util/unicode.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace cdx {
namespace {

using Tokens = std::vector<std::string>;
// Changes the tokens that the step before made; their texts are joined last.
using Step = std::function<void(Tokens&)>;

constexpr std::string_view kReplacement = "\uFFFD";

void join(Tokens& tokens) {
  std::string text;
  for (const std::string& token : tokens) text += token;
  tokens.clear();
  tokens.push_back(std::move(text));
}

size_t total_size(const Tokens& tokens) {
  size_t bytes = 0;
  for (const std::string& token : tokens) bytes += token.size();
  return bytes;
}

void decode_byte_level(Tokens& tokens) {
  for (std::string& token : tokens) token = from_byte_level(token);
  join(tokens);
  tokens[0] = to_valid_utf8(tokens[0]);
}

void replace_all(std::string& text,
                 std::string_view from,
                 std::string_view to) {
  size_t position = 0;
  while ((position = text.find(from, position)) != std::string::npos) {
    text.replace(position, from.size(), to);
    position += to.size();
  }
}

// Undoes the blanks that BERT's pre-tokenizer set around English punctuation.
void clean_up(std::string& text) {
  constexpr std::pair<std::string_view, std::string_view> kReplacements[] = {
      {" .", "."},
      {" ?", "?"},
      {" !", "!"},
      {" ,", ","},
      {" ' ", "'"},
      {" n't", "n't"},
      {" 'm", "'m"},
      {" do not", " don't"},
      {" 's", "'s"},
      {" 've", "'ve"},
      {" 're", "'re"}};
  for (const auto& [from, to] : kReplacements) replace_all(text, from, to);
}

Step read_word_piece(const Json& json, const std::string& where) {
  std::string prefix = json_string(json, "prefix", where);
  bool cleanup = json_bool(json, "cleanup", where);
  return [=](Tokens& tokens) {
    for (size_t i = 0; i < tokens.size(); ++i) {
      std::string& token = tokens[i];
      if (i > 0 && token.starts_with(prefix)) {
        token.erase(0, prefix.size());
      } else if (i > 0) {
        token.insert(0, 1, ' ');
      }
      if (cleanup) clean_up(token);
    }
  };
}

// Of a token <0xHH>; a sign before a single digit passes too, as in Rust.
std::optional<char> byte_of(const std::string& token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') {
    return std::nullopt;
  }
  auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  int high = token[3] == '+' ? 0 : digit(token[3]), low = digit(token[4]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

// Neighbouring byte tokens are UTF-8 together, or U+FFFD each.
void decode_byte_fallback(Tokens& tokens) {
  Tokens out;
  std::string bytes;
  auto flush = [&] {
    if (is_utf8(bytes)) {
      out.push_back(bytes);
    } else {
      out.insert(out.end(), bytes.size(), std::string(kReplacement));
    }
    bytes.clear();
  };
  for (std::string& token : tokens) {
    if (auto byte = byte_of(token)) {
      bytes += *byte;
      continue;
    }
    if (!bytes.empty()) flush();
    out.push_back(std::move(token));
  }
  if (!bytes.empty()) flush();
  tokens = std::move(out);
}

// Of each token, up to `start` times `content` at its start, `stop` at its end.
Step read_strip(const Json& json, const std::string& where) {
  std::string content = json_string(json, "content", where);
  int64_t start = json_int(json, "start", where);
  int64_t stop = json_int(json, "stop", where);
  if (count_code_points(content) != 1 || start < 0 || stop < 0) {
    throw UserError(where +
                    ": a decoder \"Strip\" needs one character as \"content\", "
                    "and no negative \"start\" or \"stop\"");
  }
  return [=](Tokens& tokens) {
    for (std::string& token : tokens) {
      std::string_view rest = token;
      for (auto n = start; n > 0 && rest.starts_with(content); --n) {
        rest.remove_prefix(content.size());
      }
      for (auto n = stop; n > 0 && rest.ends_with(content); --n) {
        rest.remove_suffix(content.size());
      }
      token = std::string(rest);
    }
  };
}

Step read_replace(const Json& json, const std::string& where) {
  Regex pattern = read_pattern(json, where);
  std::string content = json_string(json, "content", where);
  return [=](Tokens& tokens) {
    for (std::string& token : tokens) {
      token = pattern.replace_all(token, content);
    }
  };
}

// Each `replacement` becomes a blank; those of the first token vanish where
// encoding set one before the text.
Step read_metaspace(const Json& json, const std::string& where) {
  std::string mark = json_string(json, "replacement", where);
  if (count_code_points(mark) != 1) {
    throw UserError(where + ": \"replacement\" must be one character");
  }
  bool prefixed =
      json_optional_string(json, "prepend_scheme", where) != "never";
  return [=](Tokens& tokens) {
    for (size_t i = 0; i < tokens.size(); ++i) {
      replace_all(tokens[i], mark, i == 0 && prefixed ? "" : " ");
    }
  };
}

Step read_step(const Json& json, const std::string& where);

Step read_sequence(const Json& json, const std::string& where) {
  std::vector<Step> steps;
  for (const Json& step : json_list(json, "decoders", where)) {
    steps.push_back(read_step(step, where));
  }
  return [steps](Tokens& tokens) {
    const size_t before = total_size(tokens);
    for (const Step& step : steps) {
      step(tokens);
      check_growth(before, total_size(tokens));
    }
  };
}

Step read_step(const Json& json, const std::string& where) {
  std::string type = json_string(json, "type", where);
  if (type == "ByteLevel") return decode_byte_level;
  if (type == "ByteFallback") return decode_byte_fallback;
  if (type == "Fuse") return join;
  if (type == "Strip") return read_strip(json, where);
  if (type == "Replace") return read_replace(json, where);
  if (type == "Metaspace") return read_metaspace(json, where);
  if (type == "WordPiece") return read_word_piece(json, where);
  if (type == "Sequence") return read_sequence(json, where);
  throw UserError(
      fmt::format("{}: the decoder \"{}\" is not supported yet", where, type));
}

// Without a decoder the tokens stand apart.
void set_blanks_between(Tokens& tokens) {
  for (size_t i = 1; i < tokens.size(); ++i) tokens[i].insert(0, 1, ' ');
}

}  // namespace

Decoder read_decoder(const Json& json, const std::string& where) {
  Step step = set_blanks_between;
  if (!json.is_null()) step = read_step(json, where);
  return [step](const std::vector<std::string_view>& tokens) {
    Tokens changed(tokens.begin(), tokens.end());
    step(changed);
    join(changed);
    return std::move(changed[0]);
  };
}

}  // namespace cdx
