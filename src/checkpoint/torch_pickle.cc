// Python's pickle is a program for a stack machine that can call anything. This machine has the same stack, marks and
// memo, but its values are plain nodes in one array, and REDUCE knows three meanings: an empty OrderedDict, a tensor
// made of a storage and numbers, and a parameter, which is its tensor. Objects of a TorchScript program are the
// attributes that they hold. Everything else is refused by name.
// Invariants: a pop never goes below the last mark; every node id is < nodes.size(); the values, marks and memo slots
// are bounded, so a hostile pickle costs at most a few hundred MB and linear time.
// Source: CPython Lib/pickletools.py (opcodes); torch/_weights_only_unpickler.py (the idea of the allow-list).
#include "checkpoint/torch_pickle.h"

#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <unordered_map>

#include "base/utf8.h"
#include "checkpoint/pickle_opcodes.h"

namespace glimpse::checkpoint {
namespace {

constexpr std::size_t kMaxNodes = 2'000'000;
constexpr std::size_t kMaxItems = 16'000'000;
constexpr std::uint32_t kMaxMemo = 1'000'000;
constexpr int kMaxDepth = 64;
constexpr std::size_t kMaxGlobalBytes = 1024;
constexpr std::size_t kMaxRank = 64;

// What a GLOBAL may name. Storages hold their DType above kFirstStorage.
enum Global : std::int64_t {
  kOrderedDict,
  kRebuildTensor,
  kRebuildParameter,
  kFirstArgument,  ///< What TorchScript wraps around a list or a dict to remember its type.
  kProgramClass,
  kFirstStorage
};

struct GlobalRow {
  std::string_view module, name;
  std::int64_t meaning;
};

constexpr std::int64_t storage_of(DType dtype) { return kFirstStorage + static_cast<std::int64_t>(dtype); }

constexpr std::array<GlobalRow, 18> kGlobals{{{"collections", "OrderedDict", kOrderedDict},
                                              {"torch._utils", "_rebuild_tensor_v2", kRebuildTensor},
                                              {"torch._utils", "_rebuild_parameter", kRebuildParameter},
                                              {"torch.jit._pickle", "restore_type_tag", kFirstArgument},
                                              {"torch.jit._pickle", "build_intlist", kFirstArgument},
                                              {"torch.jit._pickle", "build_doublelist", kFirstArgument},
                                              {"torch.jit._pickle", "build_boollist", kFirstArgument},
                                              {"torch.jit._pickle", "build_tensorlist", kFirstArgument},
                                              {"torch", "FloatStorage", storage_of(DType::kF32)},
                                              {"torch", "HalfStorage", storage_of(DType::kF16)},
                                              {"torch", "BFloat16Storage", storage_of(DType::kBf16)},
                                              {"torch", "DoubleStorage", storage_of(DType::kF64)},
                                              {"torch", "LongStorage", storage_of(DType::kI64)},
                                              {"torch", "IntStorage", storage_of(DType::kI32)},
                                              {"torch", "ShortStorage", storage_of(DType::kI16)},
                                              {"torch", "CharStorage", storage_of(DType::kI8)},
                                              {"torch", "ByteStorage", storage_of(DType::kU8)},
                                              {"torch", "BoolStorage", storage_of(DType::kBool)}}};

class Machine {
 public:
  explicit Machine(std::span<const std::byte> bytes) : bytes_(bytes) {}

  Result<Pickle> run() {
    GLIMPSE_RETURN_IF_ERROR(expect_protocol());
    while (!stopped_) {
      const std::size_t start = position_;
      if (auto done = step(); !done) return done.error().with_context(fmt::format("pickle, byte {}", start));
    }
    pickle_.size_bytes = position_;
    return std::move(pickle_);
  }

