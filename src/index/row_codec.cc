// Rows of bytes: value i is about scale * (byte - 128). The scale makes the largest value of the row 127, so that small
// and large vectors are resolved alike; bytes are kept with 128 added because processors multiply unsigned by signed
// bytes (kernels/avx512.cc). The query is brought to bytes in the same way.
#include "index/row_codec.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace glimpse::index {
namespace {

constexpr float kLargest = 127;
constexpr int kMiddle = 128;

/// Writes whole numbers from -127 to 127, and returns what one of them stands for.
template <typename Store>
float quantize(std::span<const float> values, const Store& store) {
  float largest = 0;
  for (const float value : values) largest = std::max(largest, std::abs(value));
  const float factor = largest > 0 ? kLargest / largest : 0;
  const bool usable = std::isfinite(factor);  // not for rows of denormal numbers: those become 0
  for (std::size_t i = 0; i < values.size(); ++i) {
    store(i, usable ? static_cast<int>(std::nearbyint(std::clamp(values[i] * factor, -kLargest, kLargest))) : 0);
  }
  return largest / kLargest;
}

void quantize_row(std::span<const float> values, RowPlace to) {
  auto* bytes = reinterpret_cast<std::uint8_t*>(to.values);
  const float scale =
      quantize(values, [&](std::size_t i, int v) { bytes[i] = static_cast<std::uint8_t>(v + kMiddle); });
  std::memcpy(to.side, &scale, sizeof(scale));
}

float scale_of(const std::byte* side) {
  float scale = 0;
  std::memcpy(&scale, side, sizeof(scale));
  return scale;
}

}  // namespace

RowCodec::RowCodec(std::size_t dimension, RowStorage storage, SimdLevel simd)
    : dimension_(dimension), storage_(storage), kernels_(&kernels_for(simd)) {}

RowLayout RowCodec::layout() const {
  switch (storage_) {
    case RowStorage::kHalf:
      return {dimension_ * sizeof(std::uint16_t), 0};
    case RowStorage::kFloat:
      return {dimension_ * sizeof(float), 0};
    case RowStorage::kByte:
      return {dimension_, sizeof(float)};
  }
  return {};
}

void RowCodec::encode(const float* from, RowPlace to) const {
  switch (storage_) {
    case RowStorage::kHalf:
      return kernels_->to_half(from, reinterpret_cast<std::uint16_t*>(to.values), dimension_);
    case RowStorage::kFloat:
      std::memcpy(to.values, from, dimension_ * sizeof(float));
      return;
    case RowStorage::kByte:
      return quantize_row({from, dimension_}, to);
  }
}

void RowCodec::encode_halves(const std::uint16_t* from, RowPlace to) const {
  switch (storage_) {
    case RowStorage::kHalf:
      std::memcpy(to.values, from, dimension_ * sizeof(std::uint16_t));
      return;
    case RowStorage::kFloat:
      return kernels_->to_float(from, reinterpret_cast<float*>(to.values), dimension_);
    case RowStorage::kByte:
      thread_local std::vector<float> wide;
      wide.resize(dimension_);
      kernels_->to_float(from, wide.data(), dimension_);
      return quantize_row(wide, to);
  }
}

Result<RowCodec::Query> RowCodec::prepare(std::span<const float> values) const {
  if (values.size() != dimension_) {
    return Error::invalid_argument("query: expected {} dimensions, got {}", dimension_, values.size());
  }
  if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); })) {
    return Error::invalid_argument("query: expected finite values");
  }
  Query query{.values = values, .bytes = {}};
  if (storage_ != RowStorage::kByte) return query;
  query.bytes.resize(dimension_);
  query.scale = quantize(values, [&](std::size_t i, int v) {
    query.bytes[i] = static_cast<std::int8_t>(v);
    query.bias += kMiddle * v;
  });
  return query;
}

void RowCodec::score(const Query& query, const std::byte* values, const std::byte* sides, std::size_t count,
                     float* scores) const {
  switch (storage_) {
    case RowStorage::kHalf:
      return kernels_->scores_half(query.values.data(), reinterpret_cast<const std::uint16_t*>(values), count,
                                   dimension_, scores);
    case RowStorage::kFloat:
      return kernels_->scores_float(query.values.data(), reinterpret_cast<const float*>(values), count, dimension_,
                                    scores);
    case RowStorage::kByte:
      return kernels_->scores_byte({query.bytes.data(), query.scale, query.bias},
                                   reinterpret_cast<const std::uint8_t*>(values), reinterpret_cast<const float*>(sides),
                                   count, dimension_, scores);
  }
}

float RowCodec::score_rows(const std::byte* a, const std::byte* a_side, const std::byte* b,
                           const std::byte* b_side) const {
  const std::int32_t dot = kernels_->dot_bytes(reinterpret_cast<const std::uint8_t*>(a),
                                               reinterpret_cast<const std::uint8_t*>(b), dimension_);
  return scale_of(a_side) * scale_of(b_side) * static_cast<float>(dot);
}

}  // namespace glimpse::index
