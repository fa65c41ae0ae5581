// A compiled model is one part, or two where the first is to stay precise: each part feeds the next. Of the chain there
// are as many requests as streams: a caller takes one, runs it and gives it back. Inputs are lent to OpenVINO in place;
// the output is copied out. OpenVINO reports failures as exceptions; all calls into it are made here, behind guarded(),
// which turns them into Errors.
#include "runtime/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <filesystem>
#include <mutex>
#include <openvino/openvino.hpp>
#include <optional>
#include <string>
#include <utility>

#include "base/memory.h"
#include "runtime/compiled_cache.h"
#include "runtime/machine.h"
#include "runtime/plugin_properties.h"

namespace glimpse::runtime {
namespace {

constexpr std::uint64_t kMaxParts = 2;

template <typename Call>
auto guarded(const char* what, const Call& call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::exception& e) {
    return Error::internal("{}: {}", what, e.what());
  }
}

ov::AnyMap properties_of(const EngineSpec& spec, bool precise) {
  const bool bf16 = spec.precision == Precision::kBf16 && !precise;
  ov::AnyMap properties = plugin_properties(bf16 ? ov::element::bf16 : ov::element::f32);
  properties.emplace(ov::num_streams(spec.streams));
  properties.emplace(ov::inference_num_threads(spec.threads));
  return properties;
}

/// Raised when the forward of a published model changes: what was compiled before is then not used.
constexpr int kForwardsVersion = 2;

std::string cache_key(const EngineSpec& spec, std::size_t part) {
  return fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}", kForwardsVersion, spec.name, part, spec.fingerprint,
                     name_of(spec.precision), spec.ranges.empty() ? "" : models::hash_of(spec.ranges).hex(),
                     spec.streams, spec.threads, machine_and_runtime());
}

std::filesystem::path cache_path(const EngineSpec& spec, std::size_t part) {
  return spec.cache_dir / fmt::format("{}-{}-{}-{}x{}.{}.compiled", spec.fingerprint.substr(0, 16), spec.name,
                                      name_of(spec.precision), spec.streams, spec.threads, part);
}

/// One compiled part. `file` outlives `compiled`, which reads its weights in place.
struct Part {
  std::optional<CompiledFile> file;
  ov::CompiledModel compiled;
};

// OpenVINO takes inputs by a pointer to non-const and only reads them.
ov::Tensor tensor_of(const EngineInput& input) {
  const ov::Shape shape(input.shape.begin(), input.shape.end());
  if (ov::shape_size(shape) == 0) {  // nothing to point to
    const bool floats = std::holds_alternative<std::span<const float>>(input.values);
    return {floats ? ov::element::f32 : ov::element::i32, shape};
  }
  if (const auto* floats = std::get_if<std::span<const float>>(&input.values)) {
    return {ov::element::f32, shape, const_cast<float*>(floats->data())};
  }
  return {ov::element::i32, shape, const_cast<std::int32_t*>(std::get<1>(input.values).data())};
}

/// A request of each part, first to last.
using Chain = std::vector<ov::InferRequest>;

/// Requests that wait for work.
class RequestPool {
 public:
  RequestPool(std::vector<Part>& parts, int count) : idle_(static_cast<std::size_t>(count)) {
    for (Chain& chain : idle_) {
      for (Part& part : parts) chain.push_back(part.compiled.create_infer_request());
    }
  }

  Chain take() {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [&] { return !idle_.empty(); });
    Chain chain = std::move(idle_.back());  // the latest used: its shapes are the likeliest to fit
    idle_.pop_back();
    return chain;
  }

  void give_back(Chain chain) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(chain));
    returned_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<Chain> idle_;
};

class Lease {
 public:
  explicit Lease(RequestPool& pool) : pool_(pool), chain_(pool.take()) {}
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() { pool_.give_back(std::move(chain_)); }
  Chain& chain() { return chain_; }

 private:
  RequestPool& pool_;
  Chain chain_;
};

}  // namespace

struct Engine::State {
  ov::Core core;
  std::vector<Part> parts;
  std::unique_ptr<RequestPool> requests;
  TowerOrigin origin;
  std::string key;
  std::once_flag first_run;

  Result<Part> load_part(const EngineSpec& spec, std::size_t index) {
    GLIMPSE_ASSIGN_OR_RETURN(CompiledFile file, CompiledFile::open(cache_path(spec, index), cache_key(spec, index)));
    const std::span<const std::byte> bytes = file.payload();
    const ov::Tensor blob(ov::element::u8, {bytes.size()}, const_cast<std::byte*>(bytes.data()));  // only read
    const bool precise = index + 1 < file.parts();
    return guarded("import", [&]() -> Result<Part> {
      ov::CompiledModel compiled = core.import_model(blob, "CPU", properties_of(spec, precise));
      return Part{.file = std::move(file), .compiled = std::move(compiled)};
    });
  }

