#include "heads/matrix.h"

namespace glimpse::heads {

Matrix rows_of(const Matrix& from, std::span<const std::int64_t> numbers) {
  Matrix some{.rows = static_cast<std::int64_t>(numbers.size()), .columns = from.columns, .values = {}};
  some.values.reserve(numbers.size() * static_cast<std::size_t>(from.columns));
  for (const std::int64_t number : numbers) {
    const auto row = from.row(number);
    some.values.insert(some.values.end(), row.begin(), row.end());
  }
  return some;
}

}  // namespace glimpse::heads
