// Every operation from its definition, by walking over index tuples. Sums are in double, so that this graph's error is
// only the rounding of each result to f32. Nothing here is fast and nothing is shared with the compiled graphs.
#include "nn/reference_graph.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "base/assert.h"

namespace glimpse::nn {
namespace {

std::size_t count(const Shape& shape) { return static_cast<std::size_t>(checkpoint::element_count(shape)); }
std::size_t axis_of(std::int64_t axis, const Shape& shape) {
  const auto rank = static_cast<std::int64_t>(shape.size());
  GLIMPSE_ASSERT(axis >= -rank && axis < rank);
  return static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
}

/// Calls f with each index of the shape, the last axis fastest.
template <typename F>
void for_each_index(const Shape& shape, const F& f) {
  Shape index(shape.size(), 0);
  for (std::size_t n = count(shape); n > 0; --n) {
    f(std::as_const(index));
    for (std::size_t i = shape.size(); i-- > 0;) {
      if (++index[i] < shape[i]) break;
      index[i] = 0;
    }
  }
}

/// Where an index of a (possibly larger) shape lies in an array; dimensions of size 1 repeat, as in NumPy.
std::size_t offset(const Shape& shape, const Shape& index) {
  std::size_t at = 0;
  const std::size_t skip = index.size() - shape.size();
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const std::int64_t here = shape[i] == 1 ? 0 : index[i + skip];
    GLIMPSE_ASSERT(here < shape[i]);
    at = at * static_cast<std::size_t>(shape[i]) + static_cast<std::size_t>(here);
  }
  return at;
}

Shape broadcast(const Shape& a, const Shape& b) {
  Shape joined(std::max(a.size(), b.size()), 1);
  for (std::size_t i = 0; i < joined.size(); ++i) {
    const std::int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t y = i < b.size() ? b[b.size() - 1 - i] : 1;
    GLIMPSE_ASSERT(x == y || x == 1 || y == 1);
    joined[joined.size() - 1 - i] = x == 1 ? y : x;
  }
  return joined;
}

double apply(Activation activation, double x) {
  switch (activation) {
    case Activation::kRelu:
      return std::max(x, 0.0);
    case Activation::kRelu6:
      return std::clamp(x, 0.0, 6.0);
    case Activation::kSigmoid:
      return 1 / (1 + std::exp(-x));
    case Activation::kTanh:
      return std::tanh(x);
    case Activation::kGelu:
      return x * 0.5 * (1 + std::erf(x / std::sqrt(2.0)));
    case Activation::kGeluTanh:
      return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
    case Activation::kQuickGelu:
      return x / (1 + std::exp(-1.702 * x));
  }
  __builtin_unreachable();
}

void softmax_row(std::span<float> row) {
  const double top = *std::max_element(row.begin(), row.end());
  double total = 0;
  for (const float x : row) total += std::exp(x - top);
  for (float& x : row) x = static_cast<float>(std::exp(x - top) / total);
}

}  // namespace

Value ReferenceGraph::push(Array array) {
  GLIMPSE_ASSERT(array.values.size() == count(array.shape));
  arrays_.push_back(std::move(array));
  return {static_cast<std::uint32_t>(arrays_.size() - 1)};
}

Value ReferenceGraph::input(Array array) { return push(std::move(array)); }

const Array& ReferenceGraph::at(Value x) const {
  GLIMPSE_ASSERT(x.id < arrays_.size());
  return arrays_[x.id];
}

Shape ReferenceGraph::shape(Value x) const { return at(x).shape; }
void ReferenceGraph::retain(std::shared_ptr<const void>) {}  // constants are copies
void ReferenceGraph::mark(const std::string& name, Value x) { marks_.insert_or_assign(name, x); }

Value ReferenceGraph::constant(const checkpoint::TensorView& tensor) {
  return push({.shape = tensor.shape, .values = checkpoint::to_f32(tensor)});
}
Value ReferenceGraph::constant(std::span<const float> values, const Shape& shape) {
  return push({.shape = shape, .values = {values.begin(), values.end()}});
}

