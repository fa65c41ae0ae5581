// Three kinds of threads, joined by two bounded queues:
//
//   reader ──files──▶ lane × N: decode, preprocess, embed ──outcomes──▶ the caller's thread: sink
//
// Invariants: each job yields exactly one outcome unless the run is stopped; `files_` never holds more than the byte
// budget; stopping (cancel, or an error of sink or model) closes both queues, so that no thread waits for ever.
#include "encode/image_pipeline.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "base/bounded_queue.h"
#include "base/file.h"
#include "encode/byte_budget.h"

namespace glimpse::encode {
namespace {

struct LoadedFile {
  ImageJob job;
  Result<std::vector<std::byte>> bytes;
  std::uint64_t charged = 0;
};

class Pipeline {
 public:
  Pipeline(const ImageModel& model, const PipelineOptions& options,
           const std::function<bool(Hash128, std::uint64_t)>& already_known, const CancelToken& cancel)
      : model_(model),
        options_(options),
        already_known_(already_known),
        cancel_(cancel),
        budget_(options.read_ahead_bytes),
        decoding_(options.decoded_bytes),
        files_(static_cast<std::size_t>(2 * model.lanes * options.batch_size)),
        outcomes_(static_cast<std::size_t>(4 * model.lanes * options.batch_size)),
        lanes_running_(lanes()) {}

  Result<void> run(const std::function<std::optional<ImageJob>()>& next,
                   const std::function<Result<void>(ImageOutcome)>& sink) {
    std::vector<std::jthread> threads;
    threads.emplace_back([&] { read_files(next); });
    for (int i = 0; i < lanes(); ++i) threads.emplace_back([&] { run_lane(); });
    drain_into(sink);
    threads.clear();  // joins
    if (options_.peaks != nullptr) *options_.peaks = {budget_.most_used(), decoding_.most_used()};
    if (cancel_.cancelled()) return Error::cancelled("interrupted; what was finished is kept");
    if (failure_) return *failure_;
    return {};
  }

 private:
  // One more than the model runs at once: it decodes while the others embed, or wait for the thread of its own on which
  // libvips decodes what is no JPEG.
  int lanes() const { return model_.lanes + 1; }

  bool stopping() const { return stopped_.load(std::memory_order_relaxed) || cancel_.cancelled(); }

  void stop() {
    stopped_.store(true);
    budget_.close();
    files_.close();
    outcomes_.close();
    decoding_.close();  // last: what a lane then gives up on is no outcome any more
  }

  void fail(Error error) {
    {
      const std::lock_guard lock(failure_mutex_);
      if (!failure_) failure_ = std::move(error);
    }
    stop();
  }

  void read_files(const std::function<std::optional<ImageJob>()>& next) {
    while (!stopping()) {
      std::optional<ImageJob> job = next();
      if (!job) break;
      // The stamp tells the size, so that the budget is taken before the memory is.
      const auto stamp = stamp_of(job->path);
      const std::uint64_t charged = stamp ? std::min(stamp->size_bytes, options_.limits.max_bytes) : 0;
      if (!budget_.take(charged)) break;
      auto bytes = read_file(job->path, options_.limits.max_bytes);
      if (!files_.push({std::move(*job), std::move(bytes), charged})) break;
    }
    files_.close();
  }

  void run_lane() {
    const auto edge = static_cast<std::size_t>(model_.preprocess.crop_size);
    const std::size_t picture_floats = 3 * edge * edge;
    const auto batch_size = static_cast<std::size_t>(options_.batch_size);
    std::vector<float> pixels(batch_size * picture_floats);
    std::vector<float> embeddings(batch_size * static_cast<std::size_t>(model_.dimension));
    std::vector<ImageOutcome> batch;
    while (!stopping()) {
      auto file = files_.pop();
      if (file) {
        ImageOutcome outcome = prepare(*file, std::span(pixels).subspan(batch.size() * picture_floats, picture_floats));
        file->bytes = std::vector<std::byte>();
        budget_.give_back(file->charged);
        if (outcome.error || outcome.known) {
          outcomes_.push(std::move(outcome));
        } else {
          batch.push_back(std::move(outcome));
        }
      }
      if (batch.size() == batch_size || (!file && !batch.empty())) {
        if (!embed(std::span(pixels).first(batch.size() * picture_floats), embeddings, batch)) break;
      }
      if (!file) break;
    }
    if (--lanes_running_ == 0) outcomes_.close();
  }

