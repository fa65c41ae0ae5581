#include "checkpoint/checkpoint.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/assert.h"
#include "base/file.h"
#include "checkpoint/parts.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/torch_file.h"

namespace glimpse::checkpoint {
namespace {

struct DTypeRow {
  std::string_view name;
  std::size_t bytes;
};

const DTypeRow& row_of(DType dtype) {
  static constexpr std::array<DTypeRow, 10> kRows{{{"bool", 1},
                                                   {"u8", 1},
                                                   {"i8", 1},
                                                   {"i16", 2},
                                                   {"i32", 4},
                                                   {"i64", 8},
                                                   {"f16", 2},
                                                   {"bf16", 2},
                                                   {"f32", 4},
                                                   {"f64", 8}}};
  return kRows.at(static_cast<std::size_t>(dtype));
}

bool starts_with(std::span<const std::byte> bytes, std::string_view prefix) {
  return bytes.size() >= prefix.size() && std::memcmp(bytes.data(), prefix.data(), prefix.size()) == 0;
}

Result<void> check_recognizable(std::span<const std::byte> bytes, const std::filesystem::path& path) {
  if (starts_with(bytes, "version https://git-lfs")) {
    return Error::corruption("{}: a Git LFS pointer, not the weights; run 'git lfs pull' where it was cloned",
                             display(path));
  }
  // As the size of a safetensors header, any byte may come first; that of a pickle would be astronomical.
  std::uint64_t header_bytes = 0;
  if (bytes.size() >= sizeof(header_bytes)) std::memcpy(&header_bytes, bytes.data(), sizeof(header_bytes));
  const bool no_safetensors = bytes.size() < sizeof(header_bytes) || header_bytes > UINT32_MAX;
  if (starts_with(bytes, "\x80") && no_safetensors) {
    return Error::unsupported(
        "{}: a plain pickle, expected safetensors or a file of torch.save; convert it to safetensors", display(path));
  }
  return {};
}

}  // namespace

std::string_view name_of(DType dtype) { return row_of(dtype).name; }

std::size_t size_of(DType dtype) { return row_of(dtype).bytes; }

std::string to_string(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

std::int64_t element_count(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) {
    const bool overflow = __builtin_mul_overflow(count, size, &count);
    GLIMPSE_ASSERT(size >= 0 && !overflow);
  }
  return count;
}

const TensorView* Checkpoint::find(std::string_view name) const {
  const auto all = tensors();
  const auto at = std::ranges::lower_bound(all, name, {}, &TensorView::name);
  return at != all.end() && at->name == name ? &*at : nullptr;
}

Result<std::unique_ptr<Checkpoint>> open(const std::filesystem::path& path) {
  if (is_index_of_parts(path)) return open_parts(path);
  GLIMPSE_ASSIGN_OR_RETURN(auto file, MappedFile::open(path));
  if (is_torch_zip(file.bytes())) return open_torch_zip(path, std::move(file));
  if (is_torch_stream(file.bytes())) return open_torch_stream(path, std::move(file));
  GLIMPSE_RETURN_IF_ERROR(check_recognizable(file.bytes(), path));
  return open_safetensors(path, std::move(file));
}

}  // namespace glimpse::checkpoint
