// Both forms hold one pickle that describes the tensors, and the storages' raw numbers, which are used in place.
//  zip:    <top>/data.pkl, <top>/data/<key> for each storage, <top>/byteorder (newer files), <top>/version
//          A TorchScript archive also holds a program (code/, constants.pkl), which is never looked at; the pickle then
//          holds modules within modules, and a tensor's name is the way to it: "visual.conv1.weight".
//  stream: pickles of a magic number, 1001, the platform, the object, the list of storage keys; then for each key in
//          that order an i64 count of elements and the numbers; then the file ends.
// A tensor is accepted when all elements that its shape and strides reach lie inside its storage, and when it has no
// more elements than its storage (so a few bytes cannot expand to terabytes). Source: docs/formats/checkpoints.md.
#include "checkpoint/torch_file.h"

#include <cstring>
#include <map>
#include <optional>
#include <string_view>

#include "checkpoint/mapped_checkpoint.h"
#include "checkpoint/torch_pickle.h"
#include "checkpoint/zip_directory.h"

namespace glimpse::checkpoint {
namespace {

using Bytes = std::span<const std::byte>;
using Storages = std::map<std::string_view, Bytes>;

constexpr std::string_view kZipMagic("PK\x03\x04", 4);
// PROTO 2, LONG1 of ten bytes 0x1950a86a20f9469cfc6c, STOP.
constexpr std::string_view kStreamMagic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
constexpr std::int64_t kStreamVersion = 1001;
constexpr std::size_t kMaxPickleBytes = 256'000'000;
constexpr std::size_t kMaxTensors = 1'000'000;
constexpr int kMaxModuleDepth = 64;

bool starts_with(Bytes bytes, std::string_view prefix) {
  return bytes.size() >= prefix.size() && std::memcmp(bytes.data(), prefix.data(), prefix.size()) == 0;
}

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

const PickleNode* find_in_dict(const Pickle& pickle, const PickleNode& dict, std::string_view key) {
  for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2) {
    const PickleNode& name = pickle.at(dict.items[i]);
    if (name.kind == PickleKind::kString && name.text == key) return &pickle.at(dict.items[i + 1]);
  }
  return nullptr;
}

Result<const PickleNode*> state_dict_of(const Pickle& pickle) {
  const PickleNode& root = pickle.root_node();
  if (root.kind == PickleKind::kModule) return &root;
  if (root.kind != PickleKind::kDict) return Error::unsupported("expected a state_dict, a dictionary of tensors");
  for (const std::string_view wrapper : {"state_dict", "model"}) {
    const PickleNode* inner = find_in_dict(pickle, root, wrapper);
    if (inner != nullptr && inner->kind == PickleKind::kDict) return inner;
  }
  return &root;
}

// The elements from the first to the last that the tensor reaches; nothing when it does not fit its storage.
std::optional<std::int64_t> reach_of(const PickledTensor& tensor, std::int64_t storage_elements) {
  std::int64_t last = 0, count = 1;
  for (std::size_t axis = 0; axis < tensor.shape.size(); ++axis) {
    const std::int64_t size = tensor.shape[axis], stride = tensor.strides[axis];
    if (size < 0 || stride < 0 || __builtin_mul_overflow(count, size, &count)) return std::nullopt;
    std::int64_t step = 0;
    if (size > 0 && (__builtin_mul_overflow(size - 1, stride, &step) || __builtin_add_overflow(last, step, &last))) {
      return std::nullopt;
    }
  }
  if (tensor.offset < 0 || tensor.offset > storage_elements || count > storage_elements) return std::nullopt;
  if (count == 0) return 0;
  if (last >= storage_elements - tensor.offset) return std::nullopt;
  return last + 1;
}

Result<TensorView> view_of(std::string_view name, const Pickle& pickle, const PickledTensor& tensor,
                           const Storages& storages) {
  const PickledStorage& storage = pickle.storages[tensor.storage];
  const Bytes data = storages.at(storage.key);
  if (tensor.shape.size() != tensor.strides.size()) {
    return Error::corruption("tensor '{}': {} axes but {} strides", name, tensor.shape.size(), tensor.strides.size());
  }
  const auto reach = reach_of(tensor, storage.elements);
  if (!reach) {
    return Error::corruption("tensor '{}': shape {}, strides {}, offset {} do not fit its storage of {} elements", name,
                             to_string(tensor.shape), to_string(tensor.strides), tensor.offset, storage.elements);
  }
  const auto item = static_cast<std::int64_t>(size_of(storage.dtype));
  TensorView view{std::string(name), storage.dtype, tensor.shape, tensor.strides, {}};
  view.bytes = data.subspan(static_cast<std::size_t>(tensor.offset * item), static_cast<std::size_t>(*reach * item));
  // The stride of an axis of one element says nothing; torch leaves arbitrary numbers there.
  const Shape dense = dense_strides(tensor.shape);
  for (std::size_t axis = 0; axis < dense.size(); ++axis) {
    if (tensor.shape[axis] <= 1 || *reach == 0) view.strides[axis] = dense[axis];
  }
  return view;
}

struct NamedTensor {
  std::string name;
  const PickledTensor* tensor;
};

// The tensors of a dictionary; of a module also those of the modules in it, which a hostile file may nest in a circle.
class Collector {
 public:
  explicit Collector(const Pickle& pickle) : pickle_(pickle) {}

