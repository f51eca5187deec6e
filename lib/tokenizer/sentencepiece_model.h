#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cdx {

// What a tokenizer.model (a protobuf of sentencepiece_model.proto) says that
// changes ids or texts.
struct SentencePieceModel {
  // Numbers as in the file.
  enum class Kind { kUnigram = 1, kBpe = 2, kWord = 3, kChar = 4 };
  enum class Type {
    kNormal = 1,
    kUnknown = 2,
    kControl = 3,
    kUserDefined = 4,
    kUnused = 5,
    kByte = 6
  };
  struct Piece {
    std::string text;
    float score = 0;
    Type type = Type::kNormal;
  };
  struct Normalizer {
    std::string charsmap;
    bool add_dummy_prefix = true;
    bool remove_extra_whitespaces = true;
    bool escape_whitespaces = true;
  };

  std::vector<Piece> pieces;  // a piece's id is its index
  Kind kind = Kind::kUnigram;
  bool byte_fallback = false;
  bool treat_whitespace_as_suffix = false;
  std::string bos_piece = "<s>", eos_piece = "</s>", unk_piece = "<unk>";
  std::string unk_surface = " \xE2\x81\x87 ";  // what an unknown id decodes to
  Normalizer normalizer, denormalizer;
};

// `where` is the file that messages name. Throws WorldError on anything that
// is not a model, and on models that the sentencepiece library would not
// survive: a table of characters that leads out of itself, infinite scores,
// pieces that are empty, not UTF-8, given twice or longer than 4 KiB, and the
// like.
SentencePieceModel parse_sentencepiece_model(std::string_view bytes,
                                             const std::string& where);

// The same as a file, with nothing else in it.
std::string write_sentencepiece_model(const SentencePieceModel& model);

}  // namespace cdx
