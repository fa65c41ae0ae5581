#include "analyze/map.h"

#include <algorithm>
#include <cmath>

#include "analyze/parallel.h"
#include "analyze/principal.h"

namespace glimpse::analyze {
namespace {

constexpr std::size_t kComponents = 32, kFewestRows = 5;
constexpr int kExaggeratedRounds = 120;
constexpr float kExaggeration = 12;

/// How near j is to i, as probabilities over j with the wanted perplexity, by bisection of the width.
void neighbour_probabilities(const Matrix& rows, std::size_t i, double perplexity, std::span<float> out) {
  std::vector<double> squared(rows.rows());
  double nearest = INFINITY;
  for (std::size_t j = 0; j < squared.size(); ++j) {
    for (std::size_t d = 0; d < rows.dimension; ++d) squared[j] += std::pow(rows.row(i)[d] - rows.row(j)[d], 2);
    if (j != i) nearest = std::min(nearest, squared[j]);
  }
  double low = 0, high = INFINITY, beta = 1 / std::max(1e-9, nearest);
  for (int step = 0; step < 60; ++step) {
    double sum = 0, weighted = 0;
    for (std::size_t j = 0; j < squared.size(); ++j) {
      const double p = j == i ? 0 : std::exp(-beta * (squared[j] - nearest));
      out[j] = static_cast<float>(p);
      sum += p;
      weighted += p * (squared[j] - nearest);
    }
    const double entropy = std::log(sum) + beta * weighted / sum;
    for (float& p : out) p = static_cast<float>(p / sum);
    if (std::abs(entropy - std::log(perplexity)) < 1e-5) return;
    (entropy > std::log(perplexity) ? low : high) = beta;
    beta = std::isinf(high) ? 2 * beta : (low + high) / 2;
  }
}

/// [n, n], symmetric, sums to 1.
std::vector<float> affinities(const Matrix& rows, double perplexity, int threads) {
  const std::size_t n = rows.rows();
  std::vector<float> p(n * n);
  for_each_index(n, threads,
                 [&](std::size_t i) { neighbour_probabilities(rows, i, perplexity, std::span(p).subspan(i * n, n)); });
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const float both = (p[i * n + j] + p[j * n + i]) / (2 * static_cast<float>(n));
      p[i * n + j] = p[j * n + i] = std::max(both, 1e-12f);
    }
  }
  return p;
}

/// The points and how they move.
class Layout {
 public:
  Layout(std::vector<float> p, const Matrix& start, int threads)
      : n_(start.rows()),
        threads_(threads),
        p_(std::move(p)),
        x_(n_),
        y_(n_),
        moved_(2 * n_),
        gains_(2 * n_, 1.0f),
        forces_(n_) {
    float widest = 1e-12f;
    for (std::size_t i = 0; i < n_; ++i) widest = std::max(widest, std::abs(start.row(i)[0]));
    for (std::size_t i = 0; i < n_; ++i) {
      x_[i] = start.row(i)[0] / widest * 1e-2f;
      y_[i] = start.row(i)[1] / widest * 1e-2f;
    }
  }

  void round(float exaggeration, float momentum) {
    for_each_index(n_, threads_, [&](std::size_t i) { forces_[i] = forces_on(i); });
    double total = 0;
    for (const Forces& force : forces_) total += force.weight;
    const float rate = std::max(50.0f, static_cast<float>(n_) / kExaggeration);
    for (std::size_t i = 0; i < n_; ++i) {
      const Forces& force = forces_[i];
      move(2 * i, x_[i], 4 * (exaggeration * force.pull[0] - force.push[0] / static_cast<float>(total)), rate,
           momentum);
      move(2 * i + 1, y_[i], 4 * (exaggeration * force.pull[1] - force.push[1] / static_cast<float>(total)), rate,
           momentum);
    }
  }

  std::vector<MapPoint> points() const {
    std::vector<MapPoint> points;
    for (std::size_t i = 0; i < n_; ++i) points.push_back({x_[i], y_[i]});
    return points;
  }

 private:
  struct Forces {
    std::array<float, 2> pull = {}, push = {};
    double weight = 0;
  };

  // Sums of a row in fixed blocks: their order, and so the result, is always the same.
  Forces forces_on(std::size_t i) const {
    constexpr std::size_t kLanes = 8;
    float sums[5][kLanes] = {};
    const float* p = p_.data() + i * n_;
    const auto add = [&](std::size_t j, std::size_t lane) {
      const float dx = x_[i] - x_[j], dy = y_[i] - y_[j], w = 1 / (1 + dx * dx + dy * dy);
      sums[0][lane] += p[j] * w * dx;
      sums[1][lane] += p[j] * w * dy;
      sums[2][lane] += w * w * dx;
      sums[3][lane] += w * w * dy;
      sums[4][lane] += w;
    };
    std::size_t j = 0;
    for (; j + kLanes <= n_; j += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) add(j + lane, lane);
    }
    for (; j < n_; ++j) add(j, 0);
    Forces forces;
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      for (std::size_t d = 0; d < 2; ++d) {
        forces.pull[d] += sums[d][lane];
        forces.push[d] += sums[2 + d][lane];
      }
      forces.weight += sums[4][lane];
    }
    forces.weight -= 1;  // itself
    return forces;
  }

  void move(std::size_t at, float& coordinate, float gradient, float rate, float momentum) {
    const bool turned = (gradient > 0) == (moved_[at] > 0);
    gains_[at] = turned ? std::max(0.01f, gains_[at] * 0.8f) : gains_[at] + 0.2f;
    moved_[at] = momentum * moved_[at] - rate * gains_[at] * gradient;
    coordinate += moved_[at];
  }

  std::size_t n_;
  int threads_;
  std::vector<float> p_, x_, y_, moved_, gains_;
  std::vector<Forces> forces_;
};

}  // namespace

std::vector<MapPoint> map_of(const Matrix& rows, const MapOptions& options) {
  const std::size_t n = rows.rows();
  if (n == 0) return {};
  Matrix components = principal_components(rows, kComponents, options.seed, options.threads);
  if (components.dimension < 2 || n < kFewestRows) {
    std::vector<MapPoint> points;
    for (std::size_t i = 0; i < n; ++i) {
      points.push_back({components.row(i)[0], components.dimension > 1 ? components.row(i)[1] : 0.0});
    }
    return points;
  }
  const double perplexity = std::clamp(options.perplexity, 2.0, std::max(2.0, static_cast<double>(n - 1) / 3));
  Layout layout(affinities(components, perplexity, options.threads), components, options.threads);
  for (int round = 0; round < options.rounds; ++round) {
    if (options.cancelled && options.cancelled()) break;
    const bool early = round < kExaggeratedRounds;
    layout.round(early ? kExaggeration : 1, early ? 0.5f : 0.8f);
  }
  return layout.points();
}

}  // namespace glimpse::analyze
