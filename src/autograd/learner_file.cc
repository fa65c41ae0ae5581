// learner.safetensors: for each leaf of the optimizer value/NAME, first/NAME and second/NAME; `step` as two numbers,
// high · 2²⁰ + low; `model`, `scope` and `sum` as the characters of a text, one number each. `sum` is a hash over the
// names and values of all others.
#include <fmt/format.h>

#include "autograd/learner_state.h"
#include "base/file.h"
#include "base/hash.h"

namespace glimpse::autograd {
namespace {

constexpr const char* kFile = "learner.safetensors";
constexpr std::int64_t kLow = 1 << 20;

using checkpoint::Checkpoint;
using checkpoint::TensorToWrite;

std::vector<float> as_numbers(std::string_view text) { return {text.begin(), text.end()}; }

std::string as_text(const Checkpoint& file, const std::string& name) {
  const checkpoint::TensorView* tensor = file.find(name);
  std::string text;
  if (tensor != nullptr) {
    for (const float character : checkpoint::to_f32(*tensor)) text.push_back(static_cast<char>(character));
  }
  return text;
}

std::span<const float> span_of(const at::Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

/// In the order of names, which is the file's.
std::string sum_of(std::span<const std::pair<std::string, std::span<const std::byte>>> sorted) {
  Hasher hasher;
  for (const auto& [name, bytes] : sorted) {
    hasher.add(name);
    hasher.add(bytes);
  }
  return hasher.finish().hex();
}

struct Part {
  const char* prefix;
  at::Tensor tensor;
};

std::array<Part, 3> parts_of(AdamW& optimizer, std::size_t i) {
  return {Part{"value/", optimizer.leaves()[i].value}, Part{"first/", optimizer.first_moment(i)},
          Part{"second/", optimizer.second_moment(i)}};
}

Result<void> check_sum(const Checkpoint& file) {
  std::vector<std::pair<std::string, std::span<const std::byte>>> sorted;
  for (const auto& tensor : file.tensors()) {
    if (tensor.name != "sum") sorted.emplace_back(tensor.name, tensor.bytes);
  }
  if (sum_of(sorted) == as_text(file, "sum")) return {};
  return Error::corruption("{}: its bytes do not match its checksum: use an earlier state", display(file.path()));
}

Result<void> check_origin(const Checkpoint& file, const std::string& model, const std::string& scope) {
  if (const std::string found = as_text(file, "model"); found != model) {
    return Error::invalid_argument("{}: it continues the training of model {}, this is model {}", display(file.path()),
                                   found, model);
  }
  if (const std::string found = as_text(file, "scope"); found != scope) {
    return Error::invalid_argument("{}: it trains '{}', this is to train '{}'", display(file.path()), found, scope);
  }
  return {};
}

}  // namespace

Result<void> Learner::save(const std::filesystem::path& directory) const {
  AdamW& optimizer = *state_->optimizer;
  std::vector<TensorToWrite> tensors;
  const std::vector<float> model = as_numbers(state_->model->info().fingerprint);
  const std::vector<float> scope = as_numbers(to_string(state_->options.scope));
  const std::vector<float> step = {static_cast<float>(optimizer.steps() / kLow),
                                   static_cast<float>(optimizer.steps() % kLow)};
  const auto add = [&](std::string name, nn::Shape shape, std::span<const float> values) {
    tensors.push_back({.name = std::move(name), .shape = std::move(shape), .values = values});
  };
  const auto add_list = [&](const char* name, const std::vector<float>& values) {
    add(name, {static_cast<std::int64_t>(values.size())}, values);
  };
  add_list("model", model);
  add_list("scope", scope);
  add_list("step", step);
  for (std::size_t i = 0; i < optimizer.leaves().size(); ++i) {
    for (const Part& part : parts_of(optimizer, i)) {
      add(part.prefix + optimizer.leaves()[i].key, part.tensor.sizes().vec(), span_of(part.tensor));
    }
  }
  std::ranges::sort(tensors, {}, &TensorToWrite::name);
  std::vector<std::pair<std::string, std::span<const std::byte>>> sorted;
  for (const TensorToWrite& tensor : tensors) sorted.emplace_back(tensor.name, std::as_bytes(tensor.values));
  const std::vector<float> sum = as_numbers(sum_of(sorted));
  add_list("sum", sum);
  return checkpoint::write_safetensors(directory / kFile, tensors);
}

Result<void> Learner::load(const std::filesystem::path& directory) {
  AdamW& optimizer = *state_->optimizer;
  GLIMPSE_ASSIGN_OR_RETURN(const auto file, checkpoint::open(directory / kFile));
  GLIMPSE_RETURN_IF_ERROR(check_sum(*file));
  GLIMPSE_RETURN_IF_ERROR(check_origin(*file, state_->model->info().fingerprint, to_string(state_->options.scope)));
  std::vector<std::pair<const checkpoint::TensorView*, at::Tensor>> copies;
  for (std::size_t i = 0; i < optimizer.leaves().size(); ++i) {
    for (const Part& part : parts_of(optimizer, i)) {
      const std::string name = part.prefix + optimizer.leaves()[i].key;
      const checkpoint::TensorView* found = file->find(name);
      if (found == nullptr || found->shape != part.tensor.sizes().vec()) {
        return Error::corruption("{}: expected '{}' of shape {}", display(file->path()), name,
                                 checkpoint::to_string(part.tensor.sizes().vec()));
      }
      copies.emplace_back(found, part.tensor);
    }
  }
  const checkpoint::TensorView* step = file->find("step");
  if (step == nullptr || step->shape != nn::Shape{2})
    return Error::corruption("{}: expected its step", display(file->path()));
  const at::NoGradGuard no_gradients;
  for (auto& [from, to] : copies) to.copy_(to_tensor(*from));
  const std::vector<float> numbers = checkpoint::to_f32(*step);
  optimizer.set_steps(static_cast<std::int64_t>(numbers[0]) * kLow + static_cast<std::int64_t>(numbers[1]));
  state_->forget_added();
  return blend(1);
}

}  // namespace glimpse::autograd
