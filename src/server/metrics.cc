#include "server/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace glimpse::server {
namespace {

/// A method from outside may be any token; only the known ones become label values.
std::string_view method_label(std::string_view method) {
  static constexpr std::array<std::string_view, 5> kKnown = {"GET", "HEAD", "POST", "DELETE", "OPTIONS"};
  return std::ranges::find(kKnown, method) == kKnown.end() ? "other" : method;
}

void write_head(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

}  // namespace

void Histogram::add(double seconds) {
  const auto bound = std::ranges::lower_bound(kBounds, seconds);
  ++counts_[static_cast<std::size_t>(bound - kBounds.begin())];
  sum_ += seconds;
}

void Histogram::write(std::string& out, std::string_view name, std::string_view labels) const {
  const std::string_view comma = labels.empty() ? "" : ",";
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    total += counts_[i];
    const std::string bound = i < kBounds.size() ? fmt::format("{}", kBounds[i]) : "+Inf";
    fmt::format_to(std::back_inserter(out), "{}_bucket{{{}{}le=\"{}\"}} {}\n", name, labels, comma, bound, total);
  }
  fmt::format_to(std::back_inserter(out), "{}_sum{{{}}} {}\n{}_count{{{}}} {}\n", name, labels, sum_, name, labels,
                 total);
}

void Metrics::count_request(std::string_view route, std::string_view method, int status, double seconds) {
  const std::string labels = fmt::format("route=\"{}\"", route);
  const std::lock_guard lock(mutex_);
  ++requests_[fmt::format("{},method=\"{}\",status=\"{}\"", labels, method_label(method), status)];
  durations_[labels].add(seconds);
}

void Metrics::add_step(std::string_view step, double seconds) {
  const std::lock_guard lock(mutex_);
  steps_[fmt::format("step=\"{}\"", step)].add(seconds);
}

void Metrics::set_gauge(std::string_view name, std::string_view help, double value) {
  const std::lock_guard lock(mutex_);
  gauges_[std::string(name)] = {std::string(help), value};
}

std::string Metrics::text() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  write_head(out, "glimpse_http_requests_total", "counter", "Requests answered, by route, method and status.");
  for (const auto& [labels, count] : requests_) {
    fmt::format_to(std::back_inserter(out), "glimpse_http_requests_total{{{}}} {}\n", labels, count);
  }
  write_head(out, "glimpse_http_request_duration_seconds", "histogram", "From the last header byte to the answer.");
  for (const auto& [labels, histogram] : durations_) {
    histogram.write(out, "glimpse_http_request_duration_seconds", labels);
  }
  write_head(out, "glimpse_search_step_duration_seconds", "histogram", "Steps of a search: encode, nearest, total.");
  for (const auto& [labels, histogram] : steps_) histogram.write(out, "glimpse_search_step_duration_seconds", labels);
  for (const auto& [name, gauge] : gauges_) {
    write_head(out, name, "gauge", gauge.first);
    fmt::format_to(std::back_inserter(out), "{} {}\n", name, gauge.second);
  }
  return out;
}

}  // namespace glimpse::server
