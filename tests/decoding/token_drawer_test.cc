#include "decoding/token_drawer.h"

#include "util/errors.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <set>
#include <vector>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using Logits = std::vector<float>;

constexpr float kNever = -std::numeric_limits<float>::infinity();

Logits random_logits(size_t vocab, uint32_t seed, double spread = 2.5) {
  std::mt19937 generator(seed);
  std::normal_distribution<double> normal(0, spread);
  Logits logits(vocab);
  for (float& logit : logits) logit = static_cast<float>(normal(generator));
  return logits;
}

// Step `step` of sample 0 under key 7, after a story of so many tokens.
struct Row {
  std::vector<Logits> logits;
  std::vector<int32_t> story;
  uint32_t sample = 0;
  int32_t route = -1;

  RowInput input() const {
    RowInput row;
    for (size_t m = 0; m < logits.size(); ++m) row.logits[m] = logits[m];
    row.story = story;
    row.at = {.key = 7,
              .sample = sample,
              .step = static_cast<uint32_t>(story.size())};
    row.route = route;
    return row;
  }
};

TokenDraw draw(const StepOptions& options, const Row& row) {
  return TokenDrawer(options).draw(row.input());
}

StepTrace trace(const StepOptions& options, const Row& row) {
  TokenDrawer drawer(options);
  drawer.draw(row.input());
  return drawer.trace(row.input());
}

// q over all V tokens.
std::vector<double> q_of(const StepOptions& options, const Row& row) {
  const StepTrace step = trace(options, row);
  std::vector<double> q(row.logits[0].size(), 0);
  for (size_t i = 0; i < step.ids.size(); ++i) {
    q[static_cast<size_t>(step.ids[i])] = step.q[i];
  }
  return q;
}

std::vector<double> softmax(const std::vector<double>& z) {
  const double max = *std::max_element(z.begin(), z.end());
  double sum = 0;
  std::vector<double> p;
  for (const double value : z) sum += p.emplace_back(std::exp(value - max));
  for (double& value : p) value /= sum;
  return p;
}

void check_near(const std::vector<double>& a,
                const std::vector<double>& b,
                double tolerance = 2e-6) {
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    CAPTURE(i);
    CHECK(std::abs(a[i] - b[i]) <= tolerance);
  }
}

// The draws of 200 rows and their records are the same to the last bit, where
// `of_a` says which of a's models is b's only one.
void check_same_draws(const StepOptions& a,
                      const StepOptions& b,
                      size_t of_a,
                      size_t vocab) {
  for (uint32_t i = 0; i < 200; ++i) {
    Row both{.logits = {}, .story = {1, 2}, .sample = i};
    for (uint32_t m = 0; m < a.models; ++m) {
      both.logits.push_back(random_logits(vocab, 100 * i + m));
    }
    Row alone = both;
    alone.logits = {both.logits[of_a]};
    const TokenDraw mixed = draw(a, both), one = draw(b, alone);
    CHECK(mixed.id == one.id);
    CHECK(mixed.log_prob_sampled == one.log_prob_sampled);
    CHECK(mixed.entropy_sampled == one.entropy_sampled);
    CHECK(mixed.kept == one.kept);
    CHECK(mixed.log_probs[of_a] == one.log_probs[0]);
    CHECK(mixed.entropies[of_a] == one.entropies[0]);
  }
}

StepOptions pair_of(MixRule rule, double gamma) {
  StepOptions options{.models = 2};
  options.mix.rule = rule;
  options.mix.gamma = gamma;
  return options;
}

const std::vector<MixRule> kWithGamma = {MixRule::kLinear,
                                         MixRule::kGeometric,
                                         MixRule::kSignFlipped,
                                         MixRule::kCfg};

// Instruct models with an end of their own, and one that ends as its base.
const std::vector<StopIds> kEnds = {{.instruct = {7, 3}, .base = {3, 5}},
                                    {.instruct = {4}, .base = {4}},
                                    {.instruct = {9}, .base = {2}}};

}  // namespace

