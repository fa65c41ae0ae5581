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

std::string header_of(std::span<const TensorToWrite* const> sorted,
                      std::span<const std::pair<std::string, std::string>> metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  for (const auto& [key, value] : metadata) header["__metadata__"][valid_utf8(key)] = valid_utf8(value);
  std::uint64_t begin = 0;
  for (const TensorToWrite* tensor : sorted) {
    const std::uint64_t end = begin + tensor->values.size_bytes();
    header[tensor->name] = {{"dtype", "F32"}, {"shape", tensor->shape}, {"data_offsets", {begin, end}}};
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
  for (const TensorToWrite* tensor : sorted) append(std::as_bytes(tensor->values));
  return write_file_atomically(path, out);
}

}  // namespace glimpse::checkpoint
