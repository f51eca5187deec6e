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

// Decodes ids one by one: the texts that push() and finish() give are together
// decode() of all ids. A character of several tokens comes with its last one;
// text that the next token may still change is held back.
class StreamDecoder {
 public:
  // `tokenizer` must live as long.
  StreamDecoder(const Tokenizer& tokenizer, bool skip_special_tokens);

  // The text that has become final, often none.
  std::string push(int32_t id);
  // The rest; the decoder can be used anew.
  std::string finish();

 private:
  std::string decode_from(size_t index) const;
  void forget();

  const Tokenizer* tokenizer_;
  bool skip_special_tokens_;
  std::vector<int32_t> ids_;  // the last ones, with enough before them
  size_t given_ = 0;          // bytes of their text
  bool after_bytes_ = false;  // and tokens that show nothing
  size_t border_ = 0;         // where in ids_ a character began, not 0 later on
};

// Reads tokenizer.json of a Hugging Face folder, and what tokenizer_config.json
// says about added tokens, BOS and EOS; gives the ids of transformers 4.57, but
// for two things: "add_bos_token" and "add_eos_token" count whatever the
// "tokenizer_class", and "legacy" does not: tokenizer.json is followed. A
// folder without it may have a tokenizer.model: see sentencepiece.h. Throws
// UserError naming what is missing or not supported.
std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& folder);

}  // namespace cdx
