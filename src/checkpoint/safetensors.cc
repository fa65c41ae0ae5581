// A safetensors file is: u64 LE header size N, N bytes of JSON, then data. The JSON maps each name to dtype, shape and
// [begin, end) in the data. The reader trusts nothing:
//  - the JSON is read event by event (no tree), so that nesting, duplicates and wrong types stop it at once;
//  - every product is overflow-checked and must equal end - begin;
//  - sorted by begin, the tensors must tile the data: start at 0, no hole, no overlap, end at the file's end.
// Stricter than the reference reader: duplicate names, unknown fields, names over 1 KiB, more than 100,000 tensors and
// more than 64 axes are refused. Source: docs/formats/checkpoints.md.
#include "checkpoint/safetensors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_set>

#include "checkpoint/mapped_checkpoint.h"

namespace glimpse::checkpoint {
namespace {

constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;
constexpr std::size_t kMaxTensors = 100'000;
constexpr std::size_t kMaxNameBytes = 1024;
constexpr std::size_t kMaxRank = 64;
constexpr std::size_t kSizeBytes = 8;

struct HeaderEntry {
  std::string name;
  std::string dtype;
  std::vector<std::uint64_t> shape, offsets;
  bool has_dtype = false, has_shape = false, has_offsets = false;
};

// Receives the header's JSON events. Any event that does not fit the grammar stops the parser with a reason.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::vector<HeaderEntry> entries;
  std::optional<Error> error;

  bool start_object(std::size_t) override {
    if (level_ == Level::kOutside) return enter(Level::kNames);
    if (level_ == Level::kNames && in_metadata_) return enter(Level::kMetadata);
    if (level_ == Level::kNames) return enter(Level::kTensor);
    return fail("unexpected object");
  }

  bool key(string_t& name) override {
    if (level_ == Level::kNames) return begin_entry(name);
    if (level_ == Level::kMetadata) return metadata_keys_.insert(name).second || fail("duplicate key in __metadata__");
    return begin_field(name);
  }

  bool end_object() override {
    if (level_ == Level::kTensor && !(entry().has_dtype && entry().has_shape && entry().has_offsets)) {
      return fail("expected the fields dtype, shape and data_offsets");
    }
    return enter(level_ == Level::kNames ? Level::kEnd : Level::kNames);
  }

  bool start_array(std::size_t) override {
    if (level_ != Level::kTensor || field_ == Field::kDtype) return fail("unexpected array");
    return enter(Level::kArray);
  }

  bool end_array() override { return enter(Level::kTensor); }

  bool number_unsigned(number_unsigned_t value) override {
    if (level_ != Level::kArray) return fail("unexpected number");
    auto& values = field_ == Field::kShape ? entry().shape : entry().offsets;
    if (values.size() >= kMaxRank) return fail("more than 64 axes");
    values.push_back(value);
    return true;
  }

  bool string(string_t& value) override {
    if (level_ == Level::kMetadata) return true;
    if (level_ != Level::kTensor || field_ != Field::kDtype) return fail("unexpected string");
    entry().dtype = value;
    return true;
  }

  bool number_integer(number_integer_t) override { return fail("negative number"); }
  bool number_float(number_float_t, const string_t&) override { return fail("number that is no 64-bit integer"); }
  bool boolean(bool) override { return fail("unexpected boolean"); }
  bool null() override { return fail("unexpected null"); }
  bool binary(binary_t&) override { return fail("unexpected binary"); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    error = Error::corruption("header is no JSON object in UTF-8 (byte {} of the header)", position);
    return false;
  }

 private:
  enum class Level { kOutside, kNames, kMetadata, kTensor, kArray, kEnd };
  enum class Field { kDtype, kShape, kOffsets };

  bool begin_entry(const std::string& name) {
    if (name.size() > kMaxNameBytes) return fail("tensor name over 1 KiB");
    if (!names_.insert(name).second) return fail(fmt::format("duplicate name '{}'", name));
    if (entries.size() >= kMaxTensors) return fail("more than 100000 tensors");
    in_metadata_ = name == "__metadata__";
    if (!in_metadata_) entries.emplace_back().name = name;
    return true;
  }

  bool begin_field(const std::string& name) {
    if (name == "dtype") return choose(Field::kDtype, entry().has_dtype);
    if (name == "shape") return choose(Field::kShape, entry().has_shape);
    if (name == "data_offsets") return choose(Field::kOffsets, entry().has_offsets);
    return fail("unknown field");
  }

  bool choose(Field field, bool& seen) {
    if (seen) return fail("duplicate field");
    field_ = field;
    return seen = true;
  }

  bool enter(Level level) {
    // A value that is no object where one is needed would leave the level unchanged: those events fail() already.
    level_ = level;
    return true;
  }

  bool fail(std::string_view reason) {
    const bool inside = !in_metadata_ && !entries.empty() && level_ != Level::kNames;
    error = inside ? Error::corruption("header of tensor '{}': {}", entry().name, reason)
                   : Error::corruption("header: {}", reason);
    return false;
  }

  HeaderEntry& entry() { return entries.back(); }

