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

const std::vector<std::string>& sources_of(const TensorSpec& spec, std::vector<std::string>& own_name) {
  if (!spec.from.empty()) return spec.from;
  own_name.assign(1, spec.name);
  return own_name;
}

std::set<std::string, std::less<>> known_names(std::span<const TensorSpec> specs) {
  std::set<std::string, std::less<>> known;
  std::vector<std::string> own_name;
  for (const TensorSpec& spec : specs) {
    for (const std::string& name : sources_of(spec, own_name)) known.insert(name);
  }
  return known;
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
    std::vector<std::string> own_name;
    const auto& names = sources_of(spec, own_name);
    for (const Source& source : sources_) {
      for (const std::string& name : names) {
        const TensorView* tensor = source.checkpoint->find(source.prefix + name);
        if (tensor != nullptr) return accept(spec, *tensor, source);
      }
    }
    if (!spec.required) return;
    problems_.push_back(fmt::format("missing '{}' {} in {}", fmt::join(names, "' or '"), to_string(spec.shape),
                                    display(sources_.back().checkpoint->path())));
  }

  void accept(const TensorSpec& spec, const TensorView& tensor, const Source& source) {
    if (tensor.shape == spec.shape) return builder_.bind(spec.name, tensor);
    problems_.push_back(fmt::format("mis-shaped '{}': expected {}, got {} in {}", tensor.name, to_string(spec.shape),
                                    to_string(tensor.shape), display(source.checkpoint->path())));
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
