// The writer sorts by name, packs the values without gaps and pads the header with blanks to a multiple of 8, as the
// reference writer does, so that the values can be mapped and read in place.
#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/file.h"
#include "base/utf8.h"
#include "checkpoint/checkpoint.h"

namespace glimpse::checkpoint {
namespace {

Result<void> check(std::span<const TensorToWrite* const> sorted) {
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const TensorToWrite& tensor = *sorted[i];
    if (tensor.name == "__metadata__" || tensor.name.size() > 1024 || !is_valid_utf8(tensor.name)) {
      return Error::invalid_argument("tensor name '{}': expected UTF-8 of at most 1 KiB other than __metadata__",
                                     valid_utf8(tensor.name));
    }
    if (i > 0 && sorted[i - 1]->name == tensor.name) {
      return Error::invalid_argument("two tensors are named '{}'", tensor.name);
    }
    if (tensor.dtype != DType::kF32 && tensor.dtype != DType::kF16) {
      return Error::invalid_argument("tensor '{}': expected F32 or F16", tensor.name);
    }
    std::int64_t count = 1;
    for (const std::int64_t size : tensor.shape) {
      if (size < 0 || __builtin_mul_overflow(count, size, &count)) count = -1;
      if (count < 0) break;
    }
    if (count != static_cast<std::int64_t>(tensor.values.size())) {
      return Error::invalid_argument("tensor '{}': shape {} does not fit {} values", tensor.name,
                                     to_string(tensor.shape), tensor.values.size());
    }
  }
  return {};
}

/// IEEE 754 binary16, rounded to the nearest, halves to even; what is too large becomes infinite.
std::uint16_t to_half(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000U);
  const std::uint32_t magnitude = bits & 0x7fffffffU;
  if (magnitude > 0x7f800000U) return static_cast<std::uint16_t>(sign | 0x7e00U);   // not a number
  if (magnitude >= 0x477ff000U) return static_cast<std::uint16_t>(sign | 0x7c00U);  // rounds beyond 65504
  if (magnitude < 0x33000001U) return sign;                                         // rounds to zero
  const std::uint32_t exponent = magnitude >> 23;
  const std::uint32_t shift = exponent < 113 ? 126 - exponent : 13;  // below 113: subnormal
  const std::uint32_t mantissa = exponent < 113 ? (magnitude & 0x7fffffU) | 0x800000U : magnitude - (112U << 23);
  const std::uint32_t half = mantissa >> shift, rest = mantissa & ((1U << shift) - 1), middle = 1U << (shift - 1);
  return static_cast<std::uint16_t>(sign | (half + (rest > middle || (rest == middle && half % 2 == 1) ? 1 : 0)));
}

std::vector<std::uint16_t> to_halves(std::span<const float> values) {
  std::vector<std::uint16_t> halves(values.size());
  std::ranges::transform(values, halves.begin(), to_half);
  return halves;
}

std::string header_of(std::span<const TensorToWrite* const> sorted,
                      std::span<const std::pair<std::string, std::string>> metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  for (const auto& [key, value] : metadata) header["__metadata__"][valid_utf8(key)] = valid_utf8(value);
  std::uint64_t begin = 0;
  for (const TensorToWrite* tensor : sorted) {
    const std::uint64_t end = begin + tensor->values.size() * size_of(tensor->dtype);
    header[tensor->name] = {{"dtype", tensor->dtype == DType::kF16 ? "F16" : "F32"},
                            {"shape", tensor->shape},
                            {"data_offsets", {begin, end}}};
    begin = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

}  // namespace

Result<void> write_safetensors(const std::filesystem::path& path, std::span<const TensorToWrite> tensors,
                               std::span<const std::pair<std::string, std::string>> metadata) {
  std::vector<const TensorToWrite*> sorted;
  for (const TensorToWrite& tensor : tensors) sorted.push_back(&tensor);
  std::ranges::sort(sorted, {}, [](const TensorToWrite* tensor) { return std::string_view(tensor->name); });
  GLIMPSE_RETURN_IF_ERROR(check(sorted).with_context(display(path)));
  const std::string header = header_of(sorted, metadata);
  const std::uint64_t header_bytes = header.size();
  std::vector<std::byte> out;
  const auto append = [&out](std::span<const std::byte> bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); };
  append(std::as_bytes(std::span(&header_bytes, 1)));
  append(std::as_bytes(std::span(header)));
  for (const TensorToWrite* tensor : sorted) {
    if (tensor->dtype == DType::kF16) {
      append(std::as_bytes(std::span<const std::uint16_t>(to_halves(tensor->values))));
    } else {
      append(std::as_bytes(tensor->values));
    }
  }
  return write_file_atomically(path, out);
}

}  // namespace glimpse::checkpoint