TEST_CASE("with gamma 0 a mixture is the instruct model, bit for bit") {
  for (const MixRule rule : kWithGamma) {
    for (const StopIds& ends : kEnds) {
      for (const EndPolicy policy :
           {EndPolicy::kMerge, EndPolicy::kUnion, EndPolicy::kInstruct}) {
        for (const TruncateBy by :
             {TruncateBy::kInstruct, TruncateBy::kEach, TruncateBy::kMixture}) {
          for (const TemperatureOn on :
               {TemperatureOn::kModels, TemperatureOn::kMixture}) {
            if (by != TruncateBy::kMixture && on == TemperatureOn::kMixture) {
              continue;  // the set is then found at temperature 1
            }
            CAPTURE(to_string(rule));
            CAPTURE(to_string(by));
            StepOptions mixed = pair_of(rule, 0);
            mixed.sampling.temperature = 0.9;
            mixed.sampling.top_p = 0.8;
            mixed.sampling.min_p = 0.01;
            mixed.mix.truncate_by = by;
            mixed.mix.temperature_on = on;
            mixed.stop_ids = ends;
            mixed.end.policy = policy;
            StepOptions alone = mixed;
            alone.models = 1;
            check_same_draws(mixed, alone, 1, 40);
          }
        }
      }
    }
  }
}

TEST_CASE(
    "with gamma 1 and the base's set a mixture is the base, bit for bit") {
  for (const MixRule rule :
       {MixRule::kLinear, MixRule::kGeometric, MixRule::kCfg}) {
    for (const TruncateBy by :
         {TruncateBy::kBase, TruncateBy::kEach, TruncateBy::kMixture}) {
      for (const StopIds& ends : kEnds) {
        CAPTURE(to_string(rule));
        CAPTURE(to_string(by));
        StepOptions mixed = pair_of(rule, 1);
        mixed.sampling = {.temperature = 0.7, .top_p = 0.9};
        mixed.mix.truncate_by = by;
        mixed.stop_ids = ends;
        // Different ends are left where they are; merge would move them.
        mixed.end.policy = ends.alike() ? EndPolicy::kMerge : EndPolicy::kUnion;
        StepOptions alone = mixed;
        alone.models = 1;
        check_same_draws(mixed, alone, 0, 40);
      }
    }
  }
}

TEST_CASE("with gamma 1 and merged ends only the base's end has moved") {
  StepOptions mixed = pair_of(MixRule::kLinear, 1);
  mixed.mix.truncate_by = TruncateBy::kBase;
  mixed.stop_ids = {.instruct = {9}, .base = {2}};
  Row row{.logits = {random_logits(12, 1), random_logits(12, 2)}};
  row.logits[0][9] = kNever;  // no row of its own there
  const std::vector<double> merged = q_of(mixed, row);
  StepOptions alone{.models = 1};
  std::vector<double> base = q_of(alone, {.logits = {row.logits[0]}});
  std::swap(base[2], base[9]);
  check_near(merged, base, 1e-7);
}

TEST_CASE("geometric mixing is DeRa with lambda = 1 - gamma") {
  // Liu et al. 2024: softmax(lambda · z_aligned + (1 − lambda) · z_sft).
  for (const double gamma : {0.2, 0.5, 0.9}) {
    const Row row{.logits = {random_logits(30, 3), random_logits(30, 4)}};
    const double lambda = 1 - gamma;
    std::vector<double> z;
    for (size_t i = 0; i < 30; ++i) {
      z.push_back(lambda * row.logits[1][i] + (1 - lambda) * row.logits[0][i]);
    }
    check_near(q_of(pair_of(MixRule::kGeometric, gamma), row), softmax(z));
  }
}

TEST_CASE(
    "sign-flipped contrastive is geometric mixing at gamma/(1+gamma), then "
    "temperature 1/(1+gamma)") {
  for (const double gamma : {0.3, 1.0, 2.5}) {
    for (const StopIds& ends : kEnds) {
      StepOptions flipped = pair_of(MixRule::kSignFlipped, gamma);
      flipped.sampling.top_p = 0.9;
      flipped.stop_ids = ends;
      StepOptions geometric = pair_of(MixRule::kGeometric, gamma / (1 + gamma));
      geometric.sampling.top_p = 0.9;
      geometric.sampling.temperature = 1 / (1 + gamma);
      geometric.mix.temperature_on = TemperatureOn::kMixture;
      geometric.stop_ids = ends;
      const Row row{.logits = {random_logits(30, 5), random_logits(30, 6)}};
      check_near(q_of(flipped, row), q_of(geometric, row));
    }
  }
}

