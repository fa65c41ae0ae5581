#include "bench/report.h"

#include <algorithm>

namespace glimpse::app {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const PictureRates& rates) {
  return {{"format", rates.format},
          {"size", rates.size},
          {"count", rates.count},
          {"megapixels", rates.megapixels},
          {"bytes", rates.bytes},
          {"decode_per_second", rates.decode},
          {"decode_megapixels_per_second", rates.decode * rates.megapixels},
          {"decode_exact_per_second", rates.decode_exact},
          {"prepare_per_second", rates.prepare}};
}

Json to_json(const TowerRate& tower, double picture_flop) {
  if (!tower.unavailable.empty()) {
    return {{"precision", runtime::name_of(tower.precision)}, {"unavailable", tower.unavailable}};
  }
  const double bound = tower.matmul_flops / picture_flop;
  return {{"precision", runtime::name_of(tower.precision)},
          {"pictures_per_second", tower.pictures_per_second},
          {"matmul_gflops", tower.matmul_flops / 1e9},
          {"bound_pictures_per_second", bound},
          {"share_of_bound", tower.pictures_per_second / bound}};
}

Json to_json(const WordsRate& words, const WordsLimits& limits) {
  const double bound = std::max(words.read_ms(limits), words.multiply_ms(limits));
  return {{"precision", runtime::name_of(words.precision)},
          {"p50_ms", words.times.p50_ms},
          {"p99_ms", words.times.p99_ms},
          {"weight_megabytes", words.bytes(limits) / 1e6},
          {"read_ms", words.read_ms(limits)},
          {"multiply_ms", words.multiply_ms(limits)},
          {"bound_ms", bound},
          {"share_of_bound", bound / words.times.p50_ms}};
}

}  // namespace

double WordsRate::bytes(const WordsLimits& limits) const {
  return limits.work.weights * (precision == runtime::Precision::kBf16 ? 2 : 4);
}
double WordsRate::read_ms(const WordsLimits& limits) const { return 1000 * bytes(limits) / limits.bytes_per_second; }
double WordsRate::multiply_ms(const WordsLimits& limits) const { return 1000 * limits.work.operations / matmul_flops; }

const TowerRate* BenchReport::tower(runtime::Precision precision) const {
  for (const TowerRate& tower : towers) {
    if (tower.precision == precision && tower.unavailable.empty()) return &tower;
  }
  return nullptr;
}

std::optional<double> BenchReport::efficiency() const {
  const TowerRate* bare = index ? tower(index->precision) : nullptr;
  if (bare == nullptr || index->seconds <= 0) return std::nullopt;
  return static_cast<double>(index->pictures) / index->seconds / bare->pictures_per_second;
}

Json to_json(const BenchReport& report) {
  Json json = {{"model", report.model}, {"processor", report.processor}, {"processors", report.processors}};
  json["pictures"] = Json::array();
  for (const auto& rates : report.pictures) json["pictures"].push_back(to_json(rates));
  json["picture_tower"] = {{"gflop_per_picture", report.picture_flop / 1e9},
                           {"batch_size", report.batch_size},
                           {"streams", report.streams},
                           {"precisions", Json::array()}};
  for (const auto& tower : report.towers) {
    json["picture_tower"]["precisions"].push_back(to_json(tower, report.picture_flop));
  }
  json["words_tower"] = {{"tokens", report.words_limits.tokens},
                         {"gflop_per_sentence", report.words_limits.work.operations / 1e9},
                         {"memory_gigabytes_per_second", report.words_limits.bytes_per_second / 1e9},
                         {"precisions", Json::array()}};
  for (const auto& words : report.words) {
    json["words_tower"]["precisions"].push_back(to_json(words, report.words_limits));
  }
  json["query"] = {{"count", report.query.count}, {"p50_ms", report.query.p50_ms}, {"p99_ms", report.query.p99_ms}};
  json["search"] = {{"vectors", report.search.vectors},
                    {"dimension", report.search.dimension},
                    {"p50_ms", report.search.times.p50_ms},
                    {"p99_ms", report.search.times.p99_ms},
                    {"gigabytes_per_second", report.search.bytes_per_second / 1e9}};
  json["index"] = nullptr;
  if (report.index) {
    const auto efficiency = report.efficiency();
    json["index"] = {{"precision", runtime::name_of(report.index->precision)},
                     {"pictures", report.index->pictures},
                     {"seconds", report.index->seconds},
                     {"pictures_per_second", static_cast<double>(report.index->pictures) / report.index->seconds},
                     {"efficiency", efficiency ? Json(*efficiency) : Json()}};
  }
  return json;
}

}  // namespace glimpse::app
