// Every spec is looked up, every tensor of both files accounted for, and only then is the list of problems reported:
// whoever has the wrong checkpoint sees at once by how much. A wrapper's prefix ("module." of data-parallel training)
// is dropped when all names of a file carry it and no spec asks for it.
#include "checkpoint/bind.h"

#include <fmt/ranges.h>

#include <array>
#include <set>
#include <unordered_map>

#include "base/assert.h"
#include "base/file.h"

namespace glimpse::checkpoint {

class WeightsBuilder {
 public:
  void own(std::shared_ptr<const Checkpoint> checkpoint) { weights_.owners_.push_back(std::move(checkpoint)); }
  void bind(const std::string& name, const TensorView& tensor) { weights_.tensors_.insert_or_assign(name, tensor); }
  Weights finish() { return std::move(weights_); }

 private:
  Weights weights_;
};

namespace {

std::vector<TensorSource> sources_of(const TensorSpec& spec) {
  return spec.from.empty() ? std::vector<TensorSource>{{.name = spec.name}} : spec.from;
}

std::set<std::string, std::less<>> known_names(std::span<const TensorSpec> specs) {
  std::set<std::string, std::less<>> known;
  for (const TensorSpec& spec : specs) {
    for (const TensorSource& source : sources_of(spec)) known.insert(source.name);
  }
  return known;
}

// The shape that the file's tensor must have for the spec's to be taken out of it.
Shape stored_shape(const TensorSpec& spec, const TensorSource& source) {
  Shape shape = spec.shape;
  GLIMPSE_ASSERT(!source.transposed || shape.size() == 2);
  if (source.transposed) std::swap(shape[0], shape[1]);
  if (source.parts > 1) shape[0] *= source.parts;
  return shape;
}

TensorView taken(TensorView tensor, const TensorSource& source) {
  if (source.parts > 1) {
    const std::int64_t rows = tensor.shape[0] / source.parts;
    const auto skipped = static_cast<std::size_t>(rows * source.part * tensor.strides[0]) * size_of(tensor.dtype);
    tensor.bytes = tensor.bytes.subspan(std::min(skipped, tensor.bytes.size()));
    tensor.shape[0] = rows;
  }
  if (source.transposed) {
    std::swap(tensor.shape[0], tensor.shape[1]);
    std::swap(tensor.strides[0], tensor.strides[1]);
  }
  return tensor;
}

bool all_start_with(std::span<const TensorView> tensors, const std::string& prefix) {
  return !tensors.empty() && tensors.front().name.starts_with(prefix) && tensors.back().name.starts_with(prefix);
}

bool any_starts_with(const std::set<std::string, std::less<>>& names, const std::string& prefix) {
  const auto at = names.lower_bound(prefix);
  return at != names.end() && at->starts_with(prefix);
}

// The wrapper prefix that all of the (sorted) tensors carry and no known name starts with.
std::string wrapper_prefix(std::span<const TensorView> tensors, const std::set<std::string, std::less<>>& known) {
  static constexpr std::array<std::string_view, 3> kWrappers{"module.", "_orig_mod.", "model."};
  std::string prefix;
  for (bool found = true; found;) {
    found = false;
    for (const std::string_view wrapper : kWrappers) {
      const std::string longer = prefix + std::string(wrapper);
      if (any_starts_with(known, std::string(wrapper)) || !all_start_with(tensors, longer)) continue;
      prefix = longer;
      found = true;
    }
  }
  return prefix;
}

bool is_ignored(std::string_view name, const BindOptions& options) {
  for (const std::string_view pattern : options.ignore) {
    const bool fits =
        pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1)) : name == pattern;
    if (fits) return true;
  }
  return false;
}

class Binder {
 public:
  Binder(std::span<const TensorSpec> specs, const BindOptions& options)
      : specs_(specs), options_(options), known_(known_names(specs)) {}

  void add(std::shared_ptr<const Checkpoint> checkpoint) {
    Source source{checkpoint.get(), wrapper_prefix(checkpoint->tensors(), known_)};
    for (const TensorView& tensor : checkpoint->tensors()) {
      const std::string_view name = std::string_view(tensor.name).substr(source.prefix.size());
      if (!known_.contains(name) && !is_ignored(name, options_) && !is_ignored(tensor.name, options_)) {
        problems_.push_back(
            fmt::format("extra '{}' {} in {}", tensor.name, to_string(tensor.shape), display(checkpoint->path())));
      }
    }
    sources_.push_back(std::move(source));
    builder_.own(std::move(checkpoint));
  }

  Result<Weights> finish() {
    for (const TensorSpec& spec : specs_) bind_one(spec);
    if (problems_.empty()) return builder_.finish();
    return Error::corruption("{} of the model's {} tensors do not fit; is this the right checkpoint?\n  {}",
                             problems_.size(), specs_.size(), fmt::join(problems_, "\n  "));
  }

 private:
  struct Source {
    const Checkpoint* checkpoint;
    std::string prefix;
  };

  void bind_one(const TensorSpec& spec) {
    const auto places = sources_of(spec);
    for (const Source& file : sources_) {
      for (const TensorSource& place : places) {
        const TensorView* tensor = file.checkpoint->find(file.prefix + place.name);
        if (tensor != nullptr) return accept(spec, place, *tensor, file);
      }
    }
    if (!spec.required) return;
    std::vector<std::string> names;
    for (const TensorSource& place : places) names.push_back(place.name);
    problems_.push_back(fmt::format("missing '{}' {} in {}", fmt::join(names, "' or '"), to_string(spec.shape),
                                    display(sources_.back().checkpoint->path())));
  }

  void accept(const TensorSpec& spec, const TensorSource& place, const TensorView& tensor, const Source& file) {
    const Shape expected = stored_shape(spec, place);
    if (tensor.shape == expected) return builder_.bind(spec.name, taken(tensor, place));
    const std::string problem =
        fmt::format("mis-shaped '{}': expected {}, got {} in {}", tensor.name, to_string(expected),
                    to_string(tensor.shape), display(file.checkpoint->path()));
    // One tensor may hold several of ours.
    if (problems_.empty() || problems_.back() != problem) problems_.push_back(problem);
  }

  std::span<const TensorSpec> specs_;
  const BindOptions& options_;
  std::set<std::string, std::less<>> known_;
  std::vector<Source> sources_;
  std::vector<std::string> problems_;
  WeightsBuilder builder_;
};

}  // namespace

const TensorView& Weights::at(std::string_view name) const {
  const auto found = tensors_.find(name);
  GLIMPSE_ASSERT(found != tensors_.end());
  return found->second;
}

bool Weights::has(std::string_view name) const { return tensors_.contains(name); }

Result<Weights> bind(std::span<const TensorSpec> specs, std::shared_ptr<const Checkpoint> base,
                     std::shared_ptr<const Checkpoint> overlay, const BindOptions& options) {
  GLIMPSE_ASSERT(base != nullptr);
  Binder binder(specs, options);
  if (overlay != nullptr) binder.add(std::move(overlay));
  binder.add(std::move(base));
  return binder.finish();
}

}  // namespace glimpse::checkpoint
