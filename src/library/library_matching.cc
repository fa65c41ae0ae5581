// Which pictures meet a filter: each condition by itself gives the ids that meet it, by the index that serves it, and
// the lists are intersected. So every statement is a literal with an index of its own, whatever is combined, and a
// tight condition ends the work early.
//
// Without details (a library of schema 2, open for reading) a picture's time is its file's, and nothing more is known.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numbers>

#include "library/caption_rows.h"
#include "library/folder_places.h"
#include "library/library.h"
#include "library/library_state.h"
#include "library/schema.h"

namespace glimpse::library {
namespace {

using filter::Filter;
using filter::Near;
using filter::Shape;

using Ids = std::vector<ImageId>;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool contains_in_any_case(std::string_view text, std::string_view part) {
  return std::ranges::search(text, part, [](char a, char b) { return lower(a) == lower(b); }).begin() != text.end() ||
         part.empty();
}

/// Along a great circle, on a sphere of the earth's mean radius: within 0.6 % of the ellipsoid.
double distance_km(const Near& from, double latitude, double longitude) {
  constexpr double kEarthRadiusKm = 6371.0088, kRadians = std::numbers::pi / 180;
  const double a = std::sin((latitude - from.latitude) * kRadians / 2);
  const double b = std::sin((longitude - from.longitude) * kRadians / 2);
  const double h = a * a + std::cos(from.latitude * kRadians) * std::cos(latitude * kRadians) * b * b;
  return 2 * kEarthRadiusKm * std::asin(std::min(1.0, std::sqrt(h)));
}

Shape shape_of(std::int64_t width, std::int64_t height) {
  constexpr double kSquareShare = 0.03;
  const auto longer = static_cast<double>(std::max(width, height));
  if (static_cast<double>(std::abs(width - height)) < kSquareShare * longer) return Shape::kSquare;
  return width > height ? Shape::kLandscape : Shape::kPortrait;
}

bool within(std::int64_t value, std::optional<std::int64_t> low, std::optional<std::int64_t> high) {
  return (!low || value >= *low) && (!high || value <= *high);
}

bool fits(const Filter& filter, std::int64_t width, std::int64_t height) {
  return within(width * height, filter.min_pixels, filter.max_pixels) &&
         within(width, filter.min_width, filter.max_width) && within(height, filter.min_height, filter.max_height) &&
         (filter.shapes.empty() || std::ranges::find(filter.shapes, shape_of(width, height)) != filter.shapes.end());
}

bool asks_for_form(const Filter& filter) {
  return !filter.formats.empty() || filter.min_pixels || filter.max_pixels || filter.min_width || filter.max_width ||
         filter.min_height || filter.max_height || !filter.shapes.empty();
}

/// Milliseconds as nanoseconds, as far as they reach.
std::int64_t nanoseconds(std::int64_t ms) {
  constexpr std::int64_t kScale = 1'000'000, kMost = std::numeric_limits<std::int64_t>::max() / kScale;
  return std::clamp(ms, -kMost, kMost) * kScale;
}

class Matching {
 public:
  Matching(Connection& db, const Filter& filter, const std::vector<Root>& roots, bool details, bool captions)
      : db_(db), filter_(filter), roots_(roots), details_(details), captions_(captions) {}

  Result<Ids> run() {
    const Filter& f = filter_;
    if (!f.folders.empty()) GLIMPSE_RETURN_IF_ERROR(meet(&Matching::in_folders));
    if (f.near) GLIMPSE_RETURN_IF_ERROR(meet(&Matching::near_place));
    if (!f.cameras.empty()) GLIMPSE_RETURN_IF_ERROR(meet(&Matching::by_camera));
    if (!f.lenses.empty()) GLIMPSE_RETURN_IF_ERROR(meet(&Matching::by_lens));
    if (!f.caption_words.empty()) GLIMPSE_RETURN_IF_ERROR(meet(&Matching::by_caption));
    if (f.captioned) GLIMPSE_RETURN_IF_ERROR(meet(&Matching::with_caption));
    if (f.from_ms || f.before_ms) GLIMPSE_RETURN_IF_ERROR(meet(&Matching::in_time));
    if (asks_for_form(f)) GLIMPSE_RETURN_IF_ERROR(meet(&Matching::of_form));
    if (!limited_) GLIMPSE_RETURN_IF_ERROR(add("SELECT id FROM pictures"));
    if (!limited_) take_found();
    return std::move(ids_);
  }

 private:
  /// Keeps what also meets this condition.
  Result<void> meet(Result<void> (Matching::*condition)()) {
    if (limited_ && ids_.empty()) return {};
    GLIMPSE_RETURN_IF_ERROR((this->*condition)());
    take_found();
    return {};
  }

  void take_found() {
    std::ranges::sort(found_);
    found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
    if (limited_) {
      Ids both;
      std::ranges::set_intersection(ids_, found_, std::back_inserter(both));
      ids_ = std::move(both);
    } else {
      ids_ = std::move(found_);
    }
    found_.clear();
    limited_ = true;
  }

  /// Adds the first column of each row for which `wanted(row)` holds.
  template <typename Wanted, typename... A>
  Result<void> add_if(const Wanted& wanted, const char* sql, const A&... arguments) {
    GLIMPSE_ASSIGN_OR_RETURN(auto rows, db_.query(sql, arguments...));
    for (;;) {
      GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
      if (!row) return {};
      if (wanted(rows)) found_.push_back({rows.integer(0)});
    }
  }

  template <typename... A>
  Result<void> add(const char* sql, const A&... arguments) {
    return add_if([](const Statement&) { return true; }, sql, arguments...);
  }

