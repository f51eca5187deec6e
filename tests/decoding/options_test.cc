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

TEST_CASE("the base's end goes to the id that ends the instruct's turns") {
  const auto end = [](std::vector<int32_t> base,
                      std::vector<int32_t> instruct,
                      std::optional<int32_t> eos) {
    const StopIds ids = stop_ids_of_pair(base, instruct, eos);
    CHECK(ids.base == base);
    CHECK(ids.instruct.size() == instruct.size());
    return ids.instruct.front();
  };
  // Lists of models.md, section 7, ascending as ModelConfig has them.
  CHECK(end({100257}, {100257}, 100257) == 100257);          // OLMo 2
  CHECK(end({100257}, {100257, 100265}, 100265) == 100265);  // OLMo 3
  CHECK(end({1}, {1, 107}, 1) == 107);  // Gemma 2: its eos is the base's
  CHECK(end({128001}, {128001, 128008, 128009}, 128009) ==
        128009);                                             // Llama 3.1
  CHECK(end({151643}, {151643, 151645}, 151645) == 151645);  // Qwen2.5
  CHECK(end({0}, {2}, 2) == 2);                              // SmolLM2
  CHECK(end({5}, {7, 9}, std::nullopt) == 7);
}

TEST_CASE("the other stop ids keep their order, and none is no error") {
  CHECK(stop_ids_of_pair({1}, {1, 2, 3, 4}, 3).instruct ==
        std::vector<int32_t>{3, 1, 2, 4});
  CHECK(stop_ids_of_pair({1}, {}, 3).instruct.empty());
}

}  // namespace cdx