Value ReferenceGraph::elementwise(Value a, Value b, const Binary& f) {
  const Array& x = at(a);
  const Array& y = at(b);
  Array out{.shape = broadcast(x.shape, y.shape), .values = {}};
  for_each_index(out.shape, [&](const Shape& i) {
    out.values.push_back(static_cast<float>(f(x.values[offset(x.shape, i)], y.values[offset(y.shape, i)])));
  });
  return push(std::move(out));
}

Value ReferenceGraph::add(Value a, Value b) { return elementwise(a, b, std::plus<>()); }
Value ReferenceGraph::subtract(Value a, Value b) { return elementwise(a, b, std::minus<>()); }
Value ReferenceGraph::multiply(Value a, Value b) { return elementwise(a, b, std::multiplies<>()); }
Value ReferenceGraph::divide(Value a, Value b) { return elementwise(a, b, std::divides<>()); }

Value ReferenceGraph::matmul(Value a, Value b, bool transpose_b) {
  const Array& x = at(a);
  const Array& y = at(b);
  GLIMPSE_ASSERT(x.shape.size() >= 2 && y.shape.size() >= 2);
  const std::int64_t inner = x.shape.back();
  const std::int64_t columns = transpose_b ? y.shape[y.shape.size() - 2] : y.shape.back();
  GLIMPSE_ASSERT(inner == (transpose_b ? y.shape.back() : y.shape[y.shape.size() - 2]));
  Array out{.shape = broadcast({x.shape.begin(), x.shape.end() - 2}, {y.shape.begin(), y.shape.end() - 2}),
            .values = {}};
  out.shape.push_back(x.shape[x.shape.size() - 2]);
  out.shape.push_back(columns);
  for_each_index(out.shape, [&](const Shape& i) {
    Shape left = i;
    Shape right = i;
    double total = 0;
    for (std::int64_t k = 0; k < inner; ++k) {
      left.back() = k;
      right[right.size() - 2] = transpose_b ? i.back() : k;
      right.back() = transpose_b ? k : i.back();
      total += static_cast<double>(x.values[offset(x.shape, left)]) * y.values[offset(y.shape, right)];
    }
    out.values.push_back(static_cast<float>(total));
  });
  return push(std::move(out));
}

Value ReferenceGraph::conv2d(Value x, Value weight, const Conv2dOptions& o) {
  const Array& in = at(x);
  const Array& w = at(weight);
  GLIMPSE_ASSERT(in.shape.size() == 4 && w.shape.size() == 4 && in.shape[1] == w.shape[1] * o.groups);
  const std::int64_t height = (in.shape[2] + o.pad_top + o.pad_bottom - w.shape[2]) / o.stride + 1;
  const std::int64_t width = (in.shape[3] + o.pad_left + o.pad_right - w.shape[3]) / o.stride + 1;
  Array out{.shape = {in.shape[0], w.shape[0], height, width}, .values = {}};
  const std::int64_t outputs_per_group = w.shape[0] / o.groups;
  for_each_index(out.shape, [&](const Shape& i) {
    const std::int64_t first_channel = i[1] / outputs_per_group * w.shape[1];
    double total = 0;
    for_each_index({w.shape[1], w.shape[2], w.shape[3]}, [&](const Shape& tap) {
      const std::int64_t row = i[2] * o.stride - o.pad_top + tap[1];
      const std::int64_t column = i[3] * o.stride - o.pad_left + tap[2];
      if (row < 0 || row >= in.shape[2] || column < 0 || column >= in.shape[3]) return;
      total += static_cast<double>(in.values[offset(in.shape, {i[0], first_channel + tap[0], row, column})]) *
               w.values[offset(w.shape, {i[1], tap[0], tap[1], tap[2]})];
    });
    out.values.push_back(static_cast<float>(total));
  });
  return push(std::move(out));
}

Value ReferenceGraph::activate(Value x, Activation activation) {
  Array out = at(x);
  for (float& v : out.values) v = static_cast<float>(apply(activation, v));
  return push(std::move(out));
}

Value ReferenceGraph::rowwise(Value x, const std::function<void(std::span<float>)>& f) {
  Array out = at(x);
  const auto width = static_cast<std::size_t>(out.shape.back());
  for (std::size_t begin = 0; begin < out.values.size(); begin += width) f(std::span(out.values).subspan(begin, width));
  return push(std::move(out));
}

