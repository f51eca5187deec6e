#include "metrics/compression.h"

#include "metrics/counts_golden.h"
#include "metrics/lexical.h"

#include <random>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using Texts = std::vector<std::string>;

std::string joined(const Texts& texts) {
  std::string all;
  for (const std::string& text : texts) all += text + ' ';
  all.pop_back();
  return all;
}

std::string squares(int64_t count) {
  std::string text;
  for (int64_t i = 0; i < count; ++i) {
    if (i > 0) text += ' ';
    text += std::to_string(i * i % 10007);
  }
  return text;
}

std::string noise(size_t size) {
  std::mt19937 random(1);
  std::string bytes(size, ' ');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

}  // namespace

TEST_CASE("The sizes of specs/metrics.md §2.1 come out") {
  const auto check =
      [](const Texts& texts, int64_t single, int64_t twice, int64_t xz) {
        const std::string bytes = joined(texts);
        CHECK(gzip_size(bytes) == single);
        CHECK(double_gzip_size(bytes) == twice);
        CHECK(xz_size(bytes) == xz);
      };
  check(test::kTextsA, 108, 142, 156);
  check(test::kTextsB, 82, 116, 124);
  check(test::kTextsC, 33, 64, 80);
  check(test::repeat(test::kTextsA, 50), 156, 172, 192);
  check(test::repeat(test::kTextsB, 1000), 414, 148, 208);
  check(test::repeat(test::kTextsB, 10000), 3253, 168, 328);
  CHECK(gzip_size("") == 20);  // 10 + 2 + 8
}

TEST_CASE("Sizes are those of Python's gzip and lzma") {
  for (const Json& golden : test::counts_golden().at("sets")) {
    const std::string bytes = joined(golden.at("texts").get<Texts>());
    CAPTURE(bytes);
    CHECK(xz_size(bytes) == golden.at("xz_bytes").get<int64_t>());
    CHECK(gzip_size(bytes) == golden.at("gzip_inner_bytes").get<int64_t>());
  }
}

TEST_CASE("Long texts have the sizes that Python gives them") {
  for (const Json& golden : test::lexical_golden().at("squares")) {
    CHECK(gzip_size(squares(golden.at("count").get<int64_t>())) ==
          golden.at("gzip_bytes").get<int64_t>());
  }
  for (const Json& golden : test::counts_golden().at("squares")) {
    const std::string text = squares(golden.at("count").get<int64_t>());
    CHECK(xz_size(text) == golden.at("xz_bytes").get<int64_t>());
    CHECK(compression_ratio_gzip_compat({text}) ==
          golden.at("gzip_compat").get<double>());
  }
}

TEST_CASE("Output larger than a buffer is counted whole") {
  const std::string bytes = noise(300'000);
  // Incompressible: stored blocks, a few bytes more than the input.
  CHECK(gzip_size(bytes) > 300'000 + 18);
  CHECK(gzip_size(bytes) < 300'000 + 200);
  // Stored twice: 29 bytes of frame and 5 a block of 16383 bytes, §2.1.
  const int64_t inner = gzip_size(bytes);
  CHECK(double_gzip_size(bytes) == inner + 29 + 5 * (inner / 16383 + 1));
  CHECK(xz_size(bytes) > 300'000);
  CHECK(xz_size(bytes) < 300'000 + 200);
}

TEST_CASE("The libraries that sizes depend on are named") {
  CHECK(compression_libraries().starts_with("zlib 1."));
  CHECK(compression_libraries().find(", liblzma 5.") != std::string::npos);
}

}  // namespace cdx
