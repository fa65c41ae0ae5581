#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdint>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "text/tokenizer.h"

// For the tests of this room: the 10,000 strings of tools/goldens/text.py and the ids that the references give them.
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

inline std::vector<std::string> golden_strings() {
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

/// Expects all rows that are compared to be equal, and at least `least_compared` of them.
inline void expect_golden_ids(const Tokenizer& tokenizer, const std::string& name, std::size_t least_compared) {
  const auto strings = golden_strings();
  const auto rows = golden_rows(name);
  ASSERT_EQ(strings.size(), 10000U);
  ASSERT_EQ(rows.size(), strings.size());
  std::size_t compared = 0, different = 0;
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
  EXPECT_GE(compared, least_compared);
}

}  // namespace glimpse::text
