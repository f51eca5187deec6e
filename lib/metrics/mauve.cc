#include "metrics/mauve.h"

#include "metrics/kmeans.h"
#include "metrics/pca.h"
#include "util/errors.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace cdx {
namespace {

void check_same_length(size_t p, size_t q) {
  if (p == 0 || p != q) {
    throw UserError(fmt::format(
        "mauve: histograms of {} and {} buckets cannot be compared", p, q));
  }
}

double divergence(const Histogram& from, const Histogram& to) {
  double sum = 0;
  for (size_t b = 0; b < from.size(); ++b) {
    if (from[b] > 0) sum += from[b] * std::log(from[b] / to[b]);
  }
  return sum;
}

// Trapezoids over x.
double area(std::vector<CurvePoint> curve) {
  std::sort(curve.begin(), curve.end(), [](CurvePoint a, CurvePoint b) {
    return a.x != b.x ? a.x < b.x : a.y > b.y;
  });
  double sum = 0;
  for (size_t i = 1; i < curve.size(); ++i) {
    sum += (curve[i].x - curve[i - 1].x) * (curve[i].y + curve[i - 1].y) / 2;
  }
  return sum;
}

Histogram normalised(const std::vector<int64_t>& counts, double extra) {
  Histogram histogram;
  double sum = 0;
  for (int64_t count : counts) {
    if (count < 0) throw UserError("mauve: a count is negative");
    histogram.push_back(static_cast<double>(count) + extra);
    sum += histogram.back();
  }
  if (sum == 0) throw UserError("mauve: one side has no texts");
  for (double& share : histogram) share /= sum;
  return histogram;
}

int64_t count_buckets(int64_t n_p, int64_t n_q, const MauveOptions& options) {
  if (options.buckets > 0) return options.buckets;
  const double tenth = static_cast<double>(std::min(n_p, n_q)) / 10;
  return std::max<int64_t>(2, std::llrint(tenth));
}

// What is clustered: the rows of q, then those of p.
Embeddings features_of(const Embeddings& p,
                       const Embeddings& q,
                       const MauveOptions& options) {
  options.check();
  if (p.rows() == 0 || q.rows() == 0) {
    throw UserError("mauve: one side has no embeddings");
  }
  return principal_components(unit_rows(stack(q, p, "mauve"), "mauve"),
                              options.variance_kept);
}

// Bucket of each row with the s-th seed.
std::vector<int32_t> clustered(const Embeddings& features,
                               int64_t buckets,
                               const MauveOptions& options,
                               int s) {
  const uint32_t seed = options.seed + static_cast<uint32_t>(s) + 2;
  return kmeans(features, {.clusters = buckets, .seed = seed}).labels;
}

// Half of what a bucket adds to frontier_integral.
double frontier_term(double p, double q) {
  if (p == 0) return q / 4;
  if (q == 0) return p / 4;
  constexpr double kEqual = 1e-8;
  if (std::abs(p - q) <= kEqual) return 0;
  return (p + q) / 4 - p * q / 2 * (std::log(p) - std::log(q)) / (p - q);
}

constexpr double MauveValues::*kMembers[] = {
    &MauveValues::mauve,
    &MauveValues::frontier_integral,
    &MauveValues::mauve_star,
    &MauveValues::frontier_integral_star};

void summarise(MauveResult& result) {
  const auto n = static_cast<double>(result.by_seed.size());
  for (double MauveValues::*member : kMembers) {
    double sum = 0, squares = 0;
    for (const MauveValues& values : result.by_seed) sum += values.*member;
    const double mean = sum / n;
    for (const MauveValues& values : result.by_seed) {
      squares += (values.*member - mean) * (values.*member - mean);
    }
    result.mean.*member = mean;
    result.deviation.*member = n < 2 ? std::numeric_limits<double>::quiet_NaN()
                                     : std::sqrt(squares / (n - 1));
  }
}

}  // namespace

