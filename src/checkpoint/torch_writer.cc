// torch.save's zip form, one storage a tensor. The pickle is what torch itself would write for an OrderedDict of
// contiguous tensors, less the memo; data begin at multiples of 64 bytes (by an extra field, as torch pads), so that
// the file can be mapped. Source: torch/serialization.py (_save), caffe2/serialize/inline_container.cc; PKWARE
// APPNOTE 6.3.10.
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/file_stream.h"
#include "base/utf8.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/mapped_checkpoint.h"
#include "checkpoint/pickle_opcodes.h"

namespace glimpse::checkpoint {
namespace {

constexpr std::size_t kAlignment = 64, kLocalBytes = 30, kExtraHead = 4;
constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();  // without ZIP64
constexpr std::uint16_t kVersion = 20;                                      // 2.0: stored files and folders
constexpr std::uint16_t kUtf8Names = 1 << 11;
constexpr std::uint16_t kFirstDay = (1 << 5) | 1;  // of 1980: the same weights give the same bytes

template <typename T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

// --- the pickle

class PickleWriter {
 public:
  void op(Opcode opcode) { out_ += static_cast<char>(opcode); }
  void global(std::string_view module, std::string_view name) {
    op(Opcode::kGlobal);
    out_ += fmt::format("{}\n{}\n", module, name);
  }
  void text(std::string_view value) {
    op(Opcode::kBinUnicode);
    put(out_, static_cast<std::uint32_t>(value.size()));
    out_ += value;
  }
  void integer(std::int64_t value) {
    if (value <= std::numeric_limits<std::int32_t>::max()) {
      op(Opcode::kBinInt);
      put(out_, static_cast<std::int32_t>(value));
    } else {
      op(Opcode::kLong1);
      out_ += '\x08';
      put(out_, value);
    }
  }
  void integers(const Shape& values) {
    op(Opcode::kMark);
    for (const std::int64_t value : values) integer(value);
    op(Opcode::kTuple);
  }
  void ordered_dict() {
    global("collections", "OrderedDict");
    op(Opcode::kEmptyTuple);
    op(Opcode::kReduce);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_ = {static_cast<char>(Opcode::kProto), '\x02'};
};

void write_tensor(PickleWriter& pickle, const TensorToWrite& tensor, std::string_view key) {
  pickle.global("torch._utils", "_rebuild_tensor_v2");
  pickle.op(Opcode::kMark);
  pickle.op(Opcode::kMark);
  pickle.text("storage");
  pickle.global("torch", "FloatStorage");
  pickle.text(key);
  pickle.text("cpu");
  pickle.integer(static_cast<std::int64_t>(tensor.values.size()));
  pickle.op(Opcode::kTuple);
  pickle.op(Opcode::kBinPersId);
  pickle.integer(0);  // where it begins in its storage
  pickle.integers(tensor.shape);
  pickle.integers(dense_strides(tensor.shape));
  pickle.op(Opcode::kNewFalse);  // requires_grad
  pickle.ordered_dict();         // backward hooks
  pickle.op(Opcode::kTuple);
  pickle.op(Opcode::kReduce);
}

std::string pickle_of(std::span<const TensorToWrite> tensors) {
  PickleWriter pickle;
  pickle.ordered_dict();
  pickle.op(Opcode::kMark);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    pickle.text(tensors[i].name);
    write_tensor(pickle, tensors[i], fmt::format("{}", i));
  }
  pickle.op(Opcode::kSetItems);
  pickle.op(Opcode::kStop);
  return pickle.take();
}

// --- the archive

class ZipWriter {
 public:
  explicit ZipWriter(FileWriter file) : file_(std::move(file)) {}

  Result<void> add(const std::string& name, std::span<const std::byte> bytes) {
    const std::size_t before = at_ + kLocalBytes + name.size() + kExtraHead;
    const auto padding = static_cast<std::uint16_t>((kAlignment - before % kAlignment) % kAlignment);
    const std::string shared = fields(name, bytes, static_cast<std::uint16_t>(kExtraHead + padding));
    std::string header = "PK\x03\x04" + shared + name + "FB";
    put(header, padding);
    header.append(padding, 'Z');
    directory_ += "PK\x01\x02";
    put(directory_, kVersion);
    directory_ += fields(name, bytes, 0);
    directory_.append(10, '\0');  // comment, disk, attributes
    put(directory_, static_cast<std::uint32_t>(at_));
    directory_ += name;
    ++count_;
    GLIMPSE_RETURN_IF_ERROR(write(std::as_bytes(std::span(header))));
    return write(bytes);
  }

