// What a root takes, and what its scans found. Patterns are rows of `globs`; the rest are settings of the root.
#include <charconv>

#include "library/glob.h"
#include "library/library.h"
#include "library/library_state.h"
#include "library/schema.h"

namespace glimpse::library {
namespace {

constexpr int kInclude = 0;
constexpr int kExclude = 1;

std::string hidden_key(RootId id) { return fmt::format("root {} hidden", id.value); }
std::string scan_key(RootId id) { return fmt::format("root {} scan", id.value); }

Result<std::string> setting_of(Connection& connection, const std::string& key) {
  GLIMPSE_ASSIGN_OR_RETURN(auto row, connection.query("SELECT value FROM settings WHERE key = ?", key));
  GLIMPSE_ASSIGN_OR_RETURN(const bool found, row.step());
  return found ? std::string(row.text(0)) : std::string();
}

Result<void> put_setting(Connection& connection, const std::string& key, const std::string& value) {
  if (value.empty()) return connection.run("DELETE FROM settings WHERE key = ?", key);
  return connection.run(
      "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", key, value);
}

/// Takes a number and the space behind it off the front of `text`; 0 when there is none.
std::int64_t take_number(std::string_view& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.starts_with(' ')) text.remove_prefix(1);
  return error == std::errc() ? number : 0;
}

std::string scan_record(const Root& root) {
  return fmt::format("{} {} {}", root.scanned_at_ms, root.offline_since_ms, root.offline_reason);
}

Result<void> put_globs(Connection& writer, RootId id, int kind, const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    GLIMPSE_RETURN_IF_ERROR(Glob::parse(pattern));
    GLIMPSE_RETURN_IF_ERROR(writer.run("INSERT OR IGNORE INTO globs (root, kind, pattern) VALUES (?, ?, ?)", id.value,
                                       kind, std::filesystem::path(pattern)));
  }
  return {};
}

}  // namespace

Result<void> read_scan_record(Connection& connection, Root& root) {
  GLIMPSE_ASSIGN_OR_RETURN(const std::string record, setting_of(connection, scan_key(root.id)));
  std::string_view rest = record;
  root.scanned_at_ms = take_number(rest);
  root.offline_since_ms = take_number(rest);
  root.offline_reason = rest;
  return {};
}

Result<void> forget_scan_record(Connection& connection, RootId id) {
  GLIMPSE_RETURN_IF_ERROR(put_setting(connection, scan_key(id), ""));
  return put_setting(connection, hidden_key(id), "");
}

Result<void> Library::record_scan(RootId id, RootState state, std::string_view offline_reason, bool whole) {
  return state_->write([&](Connection& writer) -> Result<void> {
    GLIMPSE_RETURN_IF_ERROR(
        writer.run("UPDATE roots SET state = ? WHERE id = ?", state == RootState::kOnline ? 0 : 1, id.value));
    if (writer.changed_rows() == 0) return Error::not_found("root {}: not in this library", id.value);
    Root root{.id = id};
    GLIMPSE_RETURN_IF_ERROR(read_scan_record(writer, root));
    const std::int64_t now = now_ms();
    if (whole) root.scanned_at_ms = now;
    if (state == RootState::kOnline) root.offline_since_ms = 0;
    if (state == RootState::kOffline && root.offline_since_ms == 0) root.offline_since_ms = now;
    root.offline_reason = offline_reason;
    GLIMPSE_RETURN_IF_ERROR(put_setting(writer, scan_key(id), scan_record(root)));
    return seal_root(writer, id);
  });
}

Result<RootRules> Library::rules_of(RootId id) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  RootRules rules;
  GLIMPSE_ASSIGN_OR_RETURN(const auto version, schema_version(*reader));
  if (version < 3) return rules;  // open for reading only, so not brought up to date
  GLIMPSE_ASSIGN_OR_RETURN(const std::string hidden, setting_of(*reader, hidden_key(id)));
  rules.hidden = !hidden.empty();
  GLIMPSE_ASSIGN_OR_RETURN(
      auto rows, reader->query("SELECT kind, pattern FROM globs WHERE root = ? ORDER BY kind, pattern", id.value));
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return rules;
    (rows.integer(0) == kInclude ? rules.include : rules.exclude).push_back(rows.path(1).native());
  }
}

Result<void> Library::set_rules(RootId id, const RootRules& rules) {
  return state_->write([&](Connection& writer) -> Result<void> {
    GLIMPSE_RETURN_IF_ERROR(writer.run("DELETE FROM globs WHERE root = ?", id.value));
    GLIMPSE_RETURN_IF_ERROR(put_globs(writer, id, kInclude, rules.include));
    GLIMPSE_RETURN_IF_ERROR(put_globs(writer, id, kExclude, rules.exclude));
    return put_setting(writer, hidden_key(id), rules.hidden ? "1" : "");
  });
}

}  // namespace glimpse::library