  // File bytes → outcome without embedding, and the model's input in `pixels`.
  ImageOutcome prepare(const LoadedFile& file, std::span<float> pixels) {
    ImageOutcome outcome;
    outcome.tag = file.job.tag;
    if (!file.bytes) {
      outcome.error = file.bytes.error();
      return outcome;
    }
    outcome.size_bytes = file.bytes->size();
    outcome.content = hash128(*file.bytes);
    if (already_known_ && already_known_(outcome.content, outcome.size_bytes)) {
      outcome.known = true;
      return outcome;
    }
    const auto share = decoding_share(*file.bytes);
    if (!share) {
      outcome.error = share.error();
      return outcome;
    }
    decode_into(*file.bytes, pixels, outcome);
    decoding_.give_back(*share);
    return outcome;
  }

  // Waits until there is room to decode this picture; what it takes.
  Result<std::uint64_t> decoding_share(std::span<const std::byte> bytes) {
    if (options_.decoded_bytes == 0) return std::uint64_t{0};
    GLIMPSE_ASSIGN_OR_RETURN(const auto header, image::probe(bytes, options_.limits));
    const std::uint64_t share = image::decode_cost(header);
    if (!decoding_.take(share)) return Error::cancelled("stopped");
    return share;
  }

  void decode_into(std::span<const std::byte> bytes, std::span<float> pixels, ImageOutcome& outcome) const {
    image::DecodeOptions decode_options{.limits = options_.limits};
    if (!options_.exact) decode_options.min_short_side = kShrinkMargin * model_.preprocess.crop_size;
    const auto decoded = image::decode(bytes, decode_options);
    if (!decoded) {
      outcome.error = decoded.error();
      return;
    }
    outcome.header = decoded->header;
    if (options_.look) options_.look(outcome.tag, decoded->image);
    if (auto done = image::preprocess(decoded->image, model_.preprocess, pixels); !done) outcome.error = done.error();
  }

  bool embed(std::span<const float> pixels, std::span<float> embeddings, std::vector<ImageOutcome>& batch) {
    const auto dimension = static_cast<std::size_t>(model_.dimension);
    const auto out = embeddings.first(batch.size() * dimension);
    if (auto done = model_.embed(pixels, static_cast<int>(batch.size()), out); !done) {
      fail(done.error());
      return false;
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const auto row = out.subspan(i * dimension, dimension);
      batch[i].embedding.assign(row.begin(), row.end());
      if (!outcomes_.push(std::move(batch[i]))) return false;
    }
    batch.clear();
    return true;
  }

  void drain_into(const std::function<Result<void>(ImageOutcome)>& sink) {
    while (auto outcome = outcomes_.pop()) {
      if (auto taken = sink(std::move(*outcome)); !taken) {
        fail(taken.error());
        return;
      }
      if (stopping()) stop();  // what is finished is still handed over
    }
    stop();
  }

  const ImageModel& model_;
  const PipelineOptions& options_;
  const std::function<bool(Hash128, std::uint64_t)>& already_known_;
  const CancelToken& cancel_;
  ByteBudget budget_;
  ByteBudget decoding_;
  BoundedQueue<LoadedFile> files_;
  BoundedQueue<ImageOutcome> outcomes_;
  std::atomic<int> lanes_running_;
  std::atomic<bool> stopped_{false};
  std::mutex failure_mutex_;
  std::optional<Error> failure_;
};

}  // namespace

Result<void> run_image_pipeline(const ImageModel& model, const PipelineOptions& options,
                                const std::function<std::optional<ImageJob>()>& next,
                                const std::function<bool(Hash128, std::uint64_t)>& already_known,
                                const std::function<Result<void>(ImageOutcome)>& sink, const CancelToken& cancel) {
  return Pipeline(model, options, already_known, cancel).run(next, sink);
}

}  // namespace glimpse::encode
