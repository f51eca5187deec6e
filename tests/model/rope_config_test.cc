#include "model/rope_config.h"

#include <doctest/doctest.h>

// Expected frequencies were computed in double precision from the formulas of
// transformers' modeling_rope_utils.py for the configurations named.
namespace cdx {
namespace {

RopeConfigs read(Json json,
                 SlidingRope sliding = SlidingRope::kSame,
                 int64_t max_positions = 4096) {
  ConfigFile file(std::move(json), "config.json");
  file.add_defaults({{"rope_theta", 1e4}, {"rope_local_base_freq", 123.0}});
  return read_rope(file, sliding, max_positions);
}

// Relative difference of fp32 arithmetic.
doctest::Approx near(double value) {
  return doctest::Approx(value).epsilon(2e-6);
}

}  // namespace

TEST_CASE("without scaling the frequencies are theta^(-2i/E)") {
  const auto frequencies =
      inverse_frequencies(read({{"rope_theta", 500000.0}}).full, 128);
  REQUIRE(frequencies.size() == 64);
  CHECK(frequencies[0] == 1);
  CHECK(frequencies[28] == near(0.00321144599));
}

TEST_CASE("linear scaling divides every frequency") {
  const auto plain = inverse_frequencies(read(Json::object()).full, 8);
  const auto scaled = inverse_frequencies(
      read({{"rope_scaling", {{"type", "linear"}, {"factor", 8.0}}}}).full, 8);
  for (size_t i = 0; i < 4; ++i) CHECK(scaled[i] == plain[i] / 8);
}

TEST_CASE("Llama 3.1's frequencies are kept, blended and divided") {
  const RopeConfig rope = read({{"rope_theta", 500000.0},
                                {"rope_scaling",
                                 {{"rope_type", "llama3"},
                                  {"factor", 8.0},
                                  {"low_freq_factor", 1.0},
                                  {"high_freq_factor", 4.0},
                                  {"original_max_position_embeddings", 8192}}}})
                              .full;
  const auto eight = inverse_frequencies(rope, 128);
  CHECK(eight[28] == near(0.00321144599));
  CHECK(eight[29] == near(0.00216657076));
  CHECK(eight[34] == near(0.000178507813));
  CHECK(eight[35] == near(9.55621235e-05));
  RopeConfig small = rope;  // Llama 3.2-1B
  small.factor = 32;
  const auto one = inverse_frequencies(small, 64);
  CHECK(one[14] == near(0.00321144599));
  CHECK(one[15] == near(0.00129054793));
  CHECK(one[17] == near(9.7082878e-05));
  CHECK(one[18] == near(1.94616382e-05));
  CHECK(one[31] == near(9.41830673e-08));
}

TEST_CASE("OLMo 3's full layers have yarn, its sliding layers none") {
  const RopeConfigs rope =
      read({{"rope_theta", 500000.0},
            {"rope_scaling",
             {{"rope_type", "yarn"},
              {"factor", 8.0},
              {"original_max_position_embeddings", 8192}}}},
           SlidingRope::kUnscaled,
           65536);
  CHECK(rope.full.attention_factor ==
        doctest::Approx(1.2079441541679836).epsilon(1e-15));
  const YarnRange range = yarn_range(rope.full, 128);
  CHECK(range.low == 18);
  CHECK(range.high == 35);
  const auto frequencies = inverse_frequencies(rope.full, 128);
  CHECK(frequencies[17] == near(0.0306345209));
  CHECK(frequencies[18] == near(0.0249554087));
  CHECK(frequencies[19] == near(0.0192827549));
  CHECK(frequencies[25] == near(0.00380032017));
  CHECK(frequencies[30] == near(0.000814839823));
  CHECK(frequencies[34] == near(0.000165613036));
  CHECK(frequencies[35] == near(9.55621235e-05));
  CHECK(frequencies[63] == near(3.06892599e-07));
  CHECK(rope.sliding == RopeConfig{.rope_theta = 500000.0});
}

TEST_CASE("yarn's other keys are read") {
  const Json scaling = {{"type", "yarn"}, {"factor", 4.0}};
  const auto with = [&](const Json& more) {
    Json all = scaling;
    all.update(more);
    return read({{"rope_scaling", all}}).full;
  };
  CHECK(with(Json::object()).original_max_position_embeddings == 4096);
  CHECK(with({{"attention_factor", 1.5}}).attention_factor == 1.5);
  // (0.1·0.5·ln 4 + 1) / (0.1·2·ln 4 + 1)
  CHECK(with({{"mscale", 0.5}, {"mscale_all_dim", 2.0}}).attention_factor ==
        doctest::Approx(1.0693147180559945 / 1.2772588722239781));
  // 64·ln(4096/(2π·β))/(2·ln 1e4) for β = 30 and β = 1.
  const RopeConfig loose = with({{"truncate", false}, {"beta_fast", 30}});
  CHECK(yarn_range(loose, 64).low == doctest::Approx(10.69647));
  CHECK(yarn_range(loose, 64).high == doctest::Approx(22.51344));
}

TEST_CASE("Gemma 3's sliding layers have a base of their own") {
  const RopeConfigs rope =
      read({{"rope_theta", 1e6},
            {"rope_scaling", {{"rope_type", "linear"}, {"factor", 8.0}}}},
           SlidingRope::kLocal);
  CHECK(rope.full.rope_type == "linear");
  CHECK(rope.full.rope_theta == 1e6);
  CHECK(rope.sliding == RopeConfig{.rope_theta = 123.0});
}

TEST_CASE("transformers 5 writes the parameters by type of layer") {
  const Json by_type = {
      {"full_attention",
       {{"rope_type", "linear"}, {"factor", 2.0}, {"rope_theta", 7.0}}},
      {"sliding_attention", {{"rope_type", "default"}, {"rope_theta", 5.0}}}};
  for (const SlidingRope kind : {SlidingRope::kLocal, SlidingRope::kUnscaled}) {
    const RopeConfigs rope = read({{"rope_parameters", by_type}}, kind);
    CHECK(rope.full.factor == 2);
    CHECK(rope.full.rope_theta == 7);
    CHECK(rope.sliding == RopeConfig{.rope_theta = 5.0});
  }
}

}  // namespace cdx
