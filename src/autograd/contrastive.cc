#include "autograd/contrastive.h"

#include <cmath>
#include <numbers>

namespace glimpse::autograd {
namespace {

using torch::Tensor;
namespace F = torch::nn::functional;

constexpr double kFirstLogitScale = 14, kGreatestLogitScale = 100;
constexpr std::size_t kSureRun = 4;  ///< Runs at least this long are taken to describe one picture.

/// What is drawn at random for a head.
class Draws {
 public:
  Draws(const heads::Material& material, const Tensors& tensors, const ContrastiveSettings& settings,
        std::uint64_t seed)
      : material_(material),
        tensors_(tensors),
        settings_(settings),
        random_(at::make_generator<at::CPUGeneratorImpl>(seed)) {
    std::vector<std::int64_t> pool = tensors.captioned;
    const auto order = permutation(static_cast<std::int64_t>(tensors.labelled.size()));
    const auto taken = static_cast<std::size_t>(settings.labelled_share * static_cast<double>(order.size()));
    for (std::size_t i = 0; i < taken; ++i) pool.push_back(tensors.labelled[static_cast<std::size_t>(order[i])]);
    pool_ = std::move(pool);
    for (const auto& run : material.runs) {
      if (run.size() >= kSureRun) runs_.push_back(&run);
    }
  }

  /// Every picture once, in a new order.
  std::vector<std::vector<std::int64_t>> epoch() {
    std::vector<std::vector<std::int64_t>> batches;
    const auto order = permutation(static_cast<std::int64_t>(pool_.size()));
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (i % static_cast<std::size_t>(settings_.batch) == 0) batches.emplace_back();
      batches.back().push_back(pool_[static_cast<std::size_t>(order[i])]);
    }
    return batches;
  }

  std::int64_t batches() const {
    return (static_cast<std::int64_t>(pool_.size()) + settings_.batch - 1) / settings_.batch;
  }

  /// One version of each picture: [n, x].
  Tensor pictures(const std::vector<std::int64_t>& chosen) {
    std::vector<std::int64_t> rows;
    const std::int64_t count = tensors_.pictures.size(1);
    for (const std::int64_t picture : chosen) {
      const bool whole = chance(settings_.own_version);
      rows.push_back((whole ? 0 : below(tensors_.pictures.size(0))) * count + picture);
    }
    return tensors_.pictures.flatten(0, 1).index_select(0, torch::tensor(rows));
  }

  /// One text of each picture: [n, t].
  Tensor texts(const std::vector<std::int64_t>& chosen) {
    std::vector<std::int64_t> rows, others;
    std::vector<float> weights;
    for (const std::int64_t number : chosen) {
      const heads::Picture& picture = material_.pictures[static_cast<std::size_t>(number)];
      const bool phrase = chance(settings_.phrase_share) && !picture.phrases.empty();
      rows.push_back(one_of(phrase ? picture.phrases : picture.captions));
      others.push_back(phrase ? rows.back() : one_of(picture.captions));
      weights.push_back(chance(settings_.caption_mix) ? torch::rand({1}, random_).item<float>() : 1.0F);
    }
    const Tensor texts = tensors_.texts.index_select(0, torch::tensor(rows));
    if (settings_.caption_mix == 0) return texts;
    const Tensor weight = torch::tensor(weights).unsqueeze(1);
    return unit(weight * texts + (1 - weight) * tensors_.texts.index_select(0, torch::tensor(others)));
  }

  bool has_sentences() const { return !runs_.empty(); }

  /// Two different captions of each of some pictures that are not here: [n, t] each.
  std::pair<Tensor, Tensor> two_captions() {
    std::vector<std::int64_t> one, other;
    for (std::int64_t i = 0; i < settings_.sentence_batch; ++i) {
      const auto& run = *runs_[static_cast<std::size_t>(below(static_cast<std::int64_t>(runs_.size())))];
      const std::int64_t size = static_cast<std::int64_t>(run.size()), first = below(size);
      one.push_back(run[static_cast<std::size_t>(first)]);
      other.push_back(run[static_cast<std::size_t>((first + 1 + below(size - 1)) % size)]);
    }
    return {tensors_.texts.index_select(0, torch::tensor(one)), tensors_.texts.index_select(0, torch::tensor(other))};
  }

  Tensor dropped(const Tensor& x, double share) {
    if (share == 0) return x;
    return x * torch::empty_like(x).bernoulli_(1 - share, random_) / (1 - share);
  }

  /// As torch.nn.Linear begins.
  Tensor uniform(at::IntArrayRef shape, std::int64_t inputs) {
    const double bound = 1 / std::sqrt(static_cast<double>(inputs));
    return torch::empty(shape).uniform_(-bound, bound, random_).requires_grad_();
  }

 private:
  std::int64_t below(std::int64_t end) { return torch::randint(end, {1}, random_).item<std::int64_t>(); }
  bool chance(double probability) { return torch::rand({1}, random_).item<float>() < probability; }
  std::int64_t one_of(const std::vector<std::int64_t>& values) {
    return values[static_cast<std::size_t>(below(static_cast<std::int64_t>(values.size())))];
  }
  std::vector<std::int64_t> permutation(std::int64_t count) {
    const Tensor order = torch::randperm(count, random_);
    return {order.data_ptr<std::int64_t>(), order.data_ptr<std::int64_t>() + count};
  }

