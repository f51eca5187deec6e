#pragma once

#include "tokenizer/sentencepiece_model.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sentencepiece {
class SentencePieceProcessor;
}

namespace cdx {

// The sentencepiece library with one model: plain texts to ids and back.
class SentencePieceEngine {
 public:
  // Throws WorldError when the library does not take the model.
  SentencePieceEngine(const SentencePieceModel& model,
                      const std::string& where);
  ~SentencePieceEngine();

  // Appends what the library's Encode gives for `text`, which is valid UTF-8.
  // A BPE model whose pieces have "▁" at their beginning only is asked word by
  // word, which gives the same, and its answers for short words are kept: that
  // is faster, above all for long texts.
  void encode(std::string_view text, std::vector<int32_t>& ids) const;
  // What its Decode gives; every id must have a piece.
  std::string decode(const std::vector<int>& ids) const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };

  void encode_part(std::string_view part, std::vector<int32_t>& ids) const;
  void ask(std::string_view part, std::vector<int>& ids) const;

  std::unique_ptr<sentencepiece::SentencePieceProcessor> library_;
  bool cuts_words_;
  bool adds_dummy_prefix_;
  mutable std::mutex mutex_;  // of words_
  mutable std::
      unordered_map<std::string, std::vector<int>, Hash, std::equal_to<>>
          words_;
};

}  // namespace cdx
