#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "text/tokenizer.h"

// For the tests of this room: the 100,000 strings of tools/goldens/text.py and what the references make of them;
// docs/formats/text-goldens.md has the layouts.
namespace glimpse::text {

inline std::string read_gz(const std::filesystem::path& path) {
  std::string out;
  gzFile file = ::gzopen(path.c_str(), "rb");
  EXPECT_NE(file, nullptr) << path << " is missing; run `make setup`";
  if (file == nullptr) return out;
  char buffer[65536];
  for (int got = 0; (got = ::gzread(file, buffer, sizeof buffer)) > 0;)
    out.append(buffer, static_cast<std::size_t>(got));
  ::gzclose(file);
  return out;
}

inline std::filesystem::path golden_file(const std::string& name) {
  return std::filesystem::path(GLIMPSE_TEST_DATA) / "text" / name;
}

inline std::vector<std::string> committed_strings() {
  const std::string data = read_gz(golden_file("strings.gz"));
  std::vector<std::string> strings;
  for (std::size_t at = 0; at + 4 <= data.size();) {
    std::uint32_t size = 0;
    std::memcpy(&size, data.data() + at, 4);
    strings.push_back(data.substr(at + 4, size));
    at += 4 + size;
  }
  return strings;
}

/// The rule of derived_strings in tools/goldens/text.py: the head of one string, a joint, the tail of another.
class DerivedStrings {
 public:
  explicit DerivedStrings(std::vector<std::string> base) : base_(std::move(base)) {}

  std::string next() {
    static const std::array<std::string, 16> kJoints{
        "",     "",      "",        " ",    "  ",   "\n\n\n",        "-",      "'",
        "</s>", "<unk>", " <eos> ", "<H1>", "<h1>", "<end_of_turn>", "\u2581", "\u2581\u2581"};
    const std::string &first = base_[below(base_.size())], &second = base_[below(base_.size())];
    std::string head = first.substr(0, cut(first));
    const std::string tail = second.substr(cut(second));
    const std::string& joint = kJoints[below(kJoints.size())];
    if (below(4) == 0) {
      for (char& c : head) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return head + joint + tail;
  }

 private:
  // splitmix64
  std::size_t below(std::size_t n) {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15U;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return static_cast<std::size_t>((z ^ z >> 31) % n);
  }

  std::size_t cut(const std::string& text) {
    std::size_t at = below(text.size() + 1);
    while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80) --at;
    return at;
  }

  std::vector<std::string> base_;
  std::uint64_t state_ = 0;
};

/// The processor time that `work` takes, in ms; a busy machine does not make it longer, sanitizers about twenty times.
template <typename Work>
double cpu_ms(const Work& work) {
#ifdef __SANITIZE_ADDRESS__
  constexpr double kSlowdown = 20;
#else
  constexpr double kSlowdown = 1;
#endif
  const std::clock_t start = std::clock();
  work();
  return 1000.0 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / kSlowdown;
}

/// One string's ids; `compared` is false where the reference does something that we leave out on purpose.
struct GoldenRow {
  bool compared = true;
  std::vector<TokenId> ids;
};

inline std::vector<GoldenRow> golden_rows(const std::string& name) {
  constexpr std::uint16_t kNotCompared = 0xFFFF;
  const std::string data = read_gz(golden_file(name));
  std::size_t at = 0;
  const auto next = [&] {
    std::uint16_t value = 0;
    std::memcpy(&value, data.data() + at, 2);
    at += 2;
    return value;
  };
  std::vector<GoldenRow> rows;
  while (at + 2 <= data.size()) {
    const std::uint16_t count = next();
    GoldenRow row{count != kNotCompared, {}};
    for (std::uint16_t i = 0; row.compared && i < count; ++i) row.ids.push_back(next());
    rows.push_back(std::move(row));
  }
  return rows;
}

/// What the references say of the derived strings.
struct DerivedRows {
  std::vector<std::uint32_t> not_compared;  ///< Ascending.
  std::vector<std::uint64_t> block_hashes;  ///< Of the ids of 100 strings each.
};

inline DerivedRows derived_rows(const std::string& name) {
  const std::string data = read_gz(golden_file(name));
  std::uint32_t count = 0;
  if (data.size() >= 4) std::memcpy(&count, data.data(), 4);
  const std::size_t hashes_at = 4 + std::size_t{count} * 4;
  EXPECT_GE(data.size(), hashes_at) << name;
  if (data.size() < hashes_at) return {};
  DerivedRows rows{std::vector<std::uint32_t>(count), std::vector<std::uint64_t>((data.size() - hashes_at) / 8)};
  std::memcpy(rows.not_compared.data(), data.data() + 4, std::size_t{count} * 4);
  std::memcpy(rows.block_hashes.data(), data.data() + hashes_at, rows.block_hashes.size() * 8);
  return rows;
}

/// FNV-1a over the little-endian bytes of 32-bit numbers.
class IdsHash {
 public:
  void add(const std::vector<TokenId>& ids) {
    add(static_cast<std::uint32_t>(ids.size()));
    for (const TokenId id : ids) add(static_cast<std::uint32_t>(id));
  }
  std::uint64_t value() const { return value_; }