TEST_CASE("contrastive decoding without plausibility is cfg at gamma = -beta") {
  for (const StopIds& ends : kEnds) {
    StepOptions contrastive{.models = 2};
    contrastive.mix = {.rule = MixRule::kContrastive,
                       .beta = 0.6,
                       .plausibility = 0,
                       .truncate_by = TruncateBy::kMixture};
    contrastive.sampling.top_p = 0.9;
    contrastive.stop_ids = ends;
    StepOptions cfg = contrastive;
    cfg.mix.rule = MixRule::kCfg;
    cfg.mix.gamma = -0.6;
    for (uint32_t i = 0; i < 50; ++i) {
      const Row row{
          .logits = {random_logits(30, 2 * i), random_logits(30, 2 * i + 1)},
          .sample = i};
      const TokenDraw a = draw(contrastive, row), b = draw(cfg, row);
      CHECK(a.id == b.id);
      CHECK(a.log_prob_sampled == b.log_prob_sampled);
      CHECK(a.kept == b.kept);
    }
  }
}

TEST_CASE("contrastive decoding keeps to the expert's plausible tokens") {
  // Li et al. 2023: V_c = {p_e >= alpha · max p_e}; O'Brien & Lewis 2023:
  // (1 + beta)·z_e − beta·z_a on it.
  StepOptions options{.models = 2};
  options.mix = {.rule = MixRule::kContrastive,
                 .beta = 0.5,
                 .plausibility = 0.1,
                 .truncate_by = TruncateBy::kMixture};
  const Row row{.logits = {random_logits(30, 8), random_logits(30, 9)}};
  const Logits& amateur = row.logits[0];
  const Logits& expert = row.logits[1];
  const double max = *std::max_element(expert.begin(), expert.end());
  std::vector<double> z;
  for (size_t i = 0; i < 30; ++i) {
    const bool plausible = std::exp(expert[i] - max) >= 0.1;
    z.push_back(plausible ? 1.5 * expert[i] - 0.5 * amateur[i] : -1e30);
  }
  check_near(q_of(options, row), softmax(z));
  options.mix.beta = 0;  // the expert, cut by min_p 0.1
  StepOptions alone{.models = 1};
  alone.sampling.min_p = 0.1;
  check_near(q_of(options, row), q_of(alone, {.logits = {expert}}));
}

TEST_CASE("proxy-tuning with equal expert and antiexpert is its base") {
  StepOptions proxy{.models = 3};
  proxy.mix = {.rule = MixRule::kProxy,
               .alpha = 1.3,
               .truncate_by = TruncateBy::kMixture};
  proxy.sampling.top_p = 0.9;
  StepOptions alone{.models = 1};
  alone.sampling.top_p = 0.9;
  for (uint32_t i = 0; i < 50; ++i) {
    const Logits tuned = random_logits(30, 2 * i + 1);
    const Row row{.logits = {random_logits(30, 2 * i), tuned, tuned},
                  .sample = i};
    const Row base{.logits = {row.logits[0]}, .sample = i};
    check_near(q_of(proxy, row), q_of(alone, base));
    CHECK(draw(proxy, row).id == draw(alone, base).id);
  }
}

TEST_CASE("proxy-tuning with other ends is its base but for where it ends") {
  StepOptions proxy{.models = 3};
  proxy.mix = {.rule = MixRule::kProxy, .truncate_by = TruncateBy::kMixture};
  proxy.stop_ids = {.instruct = {9}, .base = {2}};
  Row row{.logits = {random_logits(12, 1), {}, random_logits(12, 2)}};
  row.logits[0][9] = row.logits[2][9] = -40;  // untrained there
  row.logits[1] = row.logits[2];
  std::swap(row.logits[1][2], row.logits[1][9]);  // the expert ends at 9
  std::vector<double> base =
      q_of(StepOptions{.models = 1}, {.logits = {row.logits[0]}});
  std::swap(base[2], base[9]);
  check_near(q_of(proxy, row), base);
}

