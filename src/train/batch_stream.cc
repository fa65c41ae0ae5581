// Work is handed out picture by picture in the order of the batches, but never more than `ahead` batches beyond the one
// that is asked for; a batch is given out when its last picture is done.
#include "train/batch_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/assert.h"
#include "base/file.h"
#include "image/decode.h"

namespace glimpse::train {
namespace {

constexpr int kShrinkMargin = 2;  // a picture is not decoded smaller than this many times the model's side

Result<image::Image> decode_file(const std::filesystem::path& file, int min_short_side) {
  const image::DecodeOptions options{.limits = {}, .min_short_side = min_short_side};
  GLIMPSE_ASSIGN_OR_RETURN(const auto bytes, read_file(file, options.limits.max_bytes));
  auto decoded = image::decode(bytes, options);
  if (!decoded) return decoded.error().with_context(display(file));
  return std::move(decoded->image);
}

std::size_t values_of(const image::PreprocessSpec& spec) {
  const auto side = static_cast<std::size_t>(spec.crop_size);
  return 3 * side * side;
}

}  // namespace

class BatchStream::Workers {
 public:
  Workers(const Dataset& data, const std::vector<ExampleBatch>& batches, const StreamOptions& options)
      : data_(data), batches_(batches), options_(options), given_(options.first), claim_batch_(options.first) {
    for (int i = 0; i < std::max(1, options.threads); ++i) threads_.emplace_back([this] { work(); });
  }

  ~Workers() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
  }

  Result<PairBatch> next() {
    std::unique_lock lock(mutex_);
    GLIMPSE_ASSERT(given_ < batches_.size());
    changed_.wait(lock, [&] { return error_ || (!making_.empty() && making_.front().left == 0); });
    if (error_) return *error_;
    PairBatch batch = std::move(making_.front().batch);
    making_.pop_front();
    ++given_;
    lock.unlock();
    changed_.notify_all();
    return batch;
  }

 private:
  struct Making {
    PairBatch batch;
    std::vector<bool> wanted = {};  ///< By row: whether its pixels are.
    std::size_t left;               ///< Pictures that are not done.
  };
  struct Claim {
    Example example;
    Making* making;
    std::size_t row;
    bool wanted;
  };

  /// The next picture to decode; nothing when there are no more. A deque's items stay where they are while others are
  /// added behind and taken from the front.
  std::optional<Claim> claim() {
    std::unique_lock lock(mutex_);
    const auto may = [&] {
      return stopped_ || claim_batch_ >= batches_.size() || claim_batch_ < given_ + options_.ahead;
    };
    changed_.wait(lock, may);
    if (stopped_ || claim_batch_ >= batches_.size()) return std::nullopt;
    const ExampleBatch& examples = batches_[claim_batch_];
    if (claim_row_ == 0) making_.push_back(empty_batch(examples));
    const Claim claimed{examples[claim_row_], &making_.back(), claim_row_, making_.back().wanted[claim_row_]};
    if (++claim_row_ == examples.size()) {
      claim_row_ = 0;
      ++claim_batch_;
    }
    return claimed;
  }

  Making empty_batch(const ExampleBatch& examples) const {
    Making making{.batch = {}, .left = examples.size()};
    for (const Example& example : examples) {
      making.batch.texts.push_back(data_.captions[example.caption].text);
      making.batch.pictures.push_back(static_cast<std::int64_t>(data_.pictures[example.picture].group));
      if (keyed()) making.batch.keys.push_back(key_of(example.picture));
      making.wanted.push_back(!keyed() || !options_.keeps(making.batch.keys.back()));
    }
    const bool any = std::ranges::find(making.wanted, true) != making.wanted.end();
    if (any) making.batch.pixels.resize(examples.size() * values_of(options_.preprocess));
    return making;
  }

  bool unchanged() const { return options_.augmentation == Augmentation{}; }
  bool keyed() const { return options_.keeps && (unchanged() || options_.versions > 0); }
  std::uint64_t look_number() const {
    return options_.versions > 0 ? options_.epoch % options_.versions : options_.epoch;
  }
  /// Of the content, and of all that a look depends on: the rest is the same throughout a run.
  Hash128 key_of(std::size_t picture) const {
    const std::string& sha1 = data_.pictures[picture].sha1;
    if (unchanged()) return hash128(fmt::format("picture {}", sha1));
    return hash128(fmt::format("picture {} look {} {} {}", sha1, options_.seed, look_number(), picture));
  }

  Result<void> make(const Claim& claimed) const {
    if (!claimed.wanted) return {};
    const Picture& picture = data_.pictures[claimed.example.picture];
    const std::size_t values = values_of(options_.preprocess);
    const std::span<float> out = std::span(claimed.making->batch.pixels).subspan(claimed.row * values, values);
    const bool mirror = std::ranges::none_of(
        picture.captions, [&](std::size_t caption) { return tells_sides(data_.captions[caption].text); });
    GLIMPSE_ASSIGN_OR_RETURN(const auto image, decode_file(data_.path_of(claimed.example.picture),
                                                           kShrinkMargin * options_.preprocess.crop_size));
    const LookSeed seed{options_.seed, look_number(), claimed.example.picture};
    return look(image, options_.preprocess, options_.augmentation, mirror, seed, out);
  }

  void work() {
    while (const auto claimed = claim()) {
      const auto made = make(*claimed);
      const std::lock_guard lock(mutex_);
      if (!made && !error_) error_ = made.error();
      --claimed->making->left;
      changed_.notify_all();
    }
  }

  const Dataset& data_;
  const std::vector<ExampleBatch>& batches_;
  const StreamOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Making> making_;
  std::size_t given_, claim_batch_, claim_row_ = 0;
  bool stopped_ = false;
  std::optional<Error> error_;
  std::vector<std::jthread> threads_;  // last: joined before what they use goes
};

BatchStream::BatchStream(const Dataset& data, const std::vector<ExampleBatch>& batches, const StreamOptions& options)
    : workers_(std::make_unique<Workers>(data, batches, options)) {}
BatchStream::~BatchStream() = default;

Result<PairBatch> BatchStream::next() { return workers_->next(); }

}  // namespace glimpse::train