 private:
  void add(std::uint32_t number) {
    for (unsigned shift = 0; shift < 32; shift += 8) value_ = (value_ ^ (number >> shift & 0xFFU)) * 0x100000001B3U;
  }
  std::uint64_t value_ = 0xCBF29CE484222325U;
};

inline void expect_committed_ids(const Tokenizer& tokenizer, const std::vector<std::string>& strings,
                                 const std::string& name, std::size_t& compared) {
  const auto rows = golden_rows(name + ".gz");
  ASSERT_EQ(rows.size(), strings.size());
  std::size_t different = 0;
  for (std::size_t i = 0; i < strings.size(); ++i) {
    if (!rows[i].compared) continue;
    ++compared;
    const auto ids = tokenizer.encode(strings[i]);
    if (ids == rows[i].ids) continue;
    if (++different <= 20) {
      EXPECT_EQ(ids, rows[i].ids) << "string " << i << ": " << testing::PrintToString(strings[i]);
    }
  }
  EXPECT_EQ(different, 0U) << "of " << compared;
}

inline void expect_derived_ids(const Tokenizer& tokenizer, std::vector<std::string> base, const std::string& name,
                               std::size_t& compared) {
  constexpr std::uint32_t kBlock = 100;
  const DerivedRows rows = derived_rows(name + "_derived.gz");
  ASSERT_EQ(rows.block_hashes.size(), 900U);
  DerivedStrings strings(std::move(base));
  std::size_t different = 0;
  for (std::uint32_t block = 0; block < 900; ++block) {
    IdsHash hash;
    for (std::uint32_t i = block * kBlock; i < (block + 1) * kBlock; ++i) {
      const std::string text = strings.next();
      if (std::ranges::binary_search(rows.not_compared, i)) continue;
      hash.add(tokenizer.encode(text));
      ++compared;
    }
    different += hash.value() == rows.block_hashes[block] ? 0 : 1;
    EXPECT_TRUE(hash.value() == rows.block_hashes[block] || different > 5)
        << "derived strings " << block * kBlock << " to " << (block + 1) * kBlock - 1;
  }
  EXPECT_EQ(different, 0U) << "of 900 blocks";
}

/// Expects the ids of all 100,000 strings that are compared to be the reference's, and at least `least_compared` of
/// them.
inline void expect_golden_ids(const Tokenizer& tokenizer, const std::string& name, std::size_t least_compared) {
  const auto strings = committed_strings();
  ASSERT_EQ(strings.size(), 10000U);
  std::size_t compared = 0;
  expect_committed_ids(tokenizer, strings, name, compared);
  expect_derived_ids(tokenizer, strings, name, compared);
  EXPECT_GE(compared, least_compared);
}

}  // namespace glimpse::text