 private:
  Result<void> step() {
    GLIMPSE_ASSIGN_OR_RETURN(const auto opcode, number<std::uint8_t>());
    switch (static_cast<Opcode>(opcode)) {
      case Opcode::kStop:
        return stop();
      case Opcode::kMark:
        return mark();
      case Opcode::kNone:
        return push({.kind = PickleKind::kNone});
      case Opcode::kNewTrue:
        return push({.kind = PickleKind::kBool, .integer = 1});
      case Opcode::kNewFalse:
        return push({.kind = PickleKind::kBool, .integer = 0});
      case Opcode::kEmptyDict:
        return push({.kind = PickleKind::kDict});
      case Opcode::kEmptyList:
        return push({.kind = PickleKind::kList});
      case Opcode::kEmptyTuple:
        return push({.kind = PickleKind::kTuple});
      case Opcode::kTuple:
        return tuple_to_mark();
      case Opcode::kTuple1:
        return tuple(1);
      case Opcode::kTuple2:
        return tuple(2);
      case Opcode::kTuple3:
        return tuple(3);
      case Opcode::kBinInt:
        return push_integer<std::int32_t>();
      case Opcode::kBinInt1:
        return push_integer<std::uint8_t>();
      case Opcode::kBinInt2:
        return push_integer<std::uint16_t>();
      case Opcode::kLong1:
        return long1();
      case Opcode::kBinFloat:
        return binary_float();
      case Opcode::kBinUnicode:
        return push_text<std::uint32_t>();
      case Opcode::kShortBinString:
        return push_text<std::uint8_t>();
      case Opcode::kBinGet:
        return get<std::uint8_t>();
      case Opcode::kLongBinGet:
        return get<std::uint32_t>();
      case Opcode::kBinPut:
        return put<std::uint8_t>();
      case Opcode::kLongBinPut:
        return put<std::uint32_t>();
      case Opcode::kAppend:
        return append(1, PickleKind::kList, "APPEND");
      case Opcode::kAppends:
        return append_to_mark(PickleKind::kList, "APPENDS");
      case Opcode::kSetItem:
        return append(2, PickleKind::kDict, "SETITEM");
      case Opcode::kSetItems:
        return append_to_mark(PickleKind::kDict, "SETITEMS");
      case Opcode::kGlobal:
        return global();
      case Opcode::kReduce:
        return reduce();
      case Opcode::kNewObj:
        return new_object();
      case Opcode::kBuild:
        return build();
      case Opcode::kBinPersId:
        return persistent_id();
      case Opcode::kProto:
        break;  // only at the front: see expect_protocol
    }
    return Error::unsupported("opcode {} is not allowed in a weights file", pickle_opcode_name(opcode));
  }

  // --- bytes

  Result<std::span<const std::byte>> take(std::size_t size) {
    if (size > bytes_.size() - position_) return Error::corruption("the pickle ends in the middle; the file was cut");
    const auto taken = bytes_.subspan(position_, size);
    position_ += size;
    return taken;
  }

  template <typename T>
  Result<T> number() {
    GLIMPSE_ASSIGN_OR_RETURN(const auto raw, take(sizeof(T)));
    T value;
    std::memcpy(&value, raw.data(), sizeof(T));
    return value;
  }

  Result<std::string_view> line() {
    const std::size_t limit = std::min(bytes_.size() - position_, kMaxGlobalBytes);
    const std::string_view rest(reinterpret_cast<const char*>(bytes_.data()) + position_, limit);
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return Error::corruption("GLOBAL name without an end");
    position_ += end + 1;
    return rest.substr(0, end);
  }

  Result<void> expect_protocol() {
    GLIMPSE_ASSIGN_OR_RETURN(const auto opcode, number<std::uint8_t>());
    if (opcode != static_cast<std::uint8_t>(Opcode::kProto)) return Error::corruption("pickle without a PROTO opcode");
    GLIMPSE_ASSIGN_OR_RETURN(const auto protocol, number<std::uint8_t>());
    if (protocol == 2) return {};
    return Error::unsupported("pickle protocol {}, expected 2 as torch.save writes by default", protocol);
  }

  // --- stack

  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

  Result<NodeId> pop() {
    if (stack_.size() <= floor()) return Error::corruption("the pickle takes more values than it made");
    const NodeId top = stack_.back();
    stack_.pop_back();
    return top;
  }