  Level level_ = Level::kOutside;
  Field field_ = Field::kDtype;
  bool in_metadata_ = false;
  std::unordered_set<std::string> names_, metadata_keys_;
};

Result<DType> dtype_of(const HeaderEntry& entry) {
  static constexpr std::array<std::pair<std::string_view, DType>, 10> kNames{{{"BOOL", DType::kBool},
                                                                              {"U8", DType::kU8},
                                                                              {"I8", DType::kI8},
                                                                              {"I16", DType::kI16},
                                                                              {"I32", DType::kI32},
                                                                              {"I64", DType::kI64},
                                                                              {"F16", DType::kF16},
                                                                              {"BF16", DType::kBf16},
                                                                              {"F32", DType::kF32},
                                                                              {"F64", DType::kF64}}};
  for (const auto& [name, dtype] : kNames) {
    if (entry.dtype == name) return dtype;
  }
  return Error::unsupported("tensor '{}': dtype '{}' is not among BOOL, U8, I8, I16, I32, I64, F16, BF16, F32, F64",
                            entry.name, entry.dtype);
}

// The bytes that the shape and dtype call for.
Result<std::uint64_t> byte_count(const HeaderEntry& entry, DType dtype) {
  std::uint64_t bytes = size_of(dtype);
  for (const std::uint64_t size : entry.shape) {
    if (size > INT64_MAX) return Error::corruption("tensor '{}': a size over 63 bits", entry.name);
    if (__builtin_mul_overflow(bytes, size, &bytes) || bytes > INT64_MAX) {
      return Error::corruption("tensor '{}': its shape overflows 63 bits", entry.name);
    }
  }
  return bytes;
}

// Checks one entry that must begin at `expected_begin`.
Result<TensorView> view_of(const HeaderEntry& entry, std::uint64_t expected_begin, std::span<const std::byte> data) {
  GLIMPSE_ASSIGN_OR_RETURN(const DType dtype, dtype_of(entry));
  if (entry.offsets.size() != 2) return Error::corruption("tensor '{}': expected two data_offsets", entry.name);
  const std::uint64_t begin = entry.offsets[0], end = entry.offsets[1];
  if (begin != expected_begin || end < begin || end > data.size()) {
    return Error::corruption("tensor '{}': bytes {} to {}: expected to begin at {} and end within {} bytes of data",
                             entry.name, begin, end, expected_begin, data.size());
  }
  GLIMPSE_ASSIGN_OR_RETURN(const std::uint64_t bytes, byte_count(entry, dtype));
  TensorView view{
      entry.name, dtype, Shape(entry.shape.begin(), entry.shape.end()), {}, data.subspan(begin, end - begin)};
  if (bytes != end - begin) {
    return Error::corruption("tensor '{}': shape {} of {} needs {} bytes, got {}", entry.name, to_string(view.shape),
                             name_of(dtype), bytes, end - begin);
  }
  view.strides = dense_strides(view.shape);
  return view;
}

Result<std::vector<TensorView>> views_of(std::vector<HeaderEntry> entries, std::span<const std::byte> data) {
  std::ranges::sort(entries, {}, [](const HeaderEntry& entry) { return entry.offsets; });
  std::vector<TensorView> views;
  views.reserve(entries.size());
  std::uint64_t position = 0;
  for (const HeaderEntry& entry : entries) {
    GLIMPSE_ASSIGN_OR_RETURN(auto view, view_of(entry, position, data));
    position += view.bytes.size();
    views.push_back(std::move(view));
  }
  if (position != data.size()) {
    return Error::corruption("{} bytes of data, but the tensors cover {}", data.size(), position);
  }
  return views;
}

Result<std::vector<HeaderEntry>> parse_header(std::string_view text) {
  // The JSON lexer takes a NUL for the end of input and skips a byte order mark: neither belongs here.
  if (text.find('\0') != std::string_view::npos || text.starts_with("\xEF\xBB\xBF")) {
    return Error::corruption("header is no JSON object in UTF-8 (NUL or byte order mark)");
  }
  HeaderReader reader;
  const bool parsed = nlohmann::json::sax_parse(text.begin(), text.end(), &reader);
  if (reader.error) return *std::move(reader.error);
  if (!parsed) return Error::corruption("header is no JSON object");
  return std::move(reader.entries);
}

Result<std::vector<TensorView>> parse(std::span<const std::byte> bytes) {
  if (bytes.size() < kSizeBytes) return Error::corruption("{} bytes is too short for any weights file", bytes.size());
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, bytes.data(), kSizeBytes);
  if (header_bytes > kMaxHeaderBytes) {
    return Error::corruption("neither safetensors nor a torch file (as safetensors, its header would have {} bytes)",
                             header_bytes);
  }
  if (header_bytes > bytes.size() - kSizeBytes) {
    return Error::corruption("header of {} bytes in a file of {}: the file was cut", header_bytes, bytes.size());
  }
  const std::string_view header(reinterpret_cast<const char*>(bytes.data()) + kSizeBytes, header_bytes);
  GLIMPSE_ASSIGN_OR_RETURN(auto entries, parse_header(header));
  return views_of(std::move(entries), bytes.subspan(kSizeBytes + header_bytes));
}

}  // namespace

Result<std::unique_ptr<Checkpoint>> open_safetensors(const std::filesystem::path& path, MappedFile file) {
  GLIMPSE_ASSIGN_OR_RETURN(auto views, parse(file.bytes()).with_context(display(path)));
  return std::make_unique<MappedCheckpoint>(path, std::move(file), std::move(views));
}

}  // namespace glimpse::checkpoint