  Result<void> finish() {
    const auto begin = static_cast<std::uint32_t>(at_);
    std::string end = directory_ + std::string("PK\x05\x06\0\0\0\0", 8);
    put(end, count_);
    put(end, count_);
    put(end, static_cast<std::uint32_t>(directory_.size()));
    put(end, begin);
    end.append(2, '\0');
    GLIMPSE_RETURN_IF_ERROR(write(std::as_bytes(std::span(end))));
    return file_.commit();
  }

 private:
  /// What a local header and a directory record have in common.
  static std::string fields(const std::string& name, std::span<const std::byte> bytes, std::uint16_t extra) {
    const auto crc =
        static_cast<std::uint32_t>(::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
    std::string out;
    for (const std::uint16_t value : {kVersion, kUtf8Names, std::uint16_t{0}, std::uint16_t{0}, kFirstDay})
      put(out, value);
    put(out, crc);
    put(out, static_cast<std::uint32_t>(bytes.size()));
    put(out, static_cast<std::uint32_t>(bytes.size()));
    put(out, static_cast<std::uint16_t>(name.size()));
    put(out, extra);
    return out;
  }

  Result<void> write(std::span<const std::byte> bytes) {
    at_ += bytes.size();
    return file_.write(bytes);
  }

  FileWriter file_;
  std::string directory_;
  std::uint64_t at_ = 0;
  std::uint16_t count_ = 0;
};

Result<void> check(std::span<const TensorToWrite> tensors) {
  constexpr std::uint64_t kHeadersOfEntry = 1024;
  constexpr std::size_t kMostTensors = 65'000;  // the end record counts entries in 16 bits
  std::set<std::string_view> names;
  std::uint64_t bytes = 0;
  for (const TensorToWrite& tensor : tensors) {
    if (tensor.name.size() > 1024 || !is_valid_utf8(tensor.name)) {
      return Error::invalid_argument("tensor name '{}': expected UTF-8 of at most 1 KiB", valid_utf8(tensor.name));
    }
    if (!names.insert(tensor.name).second) return Error::invalid_argument("two tensors are named '{}'", tensor.name);
    if (element_count(tensor.shape) != static_cast<std::int64_t>(tensor.values.size())) {
      return Error::invalid_argument("tensor '{}': shape {} does not fit {} values", tensor.name,
                                     to_string(tensor.shape), tensor.values.size());
    }
    bytes += tensor.values.size_bytes() + tensor.name.size() + kHeadersOfEntry;
  }
  if (bytes < kMost && tensors.size() <= kMostTensors) return {};
  return Error::unsupported("{} tensors of {} bytes in all: a state_dict is written up to 4 GiB; take safetensors",
                            tensors.size(), bytes);
}

}  // namespace

Result<void> write_torch_state_dict(const std::filesystem::path& path, std::span<const TensorToWrite> tensors) {
  GLIMPSE_RETURN_IF_ERROR(check(tensors).with_context(display(path)));
  GLIMPSE_ASSIGN_OR_RETURN(auto file, FileWriter::create(path));
  ZipWriter zip(std::move(file));
  const auto text = [](std::string_view value) { return std::as_bytes(std::span(value)); };
  GLIMPSE_RETURN_IF_ERROR(zip.add("archive/data.pkl", text(pickle_of(tensors))));
  GLIMPSE_RETURN_IF_ERROR(zip.add("archive/byteorder", text("little")));
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    GLIMPSE_RETURN_IF_ERROR(zip.add(fmt::format("archive/data/{}", i), std::as_bytes(tensors[i].values)));
  }
  GLIMPSE_RETURN_IF_ERROR(zip.add("archive/version", text("3\n")));
  return zip.finish();
}

}  // namespace glimpse::checkpoint
