// Hostile files are built here, byte by byte: a payload that ran would create the file kProof, and every refusal must
// name what it refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <fstream>
#include <map>

#include "base/file.h"
#include "base/temp_directory.h"
#include "checkpoint/checkpoint.h"

namespace glimpse::checkpoint {
namespace {

using namespace std::string_literals;  // NOLINT(google-build-using-namespace): "…"s keeps the NULs
using testing::HasSubstr;

template <typename T>
std::string little(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof(T)};
}

struct Entry {
  std::string name, bytes;
  std::uint16_t method = 0, flags = 0;
  std::uint32_t crc_error = 0, size_error = 0;
};

std::uint32_t crc_of(const Entry& entry) {
  const auto* data = reinterpret_cast<const Bytef*>(entry.bytes.data());
  return static_cast<std::uint32_t>(::crc32(0, data, static_cast<uInt>(entry.bytes.size()))) ^ entry.crc_error;
}

// The fields that a local header and a directory record share.
std::string shared_fields(const Entry& entry) {
  const auto size = static_cast<std::uint32_t>(entry.bytes.size());
  return little(entry.flags) + little(entry.method) + little(std::uint32_t{0}) + little(crc_of(entry)) +
         little(size + entry.size_error) + little(size) + little(static_cast<std::uint16_t>(entry.name.size())) +
         little(std::uint16_t{0});
}

std::string zip_of(const std::vector<Entry>& entries, bool all_at_zero = false) {
  std::string out, directory;
  for (const Entry& entry : entries) {
    const auto offset = static_cast<std::uint32_t>(all_at_zero ? 0 : out.size());
    if (!all_at_zero || out.empty()) {
      out += "PK\x03\x04\x14\0"s + shared_fields(entry) + entry.name + entry.bytes;
    }
    directory += "PK\x01\x02\x14\0\x14\0"s + shared_fields(entry) + std::string(10, '\0') + little(offset) + entry.name;
  }
  const auto count = static_cast<std::uint16_t>(entries.size());
  return out + directory + "PK\x05\x06\0\0\0\0"s + little(count) + little(count) +
         little(static_cast<std::uint32_t>(directory.size())) + little(static_cast<std::uint32_t>(out.size())) +
         "\0\0"s;
}

// --- pickles

const std::string kFrame = "\x80\x02";
std::string text(const std::string& value) { return "X" + little(static_cast<std::uint32_t>(value.size())) + value; }
std::string integer(std::int32_t value) { return "J" + little(value); }
std::string global(const std::string& module, const std::string& name) { return "c" + module + "\n" + name + "\n"; }

struct TensorText {
  std::string type = "FloatStorage", key = "0";
  std::int32_t elements = 6, offset = 0;
  std::vector<std::int32_t> shape = {2, 3}, strides = {3, 1};
};

std::string tuple(const std::vector<std::int32_t>& values) {
  std::string out = "(";
  for (const auto value : values) out += integer(value);
  return out + "t";
}

std::string tensor(const TensorText& t = {}) {
  return global("torch._utils", "_rebuild_tensor_v2") + "((" + text("storage") + global("torch", t.type) + text(t.key) +
         text("cpu") + integer(t.elements) + "tQ" + integer(t.offset) + tuple(t.shape) + tuple(t.strides) + "\x89" +
         global("collections", "OrderedDict") + ")RtR";
}

std::string dict_of(const std::string& value) { return kFrame + "}" + text("w") + value + "s."; }

std::string torch_zip(const std::string& pickle, std::size_t storage_bytes = 24) {
  return zip_of({{"m/data.pkl", pickle},
                 {"m/byteorder", "little"},
                 {"m/data/0", std::string(storage_bytes, '\0')},
                 {"m/version", "3\n"}});
}

class Torch : public testing::Test {
 protected:
  std::string verdict(const std::string& bytes) {
    std::ofstream(path_, std::ios::binary) << bytes;
    const auto opened = open(path_);
    if (opened) return "accepted";
    EXPECT_THAT(opened.error().message(), HasSubstr(path_.string()));
    return opened.error().message();
  }

