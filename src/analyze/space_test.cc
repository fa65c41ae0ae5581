#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "analyze/clusters.h"
#include "analyze/kmeans.h"
#include "analyze/map.h"
#include "analyze/neighbours.h"
#include "analyze/pictures_for_tests.h"
#include "analyze/principal.h"

namespace glimpse::analyze {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(KMeans, FindsPlantedGroupsWhateverTheSeed) {
  const Matrix rows = planted(6, 30, 32, 0.3, 11);
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const auto found = spherical_kmeans(rows, 6, seed, 2);
    std::set<std::size_t> used;
    for (std::size_t group = 0; group < 6; ++group) {
      for (std::size_t i = 0; i < 30; ++i) EXPECT_EQ(found.assignment[30 * group + i], found.assignment[30 * group]);
      used.insert(found.assignment[30 * group]);
    }
    EXPECT_EQ(used.size(), 6u) << "seed " << seed;
  }
}

TEST(KMeans, IsTheSameOnAnyNumberOfThreads) {
  const Matrix rows = planted(5, 40, 16, 0.8, 3);
  const auto one = spherical_kmeans(rows, 7, 1, 1), three = spherical_kmeans(rows, 7, 1, 3);
  EXPECT_EQ(one.assignment, three.assignment);
  EXPECT_EQ(one.centres.values, three.centres.values);
  EXPECT_EQ(one.distance, three.distance);
}

TEST(KMeans, OfEqualRowsAndOfAsManyCentresAsRows) {
  Matrix same{.dimension = 2, .values = {}};
  for (int i = 0; i < 5; ++i) same.values.insert(same.values.end(), {1, 0});
  EXPECT_THAT(spherical_kmeans(same, 3, 1, 1).distance, DoubleNear(0, 1e-6));
  const Matrix rows = planted(4, 1, 8, 0, 2);
  EXPECT_THAT(spherical_kmeans(rows, 4, 1, 1).distance, DoubleNear(0, 1e-6));
}

TEST(ChooseK, BendsAtThePlantedNumber) {
  for (const std::size_t groups : {3u, 5u, 9u}) {
    EXPECT_EQ(choose_k(planted(groups, 40, 32, 0.25, 5), kMostClusters, 1, 2).chosen, groups);
  }
}

TEST(ChooseK, OfFewOrEqualRowsIsOne) {
  EXPECT_EQ(choose_k(planted(3, 2, 8, 0.1, 1), kMostClusters, 1, 1).chosen, 1u);
  Matrix same{.dimension = 2, .values = {}};
  for (int i = 0; i < 50; ++i) same.values.insert(same.values.end(), {1, 0});
  EXPECT_EQ(choose_k(same, kMostClusters, 1, 1).chosen, 1u);
}

TEST(Clusters, AreLargestFirstCentralFirstAndNamedByTheirWords) {
  Matrix rows = planted(2, 20, 16, 0.2, 4);
  rows.values.resize(30 * 16);  // twenty, then ten
  CaptionSet captions;
  captions.texts = {"a dog on grass", "a boat at sea"};
  for (std::size_t i = 0; i < 30; ++i) captions.links.push_back({i, i < 20 ? std::size_t{0} : std::size_t{1}});
  const auto found = cluster(rows, 0, &captions, 1, 2);
  ASSERT_THAT(found.clusters, SizeIs(2));
  EXPECT_THAT(found.clusters[0].members, SizeIs(20));
  EXPECT_THAT(found.clusters[0].words, testing::UnorderedElementsAre("dog", "grass"));
  EXPECT_THAT(found.clusters[1].words, testing::UnorderedElementsAre("boat", "sea"));
  EXPECT_EQ(found.assignment[0], 0u);
  EXPECT_EQ(found.assignment[29], 1u);
  EXPECT_GT(found.clusters[0].tightness, 0.9);
}

TEST(Clusters, OfNothingAndOfOnePicture) {
  EXPECT_THAT(cluster({}, 0, nullptr, 1, 1).clusters, IsEmpty());
  const auto one = cluster(planted(1, 1, 4, 0, 1), 5, nullptr, 1, 1);
  ASSERT_THAT(one.clusters, SizeIs(1));
  EXPECT_EQ(name_of(one.clusters[0], 0), "group 1");
}