  Result<void> in_folders() {
    for (const std::string& folder : filter_.folders) {
      for (const Root& root : roots_) {
        for (const std::string& inside : folder_places(folder, root.path))
          GLIMPSE_RETURN_IF_ERROR(in_place(root, inside));
      }
    }
    return {};
  }

  Result<void> in_place(const Root& root, const std::string& inside) {
    if (inside.empty()) return add("SELECT id FROM pictures WHERE root = ?", root.id.value);
    const std::filesystem::path first = inside + '/', behind = inside + '0';  // '0' follows '/'
    return add("SELECT id FROM pictures WHERE root = ? AND name >= ? AND name < ?", root.id.value, first, behind);
  }

  Result<void> near_place() {
    if (!details_) return {};
    constexpr double kKmOfDegree = 111.19;  // a little less than it is anywhere
    const double degrees = filter_.near->radius_km / kKmOfDegree;
    const auto close = [&](const Statement& row) {
      return distance_km(*filter_.near, row.real(1), row.real(2)) <= filter_.near->radius_km;
    };
    return add_if(close, "SELECT picture, latitude, longitude FROM details WHERE latitude >= ? AND latitude <= ?",
                  filter_.near->latitude - degrees, filter_.near->latitude + degrees);
  }

  /// The names of the library that contain one of those asked for.
  Result<std::vector<std::string>> names(const char* all, const std::vector<std::string>& wanted) {
    std::vector<std::string> found;
    GLIMPSE_ASSIGN_OR_RETURN(auto rows, db_.query(all));
    for (;;) {
      GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
      if (!row) return found;
      const std::string_view name = rows.text(0);
      if (std::ranges::any_of(wanted, [&](const auto& part) { return contains_in_any_case(name, part); })) {
        found.emplace_back(name);
      }
    }
  }

  Result<void> by_camera() {
    if (!details_) return {};
    GLIMPSE_ASSIGN_OR_RETURN(const auto cameras,
                             names("SELECT DISTINCT camera FROM details WHERE camera <> ''", filter_.cameras));
    for (const auto& name : cameras) {
      GLIMPSE_RETURN_IF_ERROR(add("SELECT picture FROM details WHERE camera = ?", name));
    }
    return {};
  }

  Result<void> by_lens() {
    if (!details_) return {};
    GLIMPSE_ASSIGN_OR_RETURN(const auto lenses,
                             names("SELECT DISTINCT lens FROM details WHERE lens <> ''", filter_.lenses));
    for (const auto& name : lenses) {
      GLIMPSE_RETURN_IF_ERROR(add("SELECT picture FROM details WHERE lens = ?", name));
    }
    return {};
  }

  Result<void> by_caption() {
    const std::string expression = caption_expression(filter_.caption_words);
    if (!captions_ || expression.empty()) return {};
    return add(
        "SELECT id FROM pictures WHERE content IN (SELECT content FROM captions WHERE id IN (SELECT rowid FROM "
        "caption_words WHERE caption_words MATCH ?))",
        expression);
  }

  Result<void> with_caption() {
    if (!captions_) return *filter_.captioned ? Result<void>() : add("SELECT id FROM pictures");
    if (*filter_.captioned) return add("SELECT id FROM pictures WHERE content IN (SELECT content FROM captions)");
    return add("SELECT id FROM pictures WHERE content NOT IN (SELECT content FROM captions)");
  }

  Result<void> in_time() {
    const std::int64_t from = filter_.from_ms.value_or(std::numeric_limits<std::int64_t>::min());
    const std::int64_t before = filter_.before_ms.value_or(std::numeric_limits<std::int64_t>::max());
    if (!details_) {
      return add("SELECT id FROM pictures WHERE mtime_ns >= ? AND mtime_ns < ?", nanoseconds(from),
                 nanoseconds(before));
    }
    GLIMPSE_RETURN_IF_ERROR(
        add("SELECT picture FROM details WHERE taken_at_ms >= ? AND taken_at_ms < ?", from, before));
    return add(
        "SELECT id FROM pictures WHERE mtime_ns >= ? AND mtime_ns < ? AND NOT EXISTS (SELECT 1 FROM details WHERE "
        "picture = id AND taken_at_ms IS NOT NULL)",
        nanoseconds(from), nanoseconds(before));
  }

  Result<void> of_form() {
    const auto wanted = [this](const Statement& row) { return fits(filter_, row.integer(1), row.integer(2)); };
    if (filter_.formats.empty()) return add_if(wanted, "SELECT id, width, height FROM pictures");
    for (const std::string& format : filter_.formats) {
      GLIMPSE_RETURN_IF_ERROR(add_if(wanted, "SELECT id, width, height FROM pictures WHERE format = ?", format));
    }
    return {};
  }

  Connection& db_;
  const Filter& filter_;
  const std::vector<Root>& roots_;
  const bool details_;
  const bool captions_;
  bool limited_ = false;  ///< Whether ids_ is what met the conditions so far; else nothing was asked yet.
  Ids ids_;               ///< Ascending.
  Ids found_;             ///< By the condition at hand.
};

}  // namespace

Result<std::vector<ImageId>> Library::matching(const filter::Filter& filter) const {
  GLIMPSE_ASSIGN_OR_RETURN(const auto all_roots, roots());
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(const bool details, has_details(*reader));
  GLIMPSE_ASSIGN_OR_RETURN(const bool captions, has_captions(*reader));
  return Matching(*reader, filter, all_roots, details, captions).run();
}

}  // namespace glimpse::library