  Result<void> collect(const PickleNode& holder, const std::string& prefix, int depth) {
    for (std::size_t i = 0; i + 1 < holder.items.size(); i += 2) {
      const PickleNode& key = pickle_.at(holder.items[i]);
      const PickleNode& value = pickle_.at(holder.items[i + 1]);
      if (key.kind != PickleKind::kString) continue;
      if (++steps_ > kMaxTensors || depth > kMaxModuleDepth) {
        return Error::resource_exhausted("more than {} values or {} levels of modules", kMaxTensors, kMaxModuleDepth);
      }
      if (value.kind == PickleKind::kTensor) {
        found_.push_back({prefix + std::string(key.text), &pickle_.tensors[static_cast<std::size_t>(value.integer)]});
      } else if (value.kind == PickleKind::kModule && holder.kind == PickleKind::kModule) {
        GLIMPSE_RETURN_IF_ERROR(collect(value, fmt::format("{}{}.", prefix, key.text), depth + 1));
      }
    }
    return {};
  }

  const std::vector<NamedTensor>& found() const { return found_; }

 private:
  const Pickle& pickle_;
  std::size_t steps_ = 0;
  std::vector<NamedTensor> found_;
};

Result<std::vector<TensorView>> views_of(const Pickle& pickle, const Storages& storages) {
  GLIMPSE_ASSIGN_OR_RETURN(const PickleNode* holder, state_dict_of(pickle));
  Collector collector(pickle);
  GLIMPSE_RETURN_IF_ERROR(collector.collect(*holder, "", 1));
  std::map<std::string_view, TensorView> views;
  for (const NamedTensor& named : collector.found()) {
    GLIMPSE_ASSIGN_OR_RETURN(auto view, view_of(named.name, pickle, *named.tensor, storages));
    if (!views.try_emplace(named.name, std::move(view)).second) {
      return Error::corruption("two tensors are named '{}'", named.name);
    }
  }
  if (views.empty()) return Error::unsupported("no tensors in it; expected a state_dict");
  std::vector<TensorView> sorted;
  for (auto& [name, view] : views) sorted.push_back(std::move(view));
  return sorted;
}

// The bytes that a storage takes by what the pickle says. One key must be described the same way everywhere.
Result<std::map<std::string_view, PickledStorage>> distinct_storages(const Pickle& pickle) {
  std::map<std::string_view, PickledStorage> distinct;
  for (const PickledStorage& storage : pickle.storages) {
    const auto [at, is_new] = distinct.try_emplace(storage.key, storage);
    if (!is_new && (at->second.dtype != storage.dtype || at->second.elements != storage.elements)) {
      return Error::corruption("storage '{}' is described in two ways", storage.key);
    }
  }
  return distinct;
}

Result<std::uint64_t> byte_count(const PickledStorage& storage) {
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(static_cast<std::uint64_t>(storage.elements), size_of(storage.dtype), &bytes)) {
    return Error::corruption("storage '{}': {} elements overflow", storage.key, storage.elements);
  }
  return bytes;
}

