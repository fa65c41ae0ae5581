#pragma once

struct sqlite3;

namespace glimpse::library {

/// Adds the SQL function glimpse_sum(value, ...) to a connection: a 64-bit checksum over the types and bytes of its
/// arguments. Returns SQLite's result code.
int register_row_sum(sqlite3* database);

}  // namespace glimpse::library