  Result<std::vector<NodeId>> pop_many(std::size_t count) {
    if (stack_.size() - floor() < count) return Error::corruption("the pickle takes more values than it made");
    std::vector<NodeId> values(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return values;
  }

  Result<std::vector<NodeId>> pop_to_mark() {
    if (marks_.empty()) return Error::corruption("the pickle closes a mark that it did not open");
    auto values = pop_many(stack_.size() - marks_.back());
    marks_.pop_back();
    return values;
  }

  Result<void> push_id(NodeId id) {
    if (stack_.size() >= kMaxNodes) return Error::resource_exhausted("more than {} values on the stack", kMaxNodes);
    stack_.push_back(id);
    return {};
  }

  Result<void> push(PickleNode node) {
    if (pickle_.nodes.size() >= kMaxNodes) return Error::resource_exhausted("more than {} values", kMaxNodes);
    pickle_.nodes.push_back(std::move(node));
    return push_id(static_cast<NodeId>(pickle_.nodes.size() - 1));
  }

  Result<void> mark() {
    if (marks_.size() >= kMaxDepth) return Error::resource_exhausted("more than {} levels of nesting", kMaxDepth);
    marks_.push_back(stack_.size());
    return {};
  }

  Result<void> stop() {
    GLIMPSE_ASSIGN_OR_RETURN(pickle_.root, pop());
    if (!stack_.empty() || !marks_.empty()) return Error::corruption("STOP with values left over");
    stopped_ = true;
    return {};
  }

  const PickleNode& at(NodeId id) const { return pickle_.nodes[id]; }

  // --- plain values

  template <typename T>
  Result<void> push_integer() {
    GLIMPSE_ASSIGN_OR_RETURN(const auto value, number<T>());
    return push({.kind = PickleKind::kInt, .integer = value});
  }

  Result<void> long1() {
    GLIMPSE_ASSIGN_OR_RETURN(const auto size, number<std::uint8_t>());
    if (size > 8) return Error::unsupported("integer of {} bytes, the limit is 8", size);
    GLIMPSE_ASSIGN_OR_RETURN(const auto raw, take(size));
    std::int64_t value = size > 0 && (raw.back() & std::byte{0x80}) != std::byte{0} ? -1 : 0;
    std::memcpy(&value, raw.data(), size);
    return push({.kind = PickleKind::kInt, .integer = value});
  }

  Result<void> binary_float() {
    GLIMPSE_RETURN_IF_ERROR(take(8));  // no number outside a storage is ever used
    return push({.kind = PickleKind::kFloat});
  }

  template <typename Size>
  Result<void> push_text() {
    GLIMPSE_ASSIGN_OR_RETURN(const auto size, number<Size>());
    GLIMPSE_ASSIGN_OR_RETURN(const auto raw, take(size));
    const std::string_view text(reinterpret_cast<const char*>(raw.data()), raw.size());
    if (!is_valid_utf8(text)) return Error::corruption("text that is no UTF-8");
    return push({.kind = PickleKind::kString, .text = text});
  }

  // --- memo

  template <typename Slot>
  Result<void> put() {
    GLIMPSE_ASSIGN_OR_RETURN(const std::uint32_t slot, number<Slot>());
    if (slot >= kMaxMemo) return Error::resource_exhausted("memo slot {}, the limit is {}", slot, kMaxMemo);
    if (stack_.size() <= floor()) return Error::corruption("the pickle memoizes a value that is not there");
    memo_.insert_or_assign(slot, stack_.back());
    return {};
  }

  template <typename Slot>
  Result<void> get() {
    GLIMPSE_ASSIGN_OR_RETURN(const std::uint32_t slot, number<Slot>());
    const auto found = memo_.find(slot);
    if (found == memo_.end()) return Error::corruption("memo slot {} was never set", slot);
    return push_id(found->second);
  }

  // --- containers

  Result<int> depth_around(std::span<const NodeId> items) {
    int depth = 1;
    for (const NodeId id : items) depth = std::max(depth, at(id).depth + 1);
    if (depth > kMaxDepth) return Error::resource_exhausted("more than {} levels of nesting", kMaxDepth);
    items_ += items.size();
    if (items_ > kMaxItems) return Error::resource_exhausted("more than {} container items", kMaxItems);
    return depth;
  }

  Result<void> push_tuple(std::vector<NodeId> items) {
    GLIMPSE_ASSIGN_OR_RETURN(const int depth, depth_around(items));
    return push({.kind = PickleKind::kTuple, .depth = depth, .items = std::move(items)});
  }

  Result<void> tuple(std::size_t count) {
    GLIMPSE_ASSIGN_OR_RETURN(auto items, pop_many(count));
    return push_tuple(std::move(items));
  }

  Result<void> tuple_to_mark() {
    GLIMPSE_ASSIGN_OR_RETURN(auto items, pop_to_mark());
    return push_tuple(std::move(items));
  }

  Result<void> extend_top(PickleKind kind, std::string_view opcode, std::span<const NodeId> items) {
    if (stack_.size() <= floor() || at(stack_.back()).kind != kind) {
      return Error::corruption("{} on a value that is no {}", opcode, kind == PickleKind::kList ? "list" : "dict");
    }
    if (kind == PickleKind::kDict && items.size() % 2 != 0) return Error::corruption("{} with a lone key", opcode);
    GLIMPSE_ASSIGN_OR_RETURN(const int depth, depth_around(items));
    PickleNode& container = pickle_.nodes[stack_.back()];
    container.items.insert(container.items.end(), items.begin(), items.end());
    container.depth = std::max(container.depth, depth);
    return {};
  }

  Result<void> append(std::size_t count, PickleKind kind, std::string_view opcode) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto items, pop_many(count));
    return extend_top(kind, opcode, items);
  }