  /// True when the cache had all parts, none of them in doubt, and OpenVINO took them.
  bool load(const EngineSpec& spec) {
    if (spec.cache_dir.empty()) return false;
    std::vector<Part> loaded;
    std::uint64_t count = 1;
    for (std::size_t i = 0; i < count; ++i) {
      auto part = load_part(spec, i);
      if (!part) return false;
      count = std::min(part->file->parts(), kMaxParts);
      loaded.push_back(*std::move(part));
    }
    parts = std::move(loaded);
    return true;
  }

  /// Compiles, and where there is a cache, goes on with what it then holds: so a first start and the next ones run the
  /// same thing, and neither keeps the checkpoint or the recorded graph in memory. What was compiled is let go of
  /// before the cache is read: the two together would be the peak of a first run's memory.
  Result<void> compile(const EngineSpec& spec, const Build& build) {
    GLIMPSE_RETURN_IF_ERROR(compile_parts(spec, build));
    if (spec.cache_dir.empty() || !store(spec)) return {};
    parts.clear();
    return_freed_memory();
    return load(spec) ? Result<void>() : compile_parts(spec, build);
  }

  Result<void> compile_parts(const EngineSpec& spec, const Build& build) {
    OpenVinoGraph graph(spec.ranges);
    GLIMPSE_ASSIGN_OR_RETURN(const nn::Value output, build(graph));
    if (!graph.ranges_fit()) {
      return Error::corruption(
          "activation ranges: expected those of {} convolutions and {} inputs of linear layers, got {} and {}, or of "
          "another width; calibrate again",
          graph.convolutions().size(), graph.linears().size(), spec.ranges.convolutions.size(),
          spec.ranges.linears.size());
    }
    const auto models = graph.finish(output, spec.name, /*in_parts=*/spec.precision == Precision::kBf16);
    for (std::size_t i = 0; i < models.size(); ++i) {
      const ov::AnyMap properties = properties_of(spec, /*precise=*/i + 1 < models.size());
      parts.push_back({.file = std::nullopt, .compiled = core.compile_model(models[i], "CPU", properties)});
    }
    return {};
  }

  /// False when it could not be written: the next start compiles again, nothing else changes.
  bool store(const EngineSpec& spec) {
    std::error_code ignored;
    std::filesystem::create_directories(spec.cache_dir, ignored);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const auto payload = [&](std::ostream& stream) { parts[i].compiled.export_model(stream); };
      if (!write_compiled_file(cache_path(spec, i), cache_key(spec, i), parts.size(), payload)) return false;
    }
    return true;
  }

  Result<void> run(std::span<const EngineInput> inputs, std::span<float> output) {
    return guarded("inference", [&]() -> Result<void> {
      Lease lease(*requests);
      ov::InferRequest& first = lease.chain().front();
      for (std::size_t i = 0; i < inputs.size(); ++i) first.set_input_tensor(i, tensor_of(inputs[i]));
      first.infer();
      ov::Tensor passed = first.get_output_tensor();
      for (ov::InferRequest& request : std::span(lease.chain()).subspan(1)) {
        request.set_input_tensor(passed);
        request.infer();
        passed = request.get_output_tensor();
      }
      if (passed.get_size() != output.size()) {
        return Error::internal("inference: expected {} numbers, got {}", output.size(), passed.get_size());
      }
      std::copy_n(passed.data<const float>(), output.size(), output.begin());
      // The first run packed the weights into the kernels' own layout: the files' pages have done their work.
      std::call_once(first_run, [&] {
        for (const Part& part : parts) {
          if (part.file) part.file->release_pages();
        }
      });
      return {};
    });
  }
};

Engine::Engine(std::unique_ptr<State> state) : state_(std::move(state)) {}
Engine::~Engine() = default;

const TowerOrigin& Engine::origin() const { return state_->origin; }
const std::string& Engine::key() const { return state_->key; }

Result<std::unique_ptr<Engine>> Engine::create(const EngineSpec& spec, const Build& build) {
  const auto start = std::chrono::steady_clock::now();
  return guarded("tensor runtime", [&]() -> Result<std::unique_ptr<Engine>> {
    auto state = std::make_unique<State>();
    state->key = cache_key(spec, 0);
    state->origin.from_cache = state->load(spec);
    if (!state->origin.from_cache) GLIMPSE_RETURN_IF_ERROR(state->compile(spec, build));
    state->requests = std::make_unique<RequestPool>(state->parts, spec.streams);
    state->origin.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return std::unique_ptr<Engine>(new Engine(std::move(state)));
  });
}

Result<void> Engine::run(std::span<const EngineInput> inputs, std::span<float> output) const {
  return state_->run(inputs, output);
}

Result<void> Engine::run(std::span<const float> input, const nn::Shape& shape, std::span<float> output) const {
  const EngineInput one{.values = input, .shape = shape};
  return state_->run(std::span(&one, 1), output);
}

Result<void> Engine::run(std::span<const std::int32_t> input, const nn::Shape& shape, std::span<float> output) const {
  const EngineInput one{.values = input, .shape = shape};
  return state_->run(std::span(&one, 1), output);
}

}  // namespace glimpse::runtime
