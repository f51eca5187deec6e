#include "decoding/options.h"

#include "support.h"
#include "util/errors.h"

#include <cmath>

#include <doctest/doctest.h>

namespace cdx {

TEST_CASE("sampling options outside their range are refused by name") {
  using test::message_of;
  const auto message = [](SamplingOptions options) {
    return message_of<UserError>([&] { options.check(); });
  };
  CHECK(message({}).empty());
  CHECK(message({.temperature = 0}).starts_with("temperature is 0"));
  CHECK(message({.temperature = NAN}).starts_with("temperature is nan"));
  CHECK(message({.temperature = INFINITY}).starts_with("temperature is inf"));
  CHECK(message({.top_p = 0}).starts_with("top_p is 0"));
  CHECK(message({.top_p = 1.01}).starts_with("top_p is 1.01"));
}

TEST_CASE("gamma lies between 0 and 1") {
  CHECK_NOTHROW(MixOptions{.gamma = 0}.check());
  CHECK_NOTHROW(MixOptions{.gamma = 1}.check());
  CHECK_THROWS_AS(MixOptions{.gamma = -0.1}.check(), UserError);
  CHECK_THROWS_AS(MixOptions{.gamma = 1.1}.check(), UserError);
}

TEST_CASE("a batch has 16 rows or more, or is auto") {
  GenerationOptions options;
  CHECK_NOTHROW(options.check());
  options.batch_size = 15;
  CHECK_THROWS_AS(options.check(), UserError);
  options.batch_size = 16;
  CHECK_NOTHROW(options.check());
  options.max_new_tokens = 0;
  CHECK_THROWS_AS(options.check(), UserError);
}

}  // namespace cdx
