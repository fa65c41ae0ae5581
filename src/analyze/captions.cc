#include "analyze/captions.h"

#include <algorithm>
#include <unordered_map>

namespace glimpse::analyze {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFrequentWords = 40;

fs::path whole(const fs::path& path) {
  std::error_code ignored;
  const fs::path absolute = fs::absolute(path, ignored);
  return (absolute.empty() ? path : absolute).lexically_normal();
}

/// Every caption as often as it is given.
std::vector<std::string> as_written(const CaptionSet& captions) {
  std::vector<std::string> texts;
  texts.reserve(captions.links.size());
  for (const CaptionLink& link : captions.links) texts.push_back(captions.texts[link.text]);
  return texts;
}

void count_by_picture(const CaptionSet& captions, std::size_t pictures, CaptionSummary& summary) {
  std::vector<std::size_t> counts(pictures);
  for (const CaptionLink& link : captions.links) ++counts[link.picture];
  for (std::size_t i = 0; i < pictures; ++i) {
    if (counts[i] == 0) {
      summary.without.push_back(i);
    } else {
      summary.per_picture.push_back(static_cast<double>(counts[i]));
    }
  }
  summary.captioned = summary.per_picture.size();
}

void count_tokens(const CaptionSet& captions, const TokenCounter& counter, CaptionSummary& summary) {
  std::vector<std::size_t> counts;
  for (const std::string& text : captions.texts) counts.push_back(counter.count(text));
  for (const CaptionLink& link : captions.links) summary.tokens.push_back(static_cast<double>(counts[link.text]));
  summary.context_length = counter.context_length;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > static_cast<std::size_t>(counter.context_length)) summary.too_long.push_back(i);
  }
  std::ranges::stable_sort(summary.too_long, std::ranges::greater{}, [&](std::size_t i) { return counts[i]; });
}

std::vector<SharedCaption> shared_captions(const CaptionSet& captions) {
  std::vector<SharedCaption> all(captions.texts.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i].text = i;
  for (const CaptionLink& link : captions.links) all[link.text].pictures.push_back(link.picture);
  std::erase_if(all, [](const SharedCaption& one) { return one.pictures.size() < 2; });
  std::ranges::stable_sort(all, std::ranges::greater{}, [](const SharedCaption& one) { return one.pictures.size(); });
  return all;
}

}  // namespace

CaptionSet match_captions(const evaluate::GroundTruth& truth, std::span<const PictureFacts> pictures,
                          const fs::path& folder, const fs::path& beside) {
  std::unordered_map<std::string, std::size_t> by_path;
  const fs::path root = whole(folder), other = whole(beside);
  for (std::size_t i = 0; i < pictures.size(); ++i) by_path.emplace((root / pictures[i].name).native(), i);
  const auto find = [&](const fs::path& name) {
    const auto found = by_path.find((root / name).lexically_normal().native());
    return found != by_path.end() ? found : by_path.find((other / name).lexically_normal().native());
  };
  CaptionSet captions{.texts = {}, .links = {}, .strangers = {}, .repeated = truth.repeated, .broken = truth.broken};
  std::vector<std::optional<std::size_t>> numbers;
  for (const fs::path& name : truth.pictures) {
    const auto found = find(name);
    numbers.push_back(found == by_path.end() ? std::nullopt : std::optional(found->second));
    if (found == by_path.end()) captions.strangers.push_back(name);
  }
  for (const evaluate::TruthText& text : truth.texts) {
    const std::size_t before = captions.links.size();
    for (const std::size_t picture : text.pictures) {
      if (numbers[picture]) captions.links.push_back({*numbers[picture], captions.texts.size()});
    }
    if (captions.links.size() > before) captions.texts.push_back(text.text);
  }
  return captions;
}

CaptionSummary summarize(const CaptionSet& captions, std::size_t pictures, const std::optional<TokenCounter>& tokens) {
  CaptionSummary summary;
  count_by_picture(captions, pictures, summary);
  const auto texts = as_written(captions);
  for (const std::string& text : texts) summary.words.push_back(static_cast<double>(words_of(text).size()));
  if (tokens) count_tokens(captions, *tokens, summary);
  const auto counts = count_words(texts);
  summary.vocabulary = counts.size();
  for (const auto& [word, count] : counts) {
    summary.once += count.times == 1 ? 1 : 0;
    summary.written += count.times;
  }
  summary.frequent = frequent_words(counts, kFrequentWords);
  summary.shared = shared_captions(captions);
  return summary;
}

}  // namespace glimpse::analyze