  TempDirectory directory_;
  std::filesystem::path path_ = directory_.path() / "m.pt";
};

TEST_F(Torch, TheBuilderMakesAFileThatIsAccepted) {
  EXPECT_EQ(verdict(torch_zip(dict_of(tensor()))), "accepted");
  EXPECT_EQ(verdict(torch_zip(dict_of(tensor({.offset = 3, .shape = {3}, .strides = {1}})))), "accepted");
}

TEST_F(Torch, NoPayloadRunsAndEachRefusalNamesIt) {
  const std::string proof = (directory_.path() / "proof").string(), command = "touch " + proof;
  const std::string call = "(" + text(command) + "tR";
  const auto named = [](std::string name) { return name; };
  const std::vector<std::pair<std::string, std::string>> kPayloads{
      {global("os", "system") + call, "'os.system'"},
      {global("posix", "system") + call, "'posix.system'"},
      {global("nt", "system") + call, "'nt.system'"},
      {global("builtins", "exec") + call, "'builtins.exec'"},
      {global("builtins", "eval") + call, "'builtins.eval'"},
      {global("__builtin__", "eval") + call, "'__builtin__.eval'"},
      {global("builtins", "getattr") + call, "'builtins.getattr'"},
      {global("builtins", "__import__") + call, "'builtins.__import__'"},
      {global("subprocess", "Popen") + call, "'subprocess.Popen'"},
      {global("runpy", "_run_code") + call, "'runpy._run_code'"},
      {global("torch", "load") + call, "'torch.load'"},
      {global("torch.hub", "load") + call, "'torch.hub.load'"},
      {global("torch._utils", "_rebuild_tensor_v3") + call, "_rebuild_tensor_v3"},
      {global("torch", "FloatStorage.__reduce__") + call, "FloatStorage.__reduce__"},
      {global("__torch__.model", "Net") + call, "REDUCE calls a class"},
      {global("__torch__.model", "Net") + "(" + text(command) + "t\x81", "without arguments"},
      {global("__torchy__", "Net") + ")\x81", "'__torchy__.Net'"},
      {global("numpy.core.multiarray", "scalar") + call, "numpy.core.multiarray.scalar"},
      {global("collections", "OrderedDict") + "((" + text("a") + integer(1) + "tl" + "tR", "opcode LIST"},
      {global("collections", "OrderedDict") + "(" + text("a") + "tR", "OrderedDict made from arguments"},
      {global("torch", "FloatStorage") + ")R", "REDUCE calls a class"},
      {text("os") + text("system") + "\x93" + call, "STACK_GLOBAL"},
      {"(" + text(command) + "ios\nsystem\n", "opcode INST"},
      {"(" + global("collections", "OrderedDict") + "o", "opcode OBJ"},
      {global("collections", "OrderedDict") + ")\x81", "NEWOBJ"},
      {global("collections", "OrderedDict") + ")}\x92", "NEWOBJ_EX"},
      {"\x82\x01", "EXT1"},
      {"\x83\x01\x01", "EXT2"},
      {"\x84\x01\x01\x01\x01", "EXT4"},
      {"Ppersistent\n", "opcode PERSID"},
      {"\x8f", "EMPTY_SET"},
      {"I1\n", "opcode INT"},
      {"S'a'\n", "opcode STRING"},
      {"\x97", "NEXT_BUFFER"},
      {"\xfe", "opcode 0xfe"},
      {text("a") + "0", "opcode POP"},
      {text("a") + "2", "opcode DUP"},
      {global("collections", "OrderedDict") + ")R}" + text("__class__") + integer(1) + "sb", "BUILD"},
      {"]" + text("a") + "b", "BUILD"},
      {text("x") + "Q", "BINPERSID"},
      {"(" + text("module") + global("torch", "FloatStorage") + text("0") + text("cpu") + integer(6) + "tQ",
       "BINPERSID"},
      {"\x8a\x09" + std::string(9, '\1'), "integer of 9 bytes"},
  };
  ASSERT_GE(kPayloads.size(), 40U);
  for (const auto& [payload, reason] : kPayloads) {
    EXPECT_THAT(verdict(torch_zip(dict_of(payload))), HasSubstr(named(reason)));
    EXPECT_FALSE(std::filesystem::exists(proof)) << reason;
  }
}

// --- TorchScript: modules within modules, and a program that is never looked at

std::string module_of(const std::string& state) { return global("__torch__.net", "Module") + ")\x81}(" + state + "ub"; }

TEST_F(Torch, ThePathThroughAProgramsModulesNamesATensor) {
  const std::string inner = module_of(text("weight") + tensor() + text("training") + "\x89");
  const std::string sizes = global("torch.jit._pickle", "build_intlist") + "](" + integer(3) + "e\x85R";
  const std::string object = kFrame + module_of(text("visual") + inner + text("sizes") + sizes) + ".";
  std::vector<Entry> entries = {{"m/data.pkl", object},
                                {"m/data/0", std::string(24, '\0')},
                                {"m/code/__torch__/net.py", "raise SystemExit"},
                                {"m/constants.pkl", "not looked at"}};
  EXPECT_EQ(verdict(zip_of(entries)), "accepted");
  const auto opened = open(path_);
  ASSERT_TRUE(opened);
  ASSERT_EQ((*opened)->tensors().size(), 1U);
  EXPECT_EQ((*opened)->tensors()[0].name, "visual.weight");
}

TEST_F(Torch, ModulesInACircleAreRefused) {
  const std::string circle =
      kFrame + global("__torch__.net", "Module") + ")\x81q\x01}(" + text("a") + "h\x01" + text("b") + "h\x01" + "ub.";
  EXPECT_THAT(verdict(torch_zip(circle)), HasSubstr("levels of modules"));
}

TEST_F(Torch, MalformedPicklesAreRefused) {
  const std::vector<std::pair<std::string, std::string>> kPickles{
      {"", "cut"},
      {"}.", "without a PROTO"},
      {"\x80\x04}.", "protocol 4"},
      {kFrame, "cut"},
      {kFrame + ".", "more values than it made"},
      {kFrame + "}}.", "left over"},
      {kFrame + "(}.", "left over"},
      {kFrame + "t.", "a mark that it did not open"},
      {kFrame + "}(s.", "more values"},
      {kFrame + "}(" + text("a") + "u.", "lone key"},
      {kFrame + text("a") + text("b") + "a.", "no list"},
      {kFrame + "]" + text("a") + text("b") + "s.", "no dict"},
      {kFrame + "h\x05.", "memo slot 5 was never set"},
      {kFrame + "}r" + little(std::uint32_t{0xFFFFFFFF}) + ".", "memo slot 4294967295, the limit"},
      {kFrame + "}r" + little(std::uint32_t{1'000'000}) + ".", "the limit is 1000000"},
      {kFrame + "X" + little(std::uint32_t{0xFFFFFFFF}) + "a.", "cut"},
      {kFrame + text("\xc0\x80") + ".", "no UTF-8"},
      {kFrame + std::string(65, '(') + ".", "64 levels"},
      {kFrame + ")" + std::string(100, '\x85') + ".", "64 levels"},
      {kFrame + "(" + std::string(2'100'000, 'N') + "t.", "more than 2000000 values"},
      {kFrame + "cos", "without an end"},
      {kFrame + "c" + std::string(5000, 'a') + "\nb\n.", "without an end"},
      {kFrame + "}.x", "bytes after the pickle"},
      {kFrame + "].", "expected a state_dict"},
      {kFrame + "}.", "no tensors"},
      {kFrame + "}" + text("a") + integer(1) + "s.", "no tensors"},
      {kFrame + "}" + text("w") + tensor() + "s" + text("w") + tensor() + "s.", "two tensors are named 'w'"},
  };
  for (const auto& [pickle, reason] : kPickles) EXPECT_THAT(verdict(torch_zip(pickle)), HasSubstr(reason)) << reason;
}

TEST_F(Torch, AListThatHoldsItselfIsHarmless) {
  EXPECT_EQ(verdict(torch_zip(kFrame + "}" + text("w") + tensor() + "s" + text("l") + "]q\x09h\x09" + "as.")),
            "accepted");
}

TEST_F(Torch, TensorsThatLeaveTheirStorageAreRefused) {
  const std::vector<std::pair<TensorText, std::string>> kTensors{
      {{.shape = {2, 4}}, "do not fit"},
      {{.offset = 1}, "do not fit"},
      {{.offset = -1}, "do not fit"},
      {{.offset = 7, .shape = {0}, .strides = {1}}, "do not fit"},
      {{.strides = {-3, 1}}, "do not fit"},
      {{.shape = {-2, 3}}, "do not fit"},
      {{.strides = {4, 1}}, "do not fit"},
      {{.shape = {2147483647, 2147483647, 2147483647}, .strides = {0, 0, 0}}, "do not fit"},
      {{.shape = {7}, .strides = {0}}, "do not fit"},
      {{.shape = {2147483647}, .strides = {2147483647}}, "do not fit"},
      {{.strides = {1}}, "2 axes but 1 strides"},
      {{.elements = 5}, "expected 20 bytes, got 24"},
      {{.elements = 7}, "expected 28 bytes, got 24"},
      {{.type = "DoubleStorage"}, "expected 48 bytes, got 24"},
      {{.elements = -1}, "BINPERSID"},
      {{.key = "1"}, "no entry 'm/data/1'"},
      {{.key = "../../m/data/0"}, "no entry"},
  };
  for (const auto& [description, reason] : kTensors) {
    EXPECT_THAT(verdict(torch_zip(dict_of(tensor(description)))), HasSubstr(reason)) << reason;
  }
  const std::string two = kFrame + "}" + text("a") + tensor() + "s" + text("b") + tensor({.type = "IntStorage"}) + "s.";
  EXPECT_THAT(verdict(torch_zip(two)), HasSubstr("described in two ways"));
}

TEST_F(Torch, HostileArchivesAreRefused) {
  const Entry pickle{"m/data.pkl", dict_of(tensor())}, storage{"m/data/0", std::string(24, '\0')};
  const auto with = [](Entry entry, const std::function<void(Entry&)>& change) {
    change(entry);
    return entry;
  };
  const std::string good = zip_of({pickle, storage});
  const std::vector<std::pair<std::string, std::string>> kArchives{
      {zip_of({with(pickle, [](Entry& e) { e.method = 8; }), storage}), "'m/data.pkl' is compressed (method 8)"},
      {zip_of({with(pickle, [](Entry& e) { e.flags = 1; }), storage}), "encrypted"},
      {zip_of({with(pickle, [](Entry& e) { e.crc_error = 1; }), storage}), "CRC-32"},
      {zip_of({pickle, with(storage, [](Entry& e) { e.crc_error = 1; })}), "'m/data/0': CRC-32"},
      {zip_of({pickle, with(storage, [](Entry& e) { e.size_error = 1; })}), "two sizes"},
      {zip_of({pickle, storage, storage}), "two entries are named 'm/data/0'"},
      {zip_of({pickle, storage, {"m/../../etc/x", ""}}), "not allowed"},
      {zip_of({pickle, storage, {"/etc/x", ""}}), "not allowed"},
      {zip_of({pickle, storage, {"m\\x", ""}}), "not allowed"},
      {zip_of({pickle, storage, {"m/x\0y"s, ""}}), "not allowed"},
      {zip_of({pickle, storage, {std::string(1025, 'm'), ""}}), "entry name of 1025 bytes"},
      {zip_of({pickle, storage, {"other/x", ""}}), "outside one top directory"},
      {zip_of({{"data.pkl", ""}}), "outside one top directory"},
      {zip_of({pickle, storage, {"m/byteorder", "big"}}), "byte order 'big'"},
      {zip_of({storage}), "no entry 'm/data.pkl'"},
      {zip_of({pickle}), "no entry 'm/data/0'"},
      {zip_of({{"m/a", "x"}, {"m/b", "x"}}, true), "disagrees with its local header"},
      {good + "x", "no end record"},
      {good.substr(0, good.size() - 1), "no end record"},
      {"PK\x03\x04x" + good, "does not end where its end record begins"},
  };
  for (const auto& [archive, reason] : kArchives) EXPECT_THAT(verdict(archive), HasSubstr(reason)) << reason;
}

TEST_F(Torch, EntriesThatShareBytesAreRefused) {
  // The second directory record points into the first entry's bytes, where a whole second entry is hidden.
  const std::string inner = "PK\x03\x04\x14\0"s + shared_fields({"m/b", "y"}) + "m/by";
  const Entry outer{"m/a", inner};
  std::string archive = zip_of({outer, {"m/b", "y"}});
  const std::size_t record = archive.rfind("PK\x01\x02");
  archive.replace(record + 42, 4, little(std::uint32_t{30 + 3}));
  EXPECT_THAT(verdict(archive), HasSubstr("overlap"));
}

// --- the older stream form

std::string stream_of(const std::string& object, std::int64_t elements = 6, const std::string& keys = text("0")) {
  const std::string magic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."s;
  const std::string platform = kFrame + "}" + text("little_endian") + "\x88s.";
  return magic + kFrame + "M\xe9\x03." + platform + object + kFrame + "](" + keys + "e." + little(elements) +
         std::string(24, '\0');
}

TEST_F(Torch, TheStreamFormIsHeldToTheSameRules) {
  const std::string good = stream_of(dict_of(tensor()));
  EXPECT_EQ(verdict(good), "accepted");
  EXPECT_THAT(verdict(stream_of(dict_of(global("os", "system") + "(" + text("true") + "tR"))),
              HasSubstr("'os.system'"));
  EXPECT_THAT(verdict(stream_of(dict_of(tensor({.shape = {3, 3}})))), HasSubstr("do not fit"));
  EXPECT_THAT(verdict(stream_of(dict_of(tensor()), 5)), HasSubstr("expected 6 elements, got 5"));
  EXPECT_THAT(verdict(stream_of(dict_of(tensor()), 6, text("1"))), HasSubstr("'1' is used nowhere"));
  EXPECT_THAT(verdict(stream_of(dict_of(tensor()), 6, "")), HasSubstr("missing from the list"));
  EXPECT_THAT(verdict(good + "x"), HasSubstr("1 bytes after the last storage"));
  EXPECT_THAT(verdict(stream_of(dict_of(tensor({.elements = 2'000'000'000})), 2'000'000'000)),
              HasSubstr("in 24 bytes"));
  for (std::size_t size = 15; size < good.size(); ++size) EXPECT_NE(verdict(good.substr(0, size)), "accepted") << size;
}

}  // namespace
}  // namespace glimpse::checkpoint