Result<Pickle> read_bounded_pickle(Bytes bytes) {
  // The stream form has numbers behind its pickles, so the limit is on what one pickle may take.
  return read_pickle(bytes.first(std::min(bytes.size(), kMaxPickleBytes)));
}

// --- the zip form

using Entries = std::map<std::string_view, ZipEntry>;

Result<Bytes> entry_bytes(const Entries& entries, const std::string& name) {
  const auto found = entries.find(name);
  if (found == entries.end()) return Error::corruption("zip: no entry '{}'", name);
  return verified_bytes(name, found->second);
}

Result<std::string> top_directory(const Entries& entries) {
  if (entries.empty()) return Error::corruption("zip: empty archive");
  const std::string top(entries.begin()->first.substr(0, entries.begin()->first.find('/') + 1));
  for (const auto& [name, entry] : entries) {
    if (top.empty() || !name.starts_with(top)) {
      return Error::unsupported("zip: entry '{}' is outside one top directory; expected a file of torch.save", name);
    }
  }
  return top;
}

Result<void> check_byte_order(const Entries& entries, const std::string& top) {
  if (!entries.contains(top + "byteorder")) return {};  // older files have none and are little-endian
  GLIMPSE_ASSIGN_OR_RETURN(const Bytes order, entry_bytes(entries, top + "byteorder"));
  if (text_of(order) == "little") return {};
  return Error::unsupported("byte order '{}', expected 'little'",
                            display(std::string(text_of(order.first(std::min<std::size_t>(order.size(), 16))))));
}

Result<Storages> zip_storages(const Pickle& pickle, const Entries& entries, const std::string& top) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto distinct, distinct_storages(pickle));
  Storages storages;
  for (const auto& [key, storage] : distinct) {
    GLIMPSE_ASSIGN_OR_RETURN(const Bytes bytes, entry_bytes(entries, fmt::format("{}data/{}", top, key)));
    GLIMPSE_ASSIGN_OR_RETURN(const std::uint64_t expected, byte_count(storage));
    if (bytes.size() != expected) {
      return Error::corruption("storage '{}': expected {} bytes, got {}", key, expected, bytes.size());
    }
    storages.emplace(key, bytes);
  }
  return storages;
}

Result<std::vector<TensorView>> parse_zip(Bytes archive) {
  GLIMPSE_ASSIGN_OR_RETURN(const Entries entries, read_zip_directory(archive));
  GLIMPSE_ASSIGN_OR_RETURN(const std::string top, top_directory(entries));
  GLIMPSE_RETURN_IF_ERROR(check_byte_order(entries, top));
  GLIMPSE_ASSIGN_OR_RETURN(const Bytes program, entry_bytes(entries, top + "data.pkl"));
  GLIMPSE_ASSIGN_OR_RETURN(const Pickle pickle, read_bounded_pickle(program).with_context("data.pkl"));
  if (pickle.size_bytes != program.size()) return Error::corruption("data.pkl: bytes after the pickle");
  GLIMPSE_ASSIGN_OR_RETURN(const Storages storages, zip_storages(pickle, entries, top));
  return views_of(pickle, storages);
}

// --- the stream form

Result<Pickle> take_pickle(Bytes& rest) {
  GLIMPSE_ASSIGN_OR_RETURN(auto pickle, read_bounded_pickle(rest));
  rest = rest.subspan(pickle.size_bytes);
  return pickle;
}