TEST_CASE("merging moves the base's end mass to the instruct's end id") {
  const auto merged = [](const StopIds& ends) {
    StepOptions options = pair_of(MixRule::kLinear, 1);
    options.mix.truncate_by = TruncateBy::kBase;
    options.stop_ids = ends;
    const Logits base = {
        std::log(0.1F), std::log(0.2F), std::log(0.3F), std::log(0.4F)};
    return q_of(options, {.logits = {base, {1, 1, 1, 1}}});
  };
  // What the base gave to id 3 was not an end of its own: dropped.
  check_near(merged({.instruct = {3}, .base = {0, 1}}), {0, 0, .5, .5});
  check_near(merged({.instruct = {3}, .base = {0, 3}}), {0, .2, .3, .5});
  check_near(merged({.instruct = {2}, .base = {2}}), {.1, .2, .3, .4});
  // As Llama 3.1: the base ends with 0; the instruct with 3 (its turns), 2, 0.
  check_near(merged({.instruct = {3, 2, 0}, .base = {0}}),
             {0, 2 / 3., 0, 1 / 3.});
}

TEST_CASE("policy union leaves ends alone, instruct masks the base's") {
  StepOptions options = pair_of(MixRule::kLinear, 0.5);
  options.stop_ids = {.instruct = {3}, .base = {0}};
  const Row row{
      .logits = {{std::log(0.5F), 0, std::log(0.5F), kNever},  // ¼ ½ ¼
                 {kNever, kNever, std::log(0.8F), std::log(0.2F)}}};
  options.end.policy = EndPolicy::kUnion;
  // The base's own end lies outside the instruct's set.
  check_near(q_of(options, row), {0, 0, .525 / .625, .1 / .625});
  options.mix.truncate_by = TruncateBy::kUnion;
  check_near(q_of(options, row), {.125, .25, .125 + .4, .1});
  options.end.policy = EndPolicy::kInstruct;
  check_near(q_of(options, row), {0, 1 / 3., .5 / 3 + .4, .1});
}

TEST_CASE("no end token is drawn before min_new_tokens") {
  StepOptions options = pair_of(MixRule::kLinear, 0.5);
  options.stop_ids = {.instruct = {3}, .base = {0}};
  options.end.min_new_tokens = 2;
  const Row early{.logits = {{9, 0, 0, 0}, {0, 0, 0, 9}}, .story = {1}};
  const std::vector<double> q = q_of(options, early);
  CHECK(q[0] == 0);
  CHECK(q[3] == 0);
  Row late = early;
  late.story = {1, 2};
  CHECK(q_of(options, late)[3] > 0.9);
}

TEST_CASE("recorded log-probabilities and entropies are raw") {
  StepOptions options{.models = 1};
  options.sampling = {.temperature = 0.5, .top_k = 2, .repetition_penalty = 3};
  options.stop_ids = {.instruct = {2}, .base = {}};
  options.end.min_new_tokens = 5;
  const Logits logits = {
      std::log(0.5F) + 3, std::log(0.25F) + 3, std::log(0.25F) + 3};
  for (uint32_t sample = 0; sample < 20; ++sample) {
    const TokenDraw one =
        draw(options, {.logits = {logits}, .story = {0}, .sample = sample});
    REQUIRE(one.id < 2);
    CHECK(one.log_probs[0] ==
          doctest::Approx(std::log(one.id == 0 ? 0.5 : 0.25)));
    CHECK(one.entropies[0] == doctest::Approx(1.5 * std::log(2.0)));
    CHECK(one.kept == 2);
  }
}

TEST_CASE("annealing gives the weight to the first tokens, or to those after") {
  const Row row{.logits = {random_logits(20, 1), random_logits(20, 2)}};
  const auto weight_at = [&](const StepOptions& options, size_t step) {
    Row late = row;
    late.story.assign(step, 1);
    return draw(options, late).weight;
  };
  StepOptions first = pair_of(MixRule::kLinear, 0.5);
  first.mix.weight_until = 3;
  StepOptions after = pair_of(MixRule::kGeometric, 0.25);
  after.mix.weight_from = 3;
  for (const size_t step : {0, 1, 2, 3, 4, 50}) {
    CAPTURE(step);
    CHECK(weight_at(first, step) == (step < 3 ? 0.5F : 0));
    CHECK(weight_at(after, step) == (step < 3 ? 0 : 0.25F));
  }
}