void MauveOptions::check() const {
  if (buckets < 0) {
    throw UserError("mauve: the number of buckets is negative");
  }
  if (!(scaling_factor > 0) || !std::isfinite(scaling_factor)) {
    throw UserError(fmt::format("mauve: the scaling factor is {}, not above 0",
                                scaling_factor));
  }
  if (grid_points < 2) {
    throw UserError("mauve: the grid needs at least two points");
  }
  if (n_seeds < 1) throw UserError("mauve: it needs at least one seed");
}

MauveResult mauve(const Embeddings& p,
                  const Embeddings& q,
                  const MauveOptions& options) {
  const Embeddings features = features_of(p, q, options);
  MauveResult result;
  result.buckets = count_buckets(p.rows(), q.rows(), options);
  for (int s = 0; s < options.n_seeds; ++s) {
    const std::vector<int32_t> labels =
        clustered(features, result.buckets, options, s);
    std::vector<int64_t> p_counts(static_cast<size_t>(result.buckets));
    std::vector<int64_t> q_counts = p_counts;
    for (size_t i = 0; i < labels.size(); ++i) {
      const bool of_q = i < static_cast<size_t>(q.rows());
      ++(of_q ? q_counts : p_counts)[static_cast<size_t>(labels[i])];
    }
    result.by_seed.push_back(mauve_of_counts(p_counts, q_counts, options));
  }
  summarise(result);
  return result;
}

MauveBuckets mauve_buckets(const Embeddings& p,
                           const Embeddings& q,
                           const MauveOptions& options) {
  const Embeddings features = features_of(p, q, options);
  const int64_t buckets = count_buckets(p.rows(), q.rows(), options);
  return {clustered(features, buckets, options, 0), buckets};
}

MauveValues mauve_of_counts(const std::vector<int64_t>& p,
                            const std::vector<int64_t>& q,
                            const MauveOptions& options) {
  check_same_length(p.size(), q.size());
  const Histogram plain_p = normalised(p, 0), plain_q = normalised(q, 0);
  const Histogram star_p = normalised(p, 0.5), star_q = normalised(q, 0.5);
  return {.mauve = mauve_of_histograms(plain_p, plain_q, options),
          .frontier_integral = frontier_integral(plain_p, plain_q),
          .mauve_star = mauve_of_histograms(star_p, star_q, options),
          .frontier_integral_star = frontier_integral(star_p, star_q)};
}

std::vector<CurvePoint> divergence_curve(const Histogram& p,
                                         const Histogram& q,
                                         const MauveOptions& options) {
  options.check();
  check_same_length(p.size(), q.size());
  constexpr double kFirst = 1e-6, kLast = 1 - 1e-6;
  const double step = (kLast - kFirst) / (options.grid_points - 1);
  std::vector<CurvePoint> curve = {{1, 0}};
  Histogram mixture(p.size());
  for (int i = 0; i < options.grid_points; ++i) {
    const double w = i + 1 == options.grid_points ? kLast : kFirst + i * step;
    for (size_t b = 0; b < p.size(); ++b) {
      mixture[b] = w * p[b] + (1 - w) * q[b];
    }
    curve.push_back(
        {std::exp(-options.scaling_factor * divergence(q, mixture)),
         std::exp(-options.scaling_factor * divergence(p, mixture))});
  }
  curve.push_back({0, 1});
  return curve;
}

double mauve_of_histograms(const Histogram& p,
                           const Histogram& q,
                           const MauveOptions& options) {
  std::vector<CurvePoint> curve = divergence_curve(p, q, options);
  const double over_x = area(curve);
  for (CurvePoint& point : curve) std::swap(point.x, point.y);
  return (over_x + area(std::move(curve))) / 2;
}

double frontier_integral(const Histogram& p, const Histogram& q) {
  check_same_length(p.size(), q.size());
  double sum = 0;
  for (size_t b = 0; b < p.size(); ++b) sum += frontier_term(p[b], q[b]);
  return 2 * sum;
}

}  // namespace cdx