Result<void> check_platform(Bytes& rest) {
  GLIMPSE_ASSIGN_OR_RETURN(const Pickle version, take_pickle(rest));
  if (version.root_node().kind != PickleKind::kInt || version.root_node().integer != kStreamVersion) {
    return Error::unsupported("torch stream version other than {}", kStreamVersion);
  }
  GLIMPSE_ASSIGN_OR_RETURN(const Pickle platform, take_pickle(rest));
  const PickleNode* little = find_in_dict(platform, platform.root_node(), "little_endian");
  if (platform.root_node().kind == PickleKind::kDict && little != nullptr && little->kind == PickleKind::kBool &&
      little->integer == 1) {
    return {};
  }
  return Error::unsupported("torch stream that is not little-endian");
}

Result<Bytes> take_storage(const PickledStorage& storage, Bytes& rest) {
  GLIMPSE_ASSIGN_OR_RETURN(const std::uint64_t bytes, byte_count(storage));
  std::int64_t elements = 0;
  if (rest.size() < sizeof(elements)) return Error::corruption("storage '{}': the file was cut", storage.key);
  std::memcpy(&elements, rest.data(), sizeof(elements));
  rest = rest.subspan(sizeof(elements));
  if (elements != storage.elements || bytes > rest.size()) {
    return Error::corruption("storage '{}': expected {} elements, got {} in {} bytes", storage.key, storage.elements,
                             elements, rest.size());
  }
  const Bytes data = rest.first(bytes);
  rest = rest.subspan(bytes);
  return data;
}

Result<Storages> stream_storages(const Pickle& pickle, const Pickle& keys, Bytes rest) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto distinct, distinct_storages(pickle));
  if (keys.root_node().kind != PickleKind::kList) return Error::corruption("expected a list of storage keys");
  Storages storages;
  for (const NodeId id : keys.root_node().items) {
    const auto found = distinct.find(keys.at(id).text);
    if (found == distinct.end()) return Error::corruption("storage '{}' is used nowhere", keys.at(id).text);
    GLIMPSE_ASSIGN_OR_RETURN(const Bytes data, take_storage(found->second, rest));
    if (!storages.emplace(found->first, data).second) {
      return Error::corruption("storage '{}' is listed twice", found->first);
    }
  }
  if (storages.size() != distinct.size()) return Error::corruption("storages are missing from the list of keys");
  if (!rest.empty()) return Error::corruption("{} bytes after the last storage", rest.size());
  return storages;
}

Result<std::vector<TensorView>> parse_stream(Bytes bytes) {
  Bytes rest = bytes.subspan(kStreamMagic.size());
  GLIMPSE_RETURN_IF_ERROR(check_platform(rest));
  GLIMPSE_ASSIGN_OR_RETURN(const Pickle pickle, take_pickle(rest));
  GLIMPSE_ASSIGN_OR_RETURN(const Pickle keys, take_pickle(rest));
  GLIMPSE_ASSIGN_OR_RETURN(const Storages storages, stream_storages(pickle, keys, rest));
  return views_of(pickle, storages);
}

}  // namespace

bool is_torch_zip(Bytes bytes) { return starts_with(bytes, kZipMagic); }

bool is_torch_stream(Bytes bytes) { return starts_with(bytes, kStreamMagic); }

Result<std::unique_ptr<Checkpoint>> open_torch_zip(const std::filesystem::path& path, MappedFile file) {
  GLIMPSE_ASSIGN_OR_RETURN(auto views, parse_zip(file.bytes()).with_context(display(path)));
  return std::make_unique<MappedCheckpoint>(path, std::move(file), std::move(views));
}

Result<std::unique_ptr<Checkpoint>> open_torch_stream(const std::filesystem::path& path, MappedFile file) {
  GLIMPSE_ASSIGN_OR_RETURN(auto views, parse_stream(file.bytes()).with_context(display(path)));
  return std::make_unique<MappedCheckpoint>(path, std::move(file), std::move(views));
}

}  // namespace glimpse::checkpoint
