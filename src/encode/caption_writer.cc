#include "encode/caption_writer.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "base/cpu.h"
#include "base/file.h"
#include "base/memory.h"
#include "encode/byte_budget.h"
#include "encode/pixels.h"
#include "image/decode.h"
#include "runtime/captioner.h"

namespace glimpse::encode {
namespace {

Result<GenerateOptions> resolve(const models::DualEncoder& model, const CaptionRequest& request) {
  const models::CaptionModel& captions = *model.captions();
  GenerateOptions o = default_options(captions.caption_rules());
  o.choice = request.choice.value_or(o.choice);
  o.beams = request.beams.value_or(o.beams);
  o.beam_groups = request.beam_groups.value_or(o.beam_groups);
  o.top_k = request.top_k.value_or(o.top_k);
  o.min_length = request.min_length.value_or(o.min_length);
  o.max_length = request.max_length.value_or(o.max_length);
  o.temperature = request.temperature.value_or(o.temperature);
  o.repetition_penalty = request.repetition_penalty.value_or(o.repetition_penalty);
  o.seed = request.seed;
  if (!request.prompt.empty()) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto tokenizer, model.tokenizer());
    const auto framed = tokenizer->encode(request.prompt);  // start, words, end
    o.prompt.assign(framed.begin() + 1, std::ranges::find(framed, captions.caption_tokens().end));
  }
  GLIMPSE_RETURN_IF_ERROR(check_options(captions.caption_tokens(), o));
  return o;
}

/// Captions that wait for the ones before them. A thread takes the next file only when it is not too far ahead.
class InOrder {
 public:
  InOrder(std::size_t count, std::size_t most_ahead) : count_(count), most_ahead_(most_ahead) {}

  /// The next file to work on; `count` when there is none.
  std::size_t take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopped_ || next_ >= count_ || next_ < delivered_ + most_ahead_; });
    return stopped_ || next_ >= count_ ? count_ : next_++;
  }

  void finish(std::size_t index, Result<std::string> caption) {
    const std::lock_guard lock(mutex_);
    ready_.emplace(index, std::move(caption));
    changed_.notify_all();
  }

  Result<std::string> wait_for(std::size_t index) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ready_.contains(index); });
    auto node = ready_.extract(index);
    delivered_ = index + 1;
    changed_.notify_all();
    return std::move(node.mapped());
  }

  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

 private:
  const std::size_t count_, most_ahead_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::size_t, Result<std::string>> ready_;
  std::size_t next_ = 0, delivered_ = 0;
  bool stopped_ = false;
};

}  // namespace

struct CaptionWriter::State {
  std::unique_ptr<models::DualEncoder> model;
  std::unique_ptr<runtime::Captioner> captioner;
  std::unique_ptr<text::Detokenizer> words;
  GenerateOptions generate;
  int threads = 1;
  std::unique_ptr<ByteBudget> decoding;  ///< Null: no limit.

  /// A picture as the model takes it; waits for room to decode it.
  Result<std::vector<float>> pixels(std::span<const std::byte> bytes) const {
    if (!decoding) return pixels_of(bytes, model->preprocess());
    GLIMPSE_ASSIGN_OR_RETURN(const auto header, image::probe(bytes));
    const std::uint64_t share = image::decode_cost(header);
    decoding->take(share);
    auto made = pixels_of(bytes, model->preprocess());
    decoding->give_back(share);
    return made;
  }
};

CaptionWriter::CaptionWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
CaptionWriter::~CaptionWriter() = default;
const GenerateOptions& CaptionWriter::options() const { return state_->generate; }