  Result<void> append_to_mark(PickleKind kind, std::string_view opcode) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto items, pop_to_mark());
    return extend_top(kind, opcode, items);
  }

  // --- what stands for classes and calls

  Result<void> global() {
    GLIMPSE_ASSIGN_OR_RETURN(const auto module, line());
    GLIMPSE_ASSIGN_OR_RETURN(const auto name, line());
    for (const GlobalRow& row : kGlobals) {
      if (module == row.module && name == row.name) return push({.kind = PickleKind::kGlobal, .integer = row.meaning});
    }
    if (module == "__torch__" || module.starts_with("__torch__.")) {
      return push({.kind = PickleKind::kGlobal, .integer = kProgramClass});
    }
    return Error::unsupported("class or function '{}.{}' is not allowed in a weights file; save a plain state_dict",
                              valid_utf8(module), valid_utf8(name));
  }

  Result<void> reduce() {
    GLIMPSE_ASSIGN_OR_RETURN(const NodeId arguments, pop());
    GLIMPSE_ASSIGN_OR_RETURN(const NodeId callee, pop());
    if (at(callee).kind != PickleKind::kGlobal || at(arguments).kind != PickleKind::kTuple) {
      return Error::corruption("REDUCE without a function and a tuple of arguments");
    }
    const std::vector<NodeId> items = at(arguments).items;
    if (at(callee).integer == kOrderedDict) return ordered_dict(items);
    if (at(callee).integer == kRebuildTensor) return rebuild_tensor(items);
    if (at(callee).integer == kRebuildParameter) return rebuild_parameter(items);
    if (at(callee).integer == kFirstArgument && !items.empty()) return push_id(items.front());
    return Error::unsupported("REDUCE calls a class; expected a tensor, a parameter or an OrderedDict");
  }

  // (class, no arguments): what it holds comes by BUILD.
  Result<void> new_object() {
    GLIMPSE_ASSIGN_OR_RETURN(const NodeId arguments, pop());
    GLIMPSE_ASSIGN_OR_RETURN(const NodeId type, pop());
    const bool of_program = is_kind(type, PickleKind::kGlobal) && at(type).integer == kProgramClass;
    if (of_program && is_kind(arguments, PickleKind::kTuple) && at(arguments).items.empty()) {
      return push({.kind = PickleKind::kModule});
    }
    return Error::unsupported("NEWOBJ is allowed only for the classes of a TorchScript program, without arguments");
  }

  Result<void> ordered_dict(std::span<const NodeId> arguments) {
    if (!arguments.empty()) return Error::unsupported("OrderedDict made from arguments");
    return push({.kind = PickleKind::kDict});
  }

  // (storage, offset, shape, strides, requires_grad, hooks[, metadata])
  Result<void> rebuild_tensor(std::span<const NodeId> arguments) {
    const bool well_formed = (arguments.size() == 6 || arguments.size() == 7) &&
                             is_kind(arguments[0], PickleKind::kStorage) && is_kind(arguments[1], PickleKind::kInt) &&
                             is_empty_dict_or_none(arguments[5]) && is_empty_dict_or_none(arguments.back());
    if (!well_formed) return Error::unsupported("_rebuild_tensor_v2 with arguments other than torch.save writes");
    GLIMPSE_ASSIGN_OR_RETURN(auto shape, integers_of(arguments[2]));
    GLIMPSE_ASSIGN_OR_RETURN(auto strides, integers_of(arguments[3]));
    pickle_.tensors.push_back({static_cast<std::size_t>(at(arguments[0]).integer), at(arguments[1]).integer,
                               std::move(shape), std::move(strides)});
    return push({.kind = PickleKind::kTensor, .integer = static_cast<std::int64_t>(pickle_.tensors.size() - 1)});
  }

  // (tensor, requires_grad, hooks)
  Result<void> rebuild_parameter(std::span<const NodeId> arguments) {
    if (arguments.size() != 3 || !is_kind(arguments[0], PickleKind::kTensor) || !is_empty_dict_or_none(arguments[2])) {
      return Error::unsupported("_rebuild_parameter with arguments other than torch.save writes");
    }
    return push_id(arguments[0]);
  }

  bool is_kind(NodeId id, PickleKind kind) const { return at(id).kind == kind; }

  bool is_empty_dict_or_none(NodeId id) const {
    return is_kind(id, PickleKind::kNone) || (is_kind(id, PickleKind::kDict) && at(id).items.empty());
  }

  Result<Shape> integers_of(NodeId id) const {
    if (!is_kind(id, PickleKind::kTuple)) return Error::corruption("tensor shape or strides that are no tuple");
    if (at(id).items.size() > kMaxRank) return Error::resource_exhausted("tensor with more than {} axes", kMaxRank);
    Shape values;
    for (const NodeId item : at(id).items) {
      if (!is_kind(item, PickleKind::kInt)) return Error::corruption("tensor shape or strides that are no integers");
      values.push_back(at(item).integer);
    }
    return values;
  }

  Result<void> build() {
    GLIMPSE_ASSIGN_OR_RETURN(const NodeId state, pop());
    const bool on_dict = stack_.size() > floor() && is_kind(stack_.back(), PickleKind::kDict);
    const auto& items = at(state).items;
    if (stack_.size() > floor() && is_kind(stack_.back(), PickleKind::kModule) && is_kind(state, PickleKind::kDict)) {
      return extend_top(PickleKind::kModule, "BUILD", std::vector<NodeId>(items));
    }
    if (on_dict && is_kind(state, PickleKind::kDict) && items.size() == 2 && at(items[0]).text == "_metadata" &&
        is_kind(items[1], PickleKind::kDict)) {
      return {};
    }
    return Error::unsupported("BUILD is allowed only for an OrderedDict's _metadata and a TorchScript module's state");
  }

  // ('storage', class, key, device, elements[, None])
  Result<void> persistent_id() {
    GLIMPSE_ASSIGN_OR_RETURN(const NodeId id, pop());
    const auto& items = at(id).items;
    const bool well_formed = is_kind(id, PickleKind::kTuple) &&
                             (items.size() == 5 || (items.size() == 6 && is_kind(items[5], PickleKind::kNone))) &&
                             at(items[0]).text == "storage" && is_kind(items[1], PickleKind::kGlobal) &&
                             at(items[1]).integer >= kFirstStorage && is_kind(items[2], PickleKind::kString) &&
                             is_kind(items[3], PickleKind::kString) && is_kind(items[4], PickleKind::kInt) &&
                             at(items[4]).integer >= 0;
    if (!well_formed) return Error::unsupported("BINPERSID that is no storage as torch.save writes it");
    const auto dtype = static_cast<DType>(at(items[1]).integer - kFirstStorage);
    pickle_.storages.push_back({dtype, at(items[2]).text, at(items[4]).integer});
    return push({.kind = PickleKind::kStorage, .integer = static_cast<std::int64_t>(pickle_.storages.size() - 1)});
  }

  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
  bool stopped_ = false;
  std::vector<NodeId> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint32_t, NodeId> memo_;
  std::size_t items_ = 0;
  Pickle pickle_;
};

}  // namespace

Result<Pickle> read_pickle(std::span<const std::byte> bytes) { return Machine(bytes).run(); }

}  // namespace glimpse::checkpoint
