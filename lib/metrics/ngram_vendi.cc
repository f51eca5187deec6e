#include "metrics/ngram_vendi.h"

#include "metrics/semantic.h"
#include "util/errors.h"

#include <algorithm>
#include <cmath>

namespace cdx {
namespace {

struct Posting {
  Eigen::Index text;
  double weight;
};

// For each n-gram the texts that have it, ascending; a text's weights are its
// counts scaled to length 1.
std::vector<std::vector<Posting>> postings_of(const TokenIds& grams) {
  std::vector<std::vector<Posting>> postings(
      static_cast<size_t>(grams.n_types));
  for (size_t t = 0; t < grams.texts.size(); ++t) {
    const auto text = static_cast<Eigen::Index>(t);
    for (int32_t gram : grams.texts[t]) {
      std::vector<Posting>& places = postings[static_cast<size_t>(gram)];
      if (places.empty() || places.back().text != text) {
        places.push_back({text, 0});
      }
      ++places.back().weight;
    }
  }
  Eigen::VectorXd squares =
      Eigen::VectorXd::Zero(static_cast<Eigen::Index>(grams.texts.size()));
  for (const std::vector<Posting>& places : postings) {
    for (const Posting& p : places) squares[p.text] += p.weight * p.weight;
  }
  for (std::vector<Posting>& places : postings) {
    for (Posting& p : places) p.weight /= std::sqrt(squares[p.text]);
  }
  return postings;
}

// Adds the cosines of the texts' counts to the lower triangle.
void add_cosines(const TokenIds& grams, Eigen::MatrixXd& sums) {
  for (const std::vector<Posting>& places : postings_of(grams)) {
    for (size_t a = 0; a < places.size(); ++a) {
      auto column = sums.col(places[a].text);
      for (size_t b = a; b < places.size(); ++b) {
        column[places[b].text] += places[a].weight * places[b].weight;
      }
    }
  }
}

void check_input(const TokenIds& tokens, const std::vector<int>& orders) {
  if (tokens.texts.empty()) throw UserError("ngram_vendi: there are no texts");
  if (orders.empty() || *std::min_element(orders.begin(), orders.end()) < 1) {
    throw UserError("ngram_vendi: it needs orders of n-grams, at least 1 each");
  }
}

bool has_length(const TokenIds& tokens, int order) {
  return std::any_of(
      tokens.texts.begin(), tokens.texts.end(), [&](const auto& text) {
        return text.size() >= static_cast<size_t>(order);
      });
}

}  // namespace

Eigen::MatrixXd ngram_cosines(const TokenIds& tokens,
                              const std::vector<int>& orders) {
  check_input(tokens, orders);
  const auto n = static_cast<Eigen::Index>(tokens.texts.size());
  Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(n, n);
  const std::vector<TokenIds> grams =
      ngrams_up_to(tokens, *std::max_element(orders.begin(), orders.end()));
  for (int order : orders) {
    add_cosines(grams[static_cast<size_t>(order - 1)], sums);
  }
  sums /= static_cast<double>(orders.size());
  return sums.selfadjointView<Eigen::Lower>();
}

double ngram_vendi(const TokenIds& tokens, const std::vector<int>& orders) {
  const Eigen::MatrixXd kernel = ngram_cosines(tokens, orders);
  if (kernel.diagonal().minCoeff() == 0) return std::nan("");
  const Eigen::VectorXd scales = kernel.diagonal().cwiseSqrt().cwiseInverse();
  return vendi_score_of_kernel(scales.asDiagonal() * kernel *
                               scales.asDiagonal());
}

double ngram_vendi_compat(const TokenIds& tokens,
                          const std::vector<int>& orders) {
  const Eigen::MatrixXd kernel = ngram_cosines(tokens, orders);
  for (int order : orders) {
    if (!has_length(tokens, order)) return std::nan("");
  }
  return vendi_score_of_kernel(kernel);
}

}  // namespace cdx