  const heads::Material& material_;
  const Tensors& tensors_;
  const ContrastiveSettings& settings_;
  at::Generator random_;
  std::vector<std::int64_t> pool_;
  std::vector<const std::vector<std::int64_t>*> runs_;
};

/// Parameters under gradient.
struct Learnt {
  Learnt(Draws& draws, std::int64_t width, std::int64_t picture_features, std::int64_t sentence_features)
      : w(draws.uniform({width, picture_features}, picture_features)),
        w_bias(draws.uniform({width}, picture_features)),
        v(draws.uniform({width, sentence_features}, sentence_features)),
        v_bias(draws.uniform({width}, sentence_features)),
        scales(torch::full({2}, std::log(kFirstLogitScale)).requires_grad_()) {}

  Tensor texts(const Tensor& t) const { return unit(torch::linear(t, v, v_bias)); }
  Tensor pictures(const Tensor& x) const { return unit(torch::linear(x, w, w_bias)); }
  Tensor scale(int which) const { return scales[which].exp().clamp_max(kGreatestLogitScale); }

  Tensor w, w_bias, v, v_bias;
  Tensor scales;  ///< Logarithms: between pictures and captions, between captions.
};

/// InfoNCE from each row of `one` to the row of `other` at the same place.
Tensor info_nce(const Tensor& one, const Tensor& other, const Tensor& scale) {
  return F::cross_entropy(scale * one.matmul(other.t()), torch::arange(one.size(0)));
}

/// The same where other texts of the batch are a little right too, by what their sentences have in common.
Tensor soft_nce(const Tensor& one, const Tensor& other, const Tensor& scale, const Tensor& targets) {
  return -(targets * torch::log_softmax(scale * one.matmul(other.t()), 1)).sum(1).mean();
}

/// [n, n], rows that sum to 1. t: what the texts are before the head.
Tensor soft_targets(const Tensor& t, const ContrastiveSettings& settings) {
  const Tensor alike = torch::softmax(settings.soft_sharpness * t.matmul(t.t()), 1);
  return (1 - settings.soft_share) * torch::eye(t.size(0)) + settings.soft_share * alike;
}

Tensor loss_of(Draws& draws, const Learnt& learnt, const ContrastiveSettings& settings,
               const std::vector<std::int64_t>& chosen) {
  const Tensor pictures = learnt.pictures(draws.dropped(draws.pictures(chosen), settings.dropout));
  const Tensor t = draws.texts(chosen), texts = learnt.texts(t), scale = learnt.scale(0);
  const auto loss_to = [&](const Tensor& from, const Tensor& to, const Tensor& targets) {
    return settings.soft_share == 0 ? info_nce(from, to, scale) : soft_nce(from, to, scale, targets);
  };
  const Tensor targets = settings.soft_share == 0 ? Tensor() : soft_targets(t, settings);
  Tensor loss = (loss_to(pictures, texts, targets) + loss_to(texts, pictures, targets)) / 2;
  if (settings.sentence_weight == 0 || !draws.has_sentences()) return loss;
  const auto [one, other] = draws.two_captions();
  return loss + settings.sentence_weight * info_nce(learnt.texts(one), learnt.texts(other), learnt.scale(1));
}

double rate_at(const ContrastiveSettings& settings, std::int64_t step, std::int64_t steps) {
  const double warm = std::min(1.0, static_cast<double>(step + 1) / settings.warmup_steps);
  return settings.rate * warm *
         (1 + std::cos(std::numbers::pi * static_cast<double>(step) / static_cast<double>(steps))) / 2;
}

void set_rate(torch::optim::AdamW& optimizer, double rate) {
  for (auto& group : optimizer.param_groups()) static_cast<torch::optim::AdamWOptions&>(group.options()).lr(rate);
}

}  // namespace

heads::LinearHead fit_contrastive(const heads::Material& material, const Tensors& tensors,
                                  const ContrastiveSettings& settings, std::uint64_t seed,
                                  const std::function<void(int epoch, double loss)>& epoch_done) {
  Draws draws(material, tensors, settings, seed);
  const Learnt learnt(draws, settings.width, tensors.pictures.size(2), tensors.texts.size(1));
  torch::optim::AdamW optimizer(std::vector<torch::optim::OptimizerParamGroup>{
      {{learnt.w, learnt.v},
       std::make_unique<torch::optim::AdamWOptions>(
           torch::optim::AdamWOptions(settings.rate).weight_decay(settings.weight_decay))},
      {{learnt.w_bias, learnt.v_bias, learnt.scales},
       std::make_unique<torch::optim::AdamWOptions>(torch::optim::AdamWOptions(settings.rate).weight_decay(0))}});
  const std::int64_t steps = settings.epochs * draws.batches();
  std::int64_t step = 0;
  for (int epoch = 0; epoch < settings.epochs; ++epoch) {
    double sum = 0;
    const auto batches = draws.epoch();
    for (const auto& chosen : batches) {
      set_rate(optimizer, rate_at(settings, step++, steps));
      optimizer.zero_grad();
      const Tensor loss = loss_of(draws, learnt, settings, chosen);
      loss.backward();
      optimizer.step();
      sum += loss.item<double>();
    }
    if (epoch_done) epoch_done(epoch, sum / static_cast<double>(batches.size()));
  }
  return {.picture_weight = to_matrix(learnt.w),
          .picture_bias = to_vector(learnt.w_bias),
          .text_weight = to_matrix(learnt.v),
          .text_bias = to_vector(learnt.v_bias)};
}

}  // namespace glimpse::autograd