Result<std::unique_ptr<CaptionWriter>> CaptionWriter::open(const std::filesystem::path& model_directory,
                                                           const EncoderOptions& options,
                                                           const CaptionRequest& request) {
  auto state = std::make_unique<State>();
  GLIMPSE_ASSIGN_OR_RETURN(state->model, models::open_dual_encoder(model_directory, {.params_path = options.params_path,
                                                                                     .clip_merges = options.clip_merges,
                                                                                     .cache_dir = options.cache_dir}));
  state->threads = options.threads > 0 ? options.threads : available_cpus();
  GLIMPSE_ASSIGN_OR_RETURN(state->captioner,
                           runtime::Captioner::compile(*state->model, {.precision = precision_of_lookers(options),
                                                                       .threads = options.threads,
                                                                       .cache_dir = options.cache_dir}));
  GLIMPSE_ASSIGN_OR_RETURN(state->generate, resolve(*state->model, request));
  GLIMPSE_ASSIGN_OR_RETURN(state->words, state->model->captions()->detokenizer());
  return std::unique_ptr<CaptionWriter>(new CaptionWriter(std::move(state)));
}

Result<void> CaptionWriter::fit_into_memory(const MemoryLimit& limit) {
  if (is_plenty(limit, state_->threads)) return {};
  const auto edge = static_cast<std::size_t>(state_->model->preprocess().crop_size);
  const std::vector<float> nothing(3 * edge * edge);
  const auto look = [&] { return state_->captioner->look(nothing); };
  GLIMPSE_RETURN_IF_ERROR(look());  // packs the weights
  const std::uint64_t one = process_memory().resident;
  auto beside = std::async(std::launch::async, look);
  const auto looked = look();
  GLIMPSE_RETURN_IF_ERROR(beside.get());
  GLIMPSE_RETURN_IF_ERROR(looked);
  const ProcessMemory now = process_memory();
  const std::uint64_t input = nothing.size() * sizeof(float);
  const MemoryNeeds needs{.resident = now.resident,
                          .peak = now.peak,
                          .input_picture = input,
                          .scratch_picture = std::max(input, std::max(now.resident, one) - one)};
  GLIMPSE_ASSIGN_OR_RETURN(const MemoryPlan plan, plan_memory(limit, needs, state_->threads, /*batch_size=*/1));
  state_->threads = plan.lanes;
  state_->decoding = std::make_unique<ByteBudget>(plan.decoded_bytes + plan.read_ahead_bytes);
  return {};
}

const std::string& CaptionWriter::fingerprint() const { return state_->model->info().fingerprint; }

Result<std::string> CaptionWriter::caption(std::span<const std::byte> bytes) const {
  GLIMPSE_ASSIGN_OR_RETURN(const auto pixels, state_->pixels(bytes));
  GLIMPSE_ASSIGN_OR_RETURN(const auto memory, state_->captioner->look(pixels));
  runtime::CaptionPast past;
  const auto next = [&](std::span<const text::TokenId> ids, int rows) {
    return state_->captioner->next(memory, ids, rows, past);
  };
  GLIMPSE_ASSIGN_OR_RETURN(const auto ids,
                           generate(state_->model->captions()->caption_tokens(), next, state_->generate));
  return state_->words->decode(ids);
}

Result<void> CaptionWriter::caption_files(
    std::span<const std::filesystem::path> files, const CancelToken& cancel,
    const std::function<Result<void>(std::size_t, Result<std::string>)>& done) const {
  const auto threads = static_cast<std::size_t>(state_->threads);
  InOrder order(files.size(), 4 * threads);
  const auto caption_one = [&](const std::filesystem::path& file) -> Result<std::string> {
    if (cancel.cancelled()) return Error::cancelled("stopped; the same command goes on where it stopped");
    GLIMPSE_ASSIGN_OR_RETURN(const auto bytes, read_file(file, image::DecodeLimits{}.max_bytes));
    return caption(bytes);
  };
  std::vector<std::jthread> workers;
  for (std::size_t i = 0; i < std::min(threads, files.size()); ++i) {
    workers.emplace_back([&] {
      for (std::size_t index = order.take(); index < files.size(); index = order.take()) {
        order.finish(index, caption_one(files[index]));
      }
    });
  }
  Result<void> outcome;
  for (std::size_t index = 0; index < files.size() && outcome; ++index) {
    auto caption = order.wait_for(index);
    const bool stopped = !caption && caption.error().code() == ErrorCode::kCancelled;
    outcome = stopped ? Result<void>(tl::unexpected(caption.error())) : done(index, std::move(caption));
  }
  order.stop();
  return outcome;
}

}  // namespace glimpse::encode
