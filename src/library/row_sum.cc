// glimpse_sum: the checksum of a row.
//
// XXH3-64 over, for each argument: its type (one byte), its length (8 bytes, little-endian), its bytes (integers and
// reals as 8 bytes, little-endian). SQLite keeps no checksums of its own, so a flipped bit inside a value would
// otherwise go unnoticed.
#include "library/row_sum.h"

#include <sqlite3.h>

#include <bit>
#include <cstdint>
#include <string>

#include "base/hash.h"

namespace glimpse::library {
namespace {

static_assert(std::endian::native == std::endian::little, "the file format is little-endian");

void append_number(std::string& bytes, std::int64_t number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

void append_value(std::string& bytes, sqlite3_value* value) {
  const int type = sqlite3_value_type(value);
  bytes += static_cast<char>(type);
  if (type == SQLITE_INTEGER) {
    append_number(bytes, sizeof(std::int64_t));
    append_number(bytes, sqlite3_value_int64(value));
    return;
  }
  if (type == SQLITE_FLOAT) {
    append_number(bytes, sizeof(double));
    append_number(bytes, std::bit_cast<std::int64_t>(sqlite3_value_double(value)));
    return;
  }
  const void* data = sqlite3_value_blob(value);
  const int size = sqlite3_value_bytes(value);
  append_number(bytes, size);
  if (size > 0) bytes.append(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

void row_sum(sqlite3_context* context, int count, sqlite3_value** values) {
  std::string bytes;
  for (int i = 0; i < count; ++i) append_value(bytes, values[i]);
  const std::uint64_t sum = hash64(std::as_bytes(std::span(bytes.data(), bytes.size())));
  sqlite3_result_int64(context, static_cast<std::int64_t>(sum));
}

}  // namespace

int register_row_sum(sqlite3* database) {
  return sqlite3_create_function_v2(database, "glimpse_sum", -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr, row_sum,
                                    nullptr, nullptr, nullptr);
}

}  // namespace glimpse::library
