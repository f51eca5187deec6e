#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cdx {

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  // Ids of a text. With `add_special_tokens` the post-processor of the file
  // adds its own (BOS, [CLS] … [SEP]). Added tokens are found in the text,
  // special ones too: "<|endoftext|>" is one id. Throws UserError on invalid
  // UTF-8 and on more than 256 MiB. Safe to call from several threads.
  virtual std::vector<int32_t> encode(std::string_view text,
                                      bool add_special_tokens) const = 0;
  // Text of ids; invalid UTF-8 becomes U+FFFD, an id without a token nothing.
  virtual std::string decode(const std::vector<int32_t>& ids,
                             bool skip_special_tokens) const = 0;
  // Number of tokens, added ones included; ids may have gaps.
  virtual int64_t vocab_size() const = 0;
  virtual std::optional<int32_t> token_to_id(std::string_view token) const = 0;
  virtual std::optional<std::string> id_to_token(int32_t id) const = 0;
};

// Reads tokenizer.json of a Hugging Face folder, and what tokenizer_config.json
// says about added tokens, BOS and EOS; gives the ids of transformers 4.57.
// Throws UserError naming what is missing or not supported.
std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& folder);

}  // namespace cdx
