#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "checkpoint/checkpoint.h"

namespace glimpse::checkpoint {

using NodeId = std::uint32_t;

enum class PickleKind {
  kNone,
  kBool,
  kInt,
  kFloat,
  kString,
  kTuple,
  kList,
  kDict,
  kModule,  ///< An object of a TorchScript program: its attributes, and nothing of its class.
  kGlobal,
  kStorage,
  kTensor
};

/// One value of a pickle. Containers name their items by id, so a value that is shared is stored once.
struct PickleNode {
  PickleKind kind = PickleKind::kNone;
  int depth = 1;                   ///< Levels of nesting below and including this value.
  std::int64_t integer = 0;        ///< kBool, kInt: the value; kGlobal: internal; kStorage, kTensor: index.
  std::string_view text = {};      ///< kString; points into the pickle.
  std::vector<NodeId> items = {};  ///< kTuple, kList: in order; kDict, kModule: key, value, key, value …
};

/// A block of numbers that the pickle refers to but does not hold.
struct PickledStorage {
  DType dtype;
  std::string_view key;
  std::int64_t elements;
};

/// A tensor: which storage, from which element, with which shape and strides (in elements). Not yet checked against
/// the storage.
struct PickledTensor {
  std::size_t storage;
  std::int64_t offset;
  Shape shape, strides;
};

/// What a pickle says. Text views point into the bytes it was read from.
struct Pickle {
  std::vector<PickleNode> nodes;
  std::vector<PickledStorage> storages;
  std::vector<PickledTensor> tensors;
  NodeId root = 0;
  std::size_t size_bytes = 0;  ///< How many bytes it took, STOP included.

  const PickleNode& at(NodeId id) const { return nodes[id]; }
  const PickleNode& root_node() const { return nodes[root]; }
};

/// Reads one pickle from the front of `bytes` as data: nothing in it is looked up, called or run.
///
/// Opcodes: PROTO (2), STOP, MARK, NONE, NEWTRUE, NEWFALSE, EMPTY_DICT, EMPTY_LIST, EMPTY_TUPLE, TUPLE, TUPLE1-3,
/// BININT, BININT1, BININT2, LONG1, BINFLOAT, BINUNICODE, SHORT_BINSTRING, BINGET, LONG_BINGET, BINPUT, LONG_BINPUT,
/// APPEND, APPENDS, SETITEM, SETITEMS, GLOBAL, REDUCE, NEWOBJ, BUILD, BINPERSID.
/// Globals: collections.OrderedDict, torch._utils._rebuild_tensor_v2, torch._utils._rebuild_parameter and
/// torch.{Float,Half,BFloat16,Double,Long,Int,Short,Char,Byte,Bool}Storage.
/// In a TorchScript archive also the program's own classes (`__torch__.*`), which NEWOBJ makes a kModule of, and
/// torch.jit._pickle.{restore_type_tag, build_intlist, build_doublelist, build_boollist, build_tensorlist}, which give
/// their first argument.
/// BUILD may only set `_metadata` on an OrderedDict, which is dropped, and the attributes of a kModule.
/// Limits: 64 levels of nesting, 1 M memo slots, 2 M values, names of 1 KiB.
///
/// Errors: unsupported (an opcode or class outside these lists, named with its byte position); corruption;
/// resource_exhausted (the limit).
Result<Pickle> read_pickle(std::span<const std::byte> bytes);

}  // namespace glimpse::checkpoint