TEST(PrincipalComponents, LieAlongTheAxesOfAnEllipse) {
  Matrix rows{.dimension = 3, .values = {}};
  Random random(9);
  for (int i = 0; i < 400; ++i) {
    const double a = random.uniform() - 0.5, b = random.uniform() - 0.5;
    for (const double value : {5 + 3 * a, -2 + 8 * b, 1.0}) rows.values.push_back(static_cast<float>(value));
  }
  const Matrix found = principal_components(rows, 2, 1, 2);
  ASSERT_EQ(found.dimension, 2u);
  double first = 0, second = 0, across = 0;
  for (std::size_t i = 0; i < 400; ++i) {
    first += std::pow(found.row(i)[0], 2) / 400;
    second += std::pow(found.row(i)[1], 2) / 400;
    across += found.row(i)[0] * found.row(i)[1] / 400;
  }
  EXPECT_THAT(first, DoubleNear(64.0 / 12, 0.6));
  EXPECT_THAT(second, DoubleNear(9.0 / 12, 0.1));
  EXPECT_THAT(across, DoubleNear(0, 1e-3));
}

/// For how many points the nearest other is of the same group.
double neighbours_kept(const std::vector<MapPoint>& map, std::size_t each) {
  double kept = 0;
  for (std::size_t i = 0; i < map.size(); ++i) {
    std::size_t nearest = i;
    double least = INFINITY;
    for (std::size_t j = 0; j < map.size(); ++j) {
      const double apart = std::hypot(map[i][0] - map[j][0], map[i][1] - map[j][1]);
      if (j == i || apart >= least) continue;
      least = apart;
      nearest = j;
    }
    kept += nearest / each == i / each ? 1 : 0;
  }
  return kept / static_cast<double>(map.size());
}

TEST(Map, KeepsGroupsTogether) {
  const Matrix rows = planted(6, 40, 48, 0.6, 8);
  MapOptions options;
  options.threads = 2;
  const auto map = map_of(rows, options);
  ASSERT_THAT(map, SizeIs(240));
  for (const auto& point : map) EXPECT_TRUE(std::isfinite(point[0]) && std::isfinite(point[1]));
  EXPECT_GT(neighbours_kept(map, 40), 0.97);
  for (const std::size_t axis : {0u, 1u}) {  // both dimensions are made use of
    const auto [least, most] = std::ranges::minmax(map, {}, [&](const MapPoint& point) { return point[axis]; });
    EXPECT_GT(most[axis] - least[axis], 10) << axis;
    EXPECT_LT(most[axis] - least[axis], 200) << axis;
  }
}

TEST(Map, IsTheSameOnAnyNumberOfThreadsAndEachTime) {
  const Matrix rows = planted(3, 30, 20, 0.5, 2);
  MapOptions one, three;
  three.threads = 3;
  EXPECT_EQ(map_of(rows, one), map_of(rows, three));
}

TEST(Map, OfFewRowsAndEqualRowsIsFinite) {
  EXPECT_THAT(map_of({}), IsEmpty());
  for (const std::size_t rows : {1u, 2u, 4u, 5u, 7u}) {
    for (const double spread : {0.0, 0.5}) {
      const auto map = map_of(planted(1, rows, 6, spread, 1));
      ASSERT_THAT(map, SizeIs(rows));
      for (const auto& point : map) EXPECT_TRUE(std::isfinite(point[0]) && std::isfinite(point[1])) << rows;
    }
  }
}

TEST(ClosestPairs, AreTheMostSimilarThatAreNoCopies) {
  Matrix rows = planted(5, 1, 32, 0, 6);
  rows.values.insert(rows.values.end(), rows.row(0).begin(), rows.row(0).end());  // 5 is 0 again
  Matrix near = planted(5, 1, 32, 0.05, 6);
  rows.values.insert(rows.values.end(), near.row(1).begin(), near.row(1).end());  // 6 is close to 1
  const auto pairs = closest_pairs(rows, originals(7, {{0, 5}}, {}), 0.9, 10, 2);
  ASSERT_THAT(pairs, SizeIs(1));
  EXPECT_EQ(pairs[0].first, 1u);
  EXPECT_EQ(pairs[0].second, 6u);
  EXPECT_THAT(closest_pairs(rows, originals(7, {}, {}), 0.9, 10, 1), SizeIs(2));
}

TEST(Evenly, SpreadsAndKeepsAllThatFit) {
  EXPECT_THAT(evenly(10, 3), ElementsAre(0, 3, 6));
  EXPECT_THAT(evenly(3, 10), ElementsAre(0, 1, 2));
  EXPECT_THAT(evenly(0, 10), IsEmpty());
}

}  // namespace
}  // namespace glimpse::analyze
