#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace glimpse::server {

/// Latencies in buckets, for Prometheus.
class Histogram {
 public:
  static constexpr std::array<double, 13> kBounds = {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05,
                                                     0.1,    0.25,  0.5,   1,     2.5,  10};
  void add(double seconds);
  /// Appends the lines of one series; `labels` as in `route="/x"`, or "".
  void write(std::string& out, std::string_view name, std::string_view labels) const;

 private:
  std::array<std::uint64_t, kBounds.size() + 1> counts_{};
  double sum_ = 0;
};

/// What happened so far. Thread-safe.
class Metrics {
 public:
  /// `route` is a pattern, not a path: few different values.
  void count_request(std::string_view route, std::string_view method, int status, double seconds);
  /// The steps of a search: "encode", "nearest", "total".
  void add_step(std::string_view step, double seconds);
  void set_gauge(std::string_view name, std::string_view help, double value);

  /// Source: Prometheus text exposition format 0.0.4.
  std::string text() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t, std::less<>> requests_;
  std::map<std::string, Histogram, std::less<>> durations_;
  std::map<std::string, Histogram, std::less<>> steps_;
  std::map<std::string, std::pair<std::string, double>, std::less<>> gauges_;
};

}  // namespace glimpse::server