Value ReferenceGraph::normalize(Value x, float epsilon) {
  return rowwise(x, [epsilon](std::span<float> row) {
    const auto n = static_cast<double>(row.size());
    const double mean = std::accumulate(row.begin(), row.end(), 0.0) / n;
    double squares = 0;
    for (const float v : row) squares += (v - mean) * (v - mean);
    for (float& v : row) v = static_cast<float>((v - mean) / std::sqrt(squares / n + epsilon));
  });
}

Value ReferenceGraph::l2_normalize(Value x) {
  return rowwise(x, [](std::span<float> row) {
    double squares = 0;
    for (const float v : row) squares += static_cast<double>(v) * v;
    for (float& v : row) v = static_cast<float>(v / std::max(std::sqrt(squares), 1e-12));
  });
}

Value ReferenceGraph::softmax(Value x) { return rowwise(x, softmax_row); }

Value ReferenceGraph::log_softmax(Value x) {
  return rowwise(x, [](std::span<float> row) {
    const double top = *std::max_element(row.begin(), row.end());
    double total = 0;
    for (const float v : row) total += std::exp(v - top);
    for (float& v : row) v = static_cast<float>(v - top - std::log(total));
  });
}

Value ReferenceGraph::argmax(Value x) {
  const Array& in = at(x);
  const auto width = static_cast<std::ptrdiff_t>(in.shape.back());
  Array out{.shape = {in.shape.begin(), in.shape.end() - 1}, .values = {}};
  for (auto row = in.values.begin(); row != in.values.end(); row += width) {
    out.values.push_back(static_cast<float>(std::max_element(row, row + width) - row));
  }
  return push(std::move(out));
}

Value ReferenceGraph::reduce(Value x, std::span<const std::int64_t> axes, double start, const Binary& f, bool average) {
  const Array& in = at(x);
  Shape collapsed = in.shape;
  for (const std::int64_t axis : axes) collapsed[axis_of(axis, in.shape)] = 1;
  std::vector<double> totals(count(collapsed), start);
  for_each_index(in.shape, [&](const Shape& i) {
    double& total = totals[offset(collapsed, i)];
    total = f(total, in.values[offset(in.shape, i)]);
  });
  Array out;
  for (std::size_t i = 0; i < in.shape.size(); ++i) {
    if (std::none_of(axes.begin(), axes.end(), [&](std::int64_t a) { return axis_of(a, in.shape) == i; })) {
      out.shape.push_back(in.shape[i]);
    }
  }
  const double divisor = average ? static_cast<double>(in.values.size() / totals.size()) : 1;
  for (const double total : totals) out.values.push_back(static_cast<float>(total / divisor));
  return push(std::move(out));
}

Value ReferenceGraph::mean(Value x, std::span<const std::int64_t> axes) {
  return reduce(x, axes, 0, std::plus<>(), true);
}
Value ReferenceGraph::sum(Value x, std::span<const std::int64_t> axes) {
  return reduce(x, axes, 0, std::plus<>(), false);
}
Value ReferenceGraph::max(Value x, std::span<const std::int64_t> axes) {
  const auto greater = [](double a, double b) { return std::max(a, b); };
  return reduce(x, axes, -std::numeric_limits<double>::infinity(), greater, false);
}

Value ReferenceGraph::reshape(Value x, const Shape& shape) {
  const Array& in = at(x);
  Array out{.shape = shape, .values = in.values};
  std::int64_t known = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (out.shape[i] == 0) out.shape[i] = in.shape[i];
    if (out.shape[i] != kDynamic) known *= out.shape[i];
  }
  for (std::int64_t& d : out.shape) {
    if (d == kDynamic) d = static_cast<std::int64_t>(in.values.size()) / known;
  }
  return push(std::move(out));
}

Value ReferenceGraph::reshape_like(Value x, Value like) { return reshape(x, Shape(at(like).shape)); }

Value ReferenceGraph::transpose(Value x, std::span<const std::int64_t> order) {
  const Array& in = at(x);
  Array out;
  for (const std::int64_t axis : order) out.shape.push_back(in.shape[axis_of(axis, in.shape)]);
  for_each_index(out.shape, [&](const Shape& i) {
    Shape from(i.size());
    for (std::size_t k = 0; k < i.size(); ++k) from[static_cast<std::size_t>(order[k])] = i[k];
    out.values.push_back(in.values[offset(in.shape, from)]);
  });
  return push(std::move(out));
}

