#include "metrics/neighbours.h"

#include "metrics/pairwise.h"
#include "metrics/pca.h"
#include "util/errors.h"

#include <algorithm>
#include <limits>
#include <vector>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr Eigen::Index kBlockRows = 128;
static_assert(kBlockRows % Panels<double>::kWidth == 0);

// The k smallest numbers offered to each row, ascending.
class Smallest {
 public:
  Smallest(Eigen::Index rows, int k)
      : k_(k),
        values_(static_cast<size_t>(rows) * static_cast<size_t>(k),
                std::numeric_limits<double>::infinity()) {}

  void offer(Eigen::Index row, double value) {
    double* first = values_.data() + row * k_;
    double* place = first + k_ - 1;
    if (!(value < *place)) return;
    for (; place > first && place[-1] > value; --place) *place = place[-1];
    *place = value;
  }
  double largest(Eigen::Index row) const {
    return values_[static_cast<size_t>(row * k_ + k_ - 1)];
  }

 private:
  Eigen::Index k_;
  std::vector<double> values_;
};

struct Points {
  explicit Points(const Embeddings& points)
      : rows(points.cast<double>()), panels(rows) {}
  Rows rows;
  Panels<double> panels;
};

// Squared distance of each point to its k-th neighbour. Each pair is computed
// once: a block of rows against itself and what follows.
std::vector<double> squared_radii(const Points& points, int k) {
  const Eigen::Index n = points.rows.rows();
  Smallest smallest(n, k);
  Rows distances(kBlockRows, n);
  for (Eigen::Index first = 0; first < n; first += kBlockRows) {
    const Eigen::Index count = std::min(kBlockRows, n - first);
    squared_distances(
        points.rows, {first, count}, points.panels, first, distances);
    for (Eigen::Index i = 0; i < count; ++i) {
      for (Eigen::Index j = first + i + 1; j < n; ++j) {
        smallest.offer(first + i, distances(i, j));
        smallest.offer(j, distances(i, j));
      }
    }
  }
  std::vector<double> radii;
  for (Eigen::Index i = 0; i < n; ++i) radii.push_back(smallest.largest(i));
  return radii;
}

void check_points(const Embeddings& points, const char* side, int k) {
  if (points.rows() < k + 2) {
    throw UserError(
        fmt::format("nearest neighbours: {} {} texts are too few for k = {}; "
                    "there must be at least k + 2",
                    points.rows(),
                    side,
                    k));
  }
  if (!points.allFinite()) {
    throw UserError(fmt::format(
        "nearest neighbours: an embedding of the {} texts is not finite; "
        "encode them again",
        side));
  }
}

// What is found in balls, over all pairs of a reference and a model point.
struct Found {
  std::vector<char> model_in_ball, reference_in_ball, ball_taken;
  int64_t pairs = 0;  // model points in reference balls
};

Found find_in_balls(const Points& reference,
                    const Points& model,
                    const NeighbourOptions& options) {
  const std::vector<double> radii = squared_radii(reference, options.k);
  const std::vector<double> model_radii = squared_radii(model, options.k);
  Found found{.model_in_ball = std::vector<char>(model_radii.size()),
              .reference_in_ball = std::vector<char>(radii.size()),
              .ball_taken = std::vector<char>(radii.size())};
  const auto inside = [&](double distance, double radius) {
    return options.border_inside ? distance <= radius : distance < radius;
  };
  Rows distances(kBlockRows, model.rows.rows());
  const auto n = static_cast<Eigen::Index>(radii.size());
  for (Eigen::Index first = 0; first < n; first += kBlockRows) {
    const Eigen::Index count = std::min(kBlockRows, n - first);
    squared_distances(
        reference.rows, {first, count}, model.panels, 0, distances);
    for (Eigen::Index i = 0; i < count; ++i) {
      const auto r = static_cast<size_t>(first + i);
      for (size_t m = 0; m < model_radii.size(); ++m) {
        const double distance = distances(i, static_cast<Eigen::Index>(m));
        const bool in_reference = inside(distance, radii[r]);
        const bool in_model = inside(distance, model_radii[m]);
        found.pairs += in_reference;
        found.model_in_ball[m] |= static_cast<char>(in_reference);
        found.ball_taken[r] |= static_cast<char>(in_reference);
        found.reference_in_ball[r] |= static_cast<char>(in_model);
      }
    }
  }
  return found;
}

double share(const std::vector<char>& flags) {
  return static_cast<double>(std::count(flags.begin(), flags.end(), 1)) /
         static_cast<double>(flags.size());
}

}  // namespace

void NeighbourOptions::check() const {
  if (k < 1) {
    throw UserError(
        fmt::format("nearest neighbours: k is {}, not at least 1", k));
  }
}

NeighbourValues neighbour_balls(const Embeddings& reference,
                                const Embeddings& model,
                                const NeighbourOptions& options) {
  options.check();
  check_same_columns(reference, model, "nearest neighbours");
  check_points(reference, "reference", options.k);
  check_points(model, "model", options.k);
  const Found found = find_in_balls(Points(reference), Points(model), options);
  return {.precision = share(found.model_in_ball),
          .recall = share(found.reference_in_ball),
          .density = static_cast<double>(found.pairs) /
                     (static_cast<double>(options.k) *
                      static_cast<double>(model.rows())),
          .coverage = share(found.ball_taken)};
}

NeighbourValues le_bronnec_balls(const Embeddings& reference,
                                 const Embeddings& model,
                                 const LeBronnecOptions& options) {
  const Eigen::Index n = std::min(reference.rows(), model.rows());
  const Embeddings both =
      stack(model.topRows(n), reference.topRows(n), "nearest neighbours");
  const Embeddings components = principal_components(
      unit_rows(both, "nearest neighbours"), options.variance_kept);
  return neighbour_balls(
      components.bottomRows(n), components.topRows(n), options.neighbours);
}

}  // namespace cdx
