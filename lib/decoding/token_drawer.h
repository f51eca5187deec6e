#pragma once

#include "decoding/distribution.h"
#include "decoding/mix_options.h"
#include "decoding/options.h"
#include "decoding/race.h"
#include "decoding/sampling_options.h"
#include "kernels/philox.h"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

// One decoding step of one row: P = f(logits of the models, state), a pure
// function, then the draw. No tensors here: the logits lie in memory. How
// several models are mixed: token_drawer_mix.cc.
namespace cdx {

constexpr size_t kMaxModels = 3;

// What routing must know of a token's text.
enum TokenFlag : uint8_t { kStartsWord = 1, kPunctuation = 2 };

struct StepOptions {
  size_t models = 1;
  SamplingOptions sampling;
  MixOptions mix;  // read when there are several models
  EndOptions end;
  StopIds stop_ids;
  // [V] TokenFlag bits; read by routing's punctuation and word_boundary.
  std::vector<uint8_t> token_flags;

  // The model whose end tokens, text and set a mixture follows: instruct,
  // expert, or the only one.
  size_t lead() const { return models == 1 ? 0 : 1; }
};

// What a row brings to a step.
struct RowInput {
  // [model][V]: logits of {the only model}, {base, instruct} or {base, expert,
  // antiexpert}; padding left off.
  std::array<std::span<const float>, kMaxModels> logits;
  std::array<std::span<const int32_t>, kMaxModels> prompts;
  std::span<const int32_t> story;  // the tokens drawn so far
  RandomCoordinates at;
  // The model that routing or switch chose in the step before; −1: none yet.
  int32_t route = -1;
};

struct TokenDraw {
  int32_t id = -1;
  // ln of the token's probability under each model: raw, that is temperature 1,
  // nothing cut, no end token moved.
  std::array<float, kMaxModels> log_probs{};
  // ln q of the token, q the distribution drawn from (of a greedy choice too).
  float log_prob_sampled = 0;
  // Nats: of each model's raw distribution, and of q.
  std::array<float, kMaxModels> entropies{};
  float entropy_sampled = 0;
  int32_t kept = 0;  // tokens that q is spread over
  // gamma, beta or alpha as it acted; 1 or 0 where routing or switch chose the
  // base or the instruct model; 0 with one model.
  float weight = 0;
  int32_t route = -1;
};

// What explains a step: every intermediate result.
struct StepTrace {
  RandomCoordinates at;
  TokenDraw draw;
  // [model][V] probabilities after penalties, end tokens and temperature.
  std::vector<std::vector<float>> p;
  // [model] its own truncation set, ascending; empty where none was sought.
  std::vector<std::vector<int32_t>> sets;
  std::vector<int32_t> ids;         // tokens that q is spread over, ascending
  std::vector<double> q;            // [ids]
  std::vector<float> exponentials;  // [ids] of the race
};

// Draws tokens, one row at a time. Reuse one for many rows, in one thread.
class TokenDrawer {
 public:
  explicit TokenDrawer(const StepOptions& options);

  // Throws WorldError if the logits are not numbers.
  TokenDraw draw(const RowInput& row);
  // Of the last draw; `row` as it was given.
  StepTrace trace(const RowInput& row) const;

 private:
  struct Raw {
    float max = 0;
    double log_sum = 0, entropy = 0;
  };
  // How the models' distributions are weighted in this step.
  struct Weights {
    std::array<double, kMaxModels> of_model{};
    bool log_space = false;
    int32_t only = -1;  // the one model that counts, exactly
    double shown = 0;   // TokenDraw::weight
  };

  void prepare_model(size_t m, const RowInput& row);
  void move_ends(size_t m, size_t step);
  void run_stages(const std::vector<Stage>& stages,
                  double temperature,
                  const RowInput& row,
                  size_t m,
                  Distribution& distribution) const;

  Weights weights_of(const RowInput& row) const;
  double annealed(double weight, const RowInput& row) const;
  int32_t choose_model(const RowInput& row) const;
  bool may_change_to(size_t m, const RowInput& row) const;
  int32_t most_probable(size_t m, const RowInput& row) const;
  bool has_flag(int32_t id, int flags) const;

  void take_set();
  void take_all();
  void keep_plausible(const RowInput& row);
  double mass_on_set(const Distribution& model) const;
  void take_weights(const Distribution& from);
  void weigh_set(const Weights& weights, const RowInput& row);
  void weigh_probabilities(const Weights& weights);
  void weigh_scores(const Weights& weights);
  void weigh_mixture(const Weights& weights, const RowInput& row);
  void mix_probabilities(const Weights& weights);
  void mix_scores(const Weights& weights, const RowInput& row);
  float score(const Weights& weights, int32_t id) const;
  float plausible_from() const;
  void fall_back_to_lead();
  TokenDraw told(const Winner& winner,
                 const Weights& weights,
                 const RowInput& row) const;

  const StepOptions& options_;
  bool mixture_is_whole_ = false;  // mixed over all V tokens, then cut
  std::array<double, kMaxModels> temperatures_{};
  std::array<std::vector<Stage>, kMaxModels> model_stages_;
  std::vector<Stage> mixture_stages_;

  std::array<Distribution, kMaxModels> models_;
  std::array<Raw, kMaxModels> raw_;
  Distribution mixture_;
  std::vector<float> buffer_;
  // The tokens that q is spread over, ascending, and their weights.
  std::vector<int32_t> ids_;
  std::vector<float> weights_;
  TokenDraw last_;
};

}  // namespace cdx