TEST_CASE("the trigger acts where the instruct model is uncertain") {
  StepOptions options = pair_of(MixRule::kLinear, 0.5);
  options.mix.entropy_above = 1;
  const Logits base = random_logits(8, 1);
  const Logits sure = {9, 0, 0, 0, 0, 0, 0, 0};
  const Logits flat(8, 0.F);  // ln 8 = 2.079 nats
  CHECK(draw(options, {.logits = {base, sure}}).weight == 0);
  CHECK(draw(options, {.logits = {base, flat}}).weight == 0.5F);
  options.mix.softness = 0.5;
  CHECK(draw(options, {.logits = {base, flat}}).weight ==
        doctest::Approx(0.5 / (1 + std::exp((1 - std::log(8.0)) / 0.5))));
}

TEST_CASE("routing asks the base where the base is uncertain") {
  const Logits flat(8, 0.F), sure = {9, 0, 0, 0, 0, 0, 0, 0};
  StepOptions options{.models = 2};
  options.mix = {.rule = MixRule::kRouting,
                 .threshold = 0.5,
                 .truncate_by = TruncateBy::kMixture};
  CHECK(draw(options, {.logits = {flat, sure}}).route == 0);
  CHECK(draw(options, {.logits = {sure, flat}}).route == 1);
  CHECK(draw(options, {.logits = {flat, sure}}).weight == 1);
  CHECK(draw(options, {.logits = {sure, flat}}).weight == 0);
  options.mix.route_by = RouteBy::kEntropy;  // nats
  CHECK(draw(options, {.logits = {flat, sure}}).route == 0);
  options.mix.threshold = 2.1;  // above ln 8
  CHECK(draw(options, {.logits = {flat, sure}}).route == 1);
}

TEST_CASE("a routed token comes from the chosen model alone") {
  const Logits base = random_logits(20, 1), instruct = random_logits(20, 2);
  StepOptions options{.models = 2};
  options.mix = {.rule = MixRule::kRouting,
                 .threshold = 2,  // always uncertain: the base
                 .truncate_by = TruncateBy::kMixture};
  options.sampling = {.temperature = 0.8, .top_p = 0.7};
  StepOptions alone{.models = 1, .sampling = options.sampling};
  check_near(q_of(options, {.logits = {base, instruct}}),
             q_of(alone, {.logits = {base}}),
             0);
  options.mix.threshold = 0;  // never
  check_near(q_of(options, {.logits = {base, instruct}}),
             q_of(alone, {.logits = {instruct}}),
             0);
}

TEST_CASE("punctuation is the instruct model's where routing says so") {
  StepOptions options{.models = 2};
  options.mix = {.rule = MixRule::kRouting,
                 .threshold = 0.5,
                 .punctuation = true,
                 .truncate_by = TruncateBy::kMixture};
  options.token_flags = {kPunctuation, kStartsWord, 0, 0};
  const Logits flat(4, 0.F);
  CHECK(draw(options, {.logits = {flat, {3, 0, 0, 0}}}).route == 1);
  CHECK(draw(options, {.logits = {flat, {0, 3, 0, 0}}}).route == 0);
}

TEST_CASE("with word_boundary the model changes only between words") {
  StepOptions options{.models = 2};
  options.mix = {.rule = MixRule::kRouting,
                 .threshold = 0.5,
                 .word_boundary = true,
                 .truncate_by = TruncateBy::kMixture};
  options.token_flags = {0, kStartsWord, kPunctuation, 0};
  options.stop_ids = {.instruct = {3}, .base = {3}};
  const Logits sure = {0, 0, 0, 0};
  // The base is uncertain, so it is wanted; what would it write?
  const auto route_after = [&](int32_t before, const Logits& base) {
    Row row{.logits = {base, sure}};
    row.route = before;
    return draw(options, row).route;
  };
  const Logits inside = {0.1F, 0, 0, 0}, word = {0, 0.1F, 0, 0},
               mark = {0, 0, 0.1F, 0}, end = {0, 0, 0, 0.1F};
  CHECK(route_after(1, inside) == 1);
  CHECK(route_after(1, word) == 0);
  CHECK(route_after(1, mark) == 0);
  CHECK(route_after(1, end) == 0);
  CHECK(route_after(0, inside) == 0);
  CHECK(route_after(-1, inside) == 0);
}