Value ReferenceGraph::concat(std::span<const Value> parts, std::int64_t axis) {
  Array out{.shape = at(parts[0]).shape, .values = {}};
  const std::size_t along = axis_of(axis, out.shape);
  out.shape[along] = 0;
  for (const Value part : parts) out.shape[along] += at(part).shape[along];
  for_each_index(out.shape, [&](const Shape& i) {
    Shape from = i;
    for (const Value part : parts) {
      const Array& in = at(part);
      if (from[along] < in.shape[along]) {
        out.values.push_back(in.values[offset(in.shape, from)]);
        return;
      }
      from[along] -= in.shape[along];
    }
  });
  return push(std::move(out));
}

Value ReferenceGraph::slice(Value x, std::int64_t axis, std::int64_t begin, std::int64_t end) {
  const Array& in = at(x);
  const std::size_t along = axis_of(axis, in.shape);
  const std::int64_t stop = std::min(end < 0 ? end + in.shape[along] : end, in.shape[along]);
  Array out{.shape = in.shape, .values = {}};
  if (begin < 0) begin += in.shape[along];
  out.shape[along] = stop - begin;
  for_each_index(out.shape, [&](const Shape& i) {
    Shape from = i;
    from[along] += begin;
    out.values.push_back(in.values[offset(in.shape, from)]);
  });
  return push(std::move(out));
}

Value ReferenceGraph::gather(Value table, Value ids) {
  const Array& rows = at(table);
  const Array& wanted = at(ids);
  const auto width = static_cast<std::ptrdiff_t>(rows.shape[1]);
  Array out{.shape = wanted.shape, .values = {}};
  out.shape.push_back(rows.shape[1]);
  for (const float id : wanted.values) {
    GLIMPSE_ASSERT(id >= 0 && static_cast<std::int64_t>(id) < rows.shape[0]);
    const auto row = rows.values.begin() + static_cast<std::ptrdiff_t>(id) * width;
    out.values.insert(out.values.end(), row, row + width);
  }
  return push(std::move(out));
}

Value ReferenceGraph::first_rows(Value table, Value like, std::int64_t axis) {
  const Shape& wanted = at(like).shape;
  return slice(table, 0, 0, wanted[axis_of(axis, wanted)]);
}

Value ReferenceGraph::take_rows(Value x, Value index) {
  const Array& in = at(x);
  Array out{.shape = {in.shape[0], in.shape[2]}, .values = {}};
  for_each_index(out.shape, [&](const Shape& i) {
    const auto row = static_cast<std::int64_t>(at(index).values[static_cast<std::size_t>(i[0])]);
    out.values.push_back(in.values[offset(in.shape, {i[0], row, i[1]})]);
  });
  return push(std::move(out));
}

Value ReferenceGraph::repeat_batch(Value x, Value like) {
  const Array& in = at(x);
  Array out{.shape = in.shape, .values = {}};
  out.shape[0] = at(like).shape[0];
  for (std::int64_t i = 0; i < out.shape[0]; ++i) {
    out.values.insert(out.values.end(), in.values.begin(), in.values.end());
  }
  return push(std::move(out));
}

Value ReferenceGraph::equals(Value ids, std::int32_t id) {
  Array out = at(ids);
  for (float& v : out.values) v = v == static_cast<float>(id) ? 1.0f : 0.0f;
  return push(std::move(out));
}

Value ReferenceGraph::attention(Value query, Value key, Value value, const AttentionOptions& options) {
  const std::array scale = {1.0f / std::sqrt(static_cast<float>(at(query).shape.back()))};
  Value scores = multiply(matmul(query, key, true), constant(scale, {1}));
  if (options.mask) scores = add(scores, *options.mask);
  Array hidden = at(scores);
  if (options.causal) {
    std::size_t at_score = 0;
    for_each_index(hidden.shape, [&](const Shape& i) {
      if (i[3] > i[2]) hidden.values[at_score] = -std::numeric_limits<float>::infinity();
      ++at_score;
    });
  }
  return matmul(softmax(push(std::move(hidden))), value, false);
}

}  // namespace glimpse::nn
