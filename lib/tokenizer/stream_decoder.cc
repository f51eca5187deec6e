#include "tokenizer/tokenizer.h"
#include "util/unicode.h"

namespace cdx {
namespace {

constexpr std::string_view kReplacement = "\uFFFD";

// Neighbouring byte tokens (<0x0A>) are decoded together: what they are stays
// open until another token follows.
bool is_byte_token(const std::optional<std::string>& token) {
  return token && token->size() == 6 && token->starts_with("<0x") &&
         token->ends_with('>');
}

}  // namespace

StreamDecoder::StreamDecoder(const Tokenizer& tokenizer,
                             bool skip_special_tokens)
    : tokenizer_(&tokenizer), skip_special_tokens_(skip_special_tokens) {}

std::string StreamDecoder::decode_from(size_t index) const {
  std::vector<int32_t> ids(ids_.begin() + static_cast<std::ptrdiff_t>(index),
                           ids_.end());
  return tokenizer_->decode(ids, skip_special_tokens_);
}

std::string StreamDecoder::push(int32_t id) {
  ids_.push_back(id);
  if (is_byte_token(tokenizer_->id_to_token(id))) {
    after_bytes_ = true;
  } else if (!tokenizer_->decode({id}, skip_special_tokens_).empty()) {
    after_bytes_ = false;
  }
  if (after_bytes_) return "";
  std::string text = decode_from(0);
  // An unfinished character is one U+FFFD at the end.
  bool finished = !text.ends_with(kReplacement);
  size_t end = text.size() - (finished ? 0 : kReplacement.size());
  std::string out = end > given_ ? text.substr(given_, end - given_) : "";
  given_ += out.size();
  if (finished) forget();
  return out;
}

// Drops ids before a border of characters. Those kept must show a character
// that is no blank, since decoders treat the start of a text in another way.
void StreamDecoder::forget() {
  std::string kept = decode_from(border_);
  if (border_ > 0 && !strip_whitespace(kept).empty()) {
    ids_.erase(ids_.begin(),
               ids_.begin() + static_cast<std::ptrdiff_t>(border_));
    given_ = kept.size();
  }
  border_ = ids_.size();
}

std::string StreamDecoder::finish() {
  std::string text = decode_from(0);
  std::string out = text.size() > given_ ? text.substr(given_) : "";
  ids_.clear();
  after_bytes_ = false;
  given_ = border_ = 0;
  return out;
}

}  // namespace cdx