TEST_CASE("switch draws its coin apart from the tokens") {
  StepOptions options{.models = 2};
  options.mix = {.rule = MixRule::kSwitch,
                 .share = 0.3,
                 .truncate_by = TruncateBy::kMixture};
  const Logits base = random_logits(10, 1), instruct = random_logits(10, 2);
  StepOptions alone{.models = 1};
  int from_base = 0;
  for (uint32_t i = 0; i < 2000; ++i) {
    const TokenDraw mixed =
        draw(options, {.logits = {base, instruct}, .sample = i});
    // The same random numbers as the chosen model alone.
    const Logits& chosen = mixed.route == 0 ? base : instruct;
    CHECK(mixed.id == draw(alone, {.logits = {chosen}, .sample = i}).id);
    from_base += mixed.route == 0;
  }
  // 600 ± 4.5 standard deviations of 20.5.
  CHECK(from_base > 508);
  CHECK(from_base < 692);
}

TEST_CASE("sets without a common token fall back to the instruct model's") {
  StepOptions options = pair_of(MixRule::kLinear, 0.5);
  options.mix.truncate_by = TruncateBy::kIntersection;
  options.sampling.top_k = 1;
  const std::vector<double> q =
      q_of(options, {.logits = {{9, 0, 0}, {0, 9, 0}}});
  CHECK(q == std::vector<double>{0, 1, 0});
}

TEST_CASE("where the base excludes the whole set, gamma 1 is its limit") {
  // The instruct model is certain of an end that the base must not vote for.
  StepOptions options = pair_of(MixRule::kLinear, 1);
  options.stop_ids = {.instruct = {3, 2}, .base = {0}};
  options.sampling.top_p = 0.9;
  const TokenDraw one =
      draw(options, {.logits = {{0, 0, 0, 0}, {-9, -9, 9, -9}}});
  CHECK(one.id == 2);
  CHECK(one.log_prob_sampled == 0);
}

TEST_CASE("renormalised sets give each distribution its whole weight") {
  StepOptions options = pair_of(MixRule::kLinear, 0.5);
  options.sampling.top_k = 2;
  const Row row{.logits = {{std::log(0.05F), std::log(0.05F), std::log(0.9F)},
                           {std::log(0.6F), std::log(0.3F), std::log(0.1F)}}};
  check_near(q_of(options, row), {.65, .35, 0});
  options.mix.renormalise = true;  // ½·(2/3, 1/3) + ½·(1/2, 1/2)
  check_near(q_of(options, row), {7 / 12., 5 / 12., 0});
}

TEST_CASE("greedy takes the most probable token, the lower id on a tie") {
  StepOptions options = pair_of(MixRule::kLinear, 0.5);
  options.sampling.do_sample = false;
  CHECK(draw(options, {.logits = {{0, 1, 2, 2}, {0, 0, 0, 0}}}).id == 2);
}

TEST_CASE("logits that are not numbers are an error, not a token") {
  for (const float bad : {std::nanf(""), INFINITY}) {
    Logits logits = random_logits(20, 1);
    logits[13] = bad;
    CHECK_THROWS_AS(draw({.models = 1}, {.logits = {logits}}), WorldError);
  }
  CHECK_THROWS_AS(draw({.models = 1}, {.logits = {Logits(20, kNever)}}),
                  WorldError);
}

TEST_CASE("a trace holds what was drawn from, to the winner's clock") {
  StepOptions options = pair_of(MixRule::kLinear, 0.5);
  options.sampling.top_p = 0.8;
  for (uint32_t i = 0; i < 50; ++i) {
    const Row row{
        .logits = {random_logits(30, 2 * i), random_logits(30, 2 * i + 1)},
        .sample = i};
    const StepTrace step = trace(options, row);
    CHECK(step.draw.id == draw(options, row).id);
    CHECK(step.ids == step.sets[1]);
    CHECK(step.sets[0].empty());  // nobody asked for the base's
    size_t best = 0;
    double total = 0;
    for (size_t j = 0; j < step.ids.size(); ++j) {
      total += step.q[j];
      if (step.exponentials[j] / step.q[j] <
          step.exponentials[best] / step.q[best]) {
        best = j;
      }
    }
    CHECK(step.ids[best] == step.draw.id);
    CHECK(total == doctest::Approx(1));
  }
}

}  // namespace cdx
