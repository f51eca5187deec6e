#include "model/safetensors.h"
#include "model/text_encoder.h"
#include "support.h"
#include "torch_support.h"
#include "util/errors.h"
#include "util/json.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <ATen/Parallel.h>
#include <doctest/doctest.h>

// Goldens: transformers 4.57.6 and sentence-transformers 5.7.0 in fp32, made by
// scripts/oracle/models.py. The tolerance is the project's: 1e-5.
namespace cdx {
namespace {

using Ids = std::vector<int32_t>;

const std::filesystem::path kTiny = "tests/data/model/tiny-bert";
const std::filesystem::path kMiniLm = ".deps/all-MiniLM-L6-v2";

std::unique_ptr<TextEncoder> open_tiny() {
  return load_text_encoder(kTiny, test::device_name());
}

double largest_difference(std::span<const float> ours,
                          std::span<const float> theirs) {
  REQUIRE(ours.size() == theirs.size());
  double largest = 0;
  for (size_t i = 0; i < ours.size(); ++i) {
    largest = std::max(largest,
                       std::abs(static_cast<double>(ours[i]) -
                                static_cast<double>(theirs[i])));
  }
  return largest;
}

struct GoldenVector {
  Ids ids;
  std::vector<float> embedding;
};

std::vector<GoldenVector> read_vectors(const std::filesystem::path& file) {
  const Json golden = parse_json_file(file);
  std::vector<GoldenVector> all;
  for (const Json& text : golden.at("texts")) {
    all.push_back({text.at("ids").get<Ids>(),
                   text.at("embedding").get<std::vector<float>>()});
  }
  REQUIRE(all.size() >= 4);
  return all;
}

// Texts of every length from 1 to 32, some lengths several times.
std::vector<Ids> many_texts() {
  std::vector<Ids> texts;
  for (int32_t i = 0; i < 90; ++i) {
    Ids ids;
    for (int32_t j = 0; j <= i * 7 % 32; ++j) ids.push_back((i * j + 3) % 50);
    texts.push_back(ids);
  }
  return texts;
}

// Each text in a call of its own.
std::vector<float> encode_alone(TextEncoder& encoder,
                                const std::vector<Ids>& texts) {
  std::vector<float> rows;
  for (const Ids& ids : texts) {
    const std::vector<float> row = encoder.encode({ids});
    rows.insert(rows.end(), row.begin(), row.end());
  }
  return rows;
}

// On the CPU to the last bit; on a GPU the library's choice of kernel depends
// on the number of rows.
double neighbour_tolerance() {
  return test::device().is_cpu() ? 0 : 1e-5;
}

// True unless the real weights are not installed, which is said aloud.
bool has_mini_lm() {
  const bool present = std::filesystem::exists(kMiniLm / "model.safetensors");
  if (!present) {
    MESSAGE("skipped: no " << kMiniLm.string() << "; run scripts/fetch_minilm");
  }
  return present;
}

}  // namespace

TEST_CASE("vectors of a tiny random encoder equal sentence-transformers'") {
  const Json golden = parse_json_file(kTiny / "golden.json");
  std::vector<Ids> texts;
  std::vector<float> expected;
  for (const Json& text : golden.at("texts")) {
    texts.push_back(text.at("ids").get<Ids>());
    for (const Json& x : text.at("embedding")) expected.push_back(x);
  }
  const std::unique_ptr<TextEncoder> encoder = open_tiny();
  CHECK(encoder->hidden_size() == 18);
  CHECK(encoder->max_tokens() == 32);
  const double difference =
      largest_difference(encoder->encode(texts), expected);
  MESSAGE("largest difference " << difference);
  CHECK(difference < 1e-5);
}

TEST_CASE("MPNet gives the vectors of sentence-transformers") {
  const auto encoder =
      load_text_encoder("tests/data/model/tiny-mpnet", test::device_name());
  CHECK(encoder->max_tokens() == 200);
  for (const GoldenVector& golden :
       read_vectors("tests/data/model/tiny-mpnet/golden.json")) {
    CAPTURE(golden.ids.size());
    CHECK(largest_difference(encoder->encode({golden.ids}), golden.embedding) <
          1e-5);
  }
}

TEST_CASE("a causal model gives its last token's hidden state") {
  for (const std::string name : {"tiny-gpt2", "tiny-gemma2"}) {
    CAPTURE(name);
    const std::filesystem::path folder = "tests/data/model/" + name;
    const auto encoder = load_text_encoder(folder, test::device_name());
    CHECK(encoder->hidden_size() == 24);
    CHECK(encoder->max_tokens() == 64);
    std::vector<Ids> texts;
    std::vector<float> expected;
    for (const GoldenVector& golden :
         read_vectors(folder / "last_token.json")) {
      texts.push_back(golden.ids);
      expected.insert(
          expected.end(), golden.embedding.begin(), golden.embedding.end());
      CHECK(largest_difference(encoder->encode({golden.ids}),
                               golden.embedding) < 1e-5);
    }
    CHECK(texts.size() == 4);
    CHECK(largest_difference(encoder->encode(texts), expected) < 1e-5);
  }
}

TEST_CASE("a text's vector does not depend on its neighbours or threads") {
  const std::unique_ptr<TextEncoder> encoder = open_tiny();
  const std::vector<Ids> texts = many_texts();
  const std::vector<float> together = encoder->encode(texts);
  CHECK(largest_difference(encode_alone(*encoder, texts), together) <=
        neighbour_tolerance());
  const int threads = at::get_num_threads();
  for (const int count : {1, 2, 3}) {
    at::set_num_threads(count);
    CHECK(encoder->encode(texts) == together);
  }
  at::set_num_threads(threads);
}

TEST_CASE("each row has length one and equal texts have equal rows") {
  const std::unique_ptr<TextEncoder> encoder = open_tiny();
  const std::vector<float> rows =
      encoder->encode({{1, 2, 3}, {4}, {1, 2, 3}, {3, 2, 1}});
  REQUIRE(rows.size() == 4 * 18);
  for (size_t i = 0; i < 4; ++i) {
    double square = 0;
    for (size_t j = 0; j < 18; ++j)
      square += rows[i * 18 + j] * rows[i * 18 + j];
    CHECK(square == doctest::Approx(1).epsilon(1e-6));
  }
  const std::span<const float> all(rows);
  CHECK(largest_difference(all.subspan(0, 18), all.subspan(36, 18)) == 0);
  CHECK(largest_difference(all.subspan(0, 18), all.subspan(54, 18)) > 1e-3);
}

TEST_CASE("no texts give no rows, impossible texts are refused") {
  const std::unique_ptr<TextEncoder> encoder = open_tiny();
  CHECK(encoder->encode({}).empty());
  const auto refusal = [&](const Ids& ids) {
    return test::message_of<UserError>([&] { encoder->encode({{1}, ids}); });
  };
  CHECK(refusal({}).find("text 1 has 0 tokens") != std::string::npos);
  CHECK(refusal(Ids(33, 1)).find("33 tokens, but 1 to 32 are possible") !=
        std::string::npos);
  CHECK(refusal(Ids(32, 1)).empty());
  CHECK(refusal({50}).find("the id 50") != std::string::npos);
  CHECK(refusal({-1}).find("the id -1") != std::string::npos);
}

TEST_CASE("all-MiniLM-L6-v2 gives the vectors of sentence-transformers") {
  if (!has_mini_lm()) return;
  const Json golden = parse_json_file("tests/data/model/minilm.json");
  std::vector<Ids> texts;
  for (const Json& text : golden.at("texts")) {
    texts.push_back(text.at("ids").get<Ids>());
  }
  const SafetensorsFile file("tests/data/model/minilm.safetensors");
  const TensorView& view = file.tensors().at("embeddings");
  std::vector<float> expected(view.bytes.size() / sizeof(float));
  std::memcpy(expected.data(), view.bytes.data(), view.bytes.size());
  const std::unique_ptr<TextEncoder> encoder =
      load_text_encoder(kMiniLm, test::device_name());
  CHECK(encoder->hidden_size() == 384);
  CHECK(encoder->max_tokens() == 256);
  const std::vector<float> rows = encoder->encode(texts);
  const double difference = largest_difference(rows, expected);
  MESSAGE("largest difference " << difference);
  CHECK(difference < 1e-5);
  CHECK(largest_difference(encode_alone(*encoder, texts), rows) <=
        neighbour_tolerance());
}

}  // namespace cdx
