#include "train/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <chrono>
#include <limits>
#include <optional>
#include <thread>
#include <unordered_map>

#include "base/file.h"
#include "base/sha1.h"
#include "image/decode.h"
#include "train/likeness.h"

namespace glimpse::train {
namespace {

constexpr std::size_t kMaxRemarks = 20;
constexpr std::size_t kLeftOut = std::numeric_limits<std::size_t>::max();
constexpr int kSurveySide = 64;  // a picture may be shrunk this far while it is looked at

struct Look {
  std::string sha1;
  Likeness likeness = {};
  std::optional<Error> error;
};

Result<Look> look_at(const std::filesystem::path& file) {
  const image::DecodeOptions options{.limits = {}, .min_short_side = kSurveySide};
  GLIMPSE_ASSIGN_OR_RETURN(const auto bytes, read_file(file, options.limits.max_bytes));
  GLIMPSE_ASSIGN_OR_RETURN(const auto decoded, image::decode(bytes, options));
  GLIMPSE_ASSIGN_OR_RETURN(const Likeness likeness, likeness_of(decoded.image));
  return Look{.sha1 = sha1(bytes), .likeness = likeness, .error = std::nullopt};
}

/// A look at every picture, by several threads; the calling one reports.
std::vector<Look> look_at_all(const evaluate::GroundTruth& truth, const std::filesystem::path& folder,
                              const SurveyOptions& options) {
  std::vector<Look> looks(truth.pictures.size());
  std::atomic<std::size_t> next{0}, done{0};
  const auto cancelled = [&] { return options.cancel != nullptr && options.cancel->cancelled(); };
  const auto work = [&] {
    for (std::size_t i = next++; i < looks.size() && !cancelled(); i = next++) {
      auto look = look_at(folder / truth.pictures[i]);
      looks[i] = look ? *std::move(look) : Look{.sha1 = {}, .likeness = {}, .error = look.error()};
      ++done;
    }
  };
  std::vector<std::jthread> threads;
  for (int i = 0; i < std::max(1, options.threads); ++i) threads.emplace_back(work);
  while (done < looks.size() && !cancelled()) {
    if (options.progress) options.progress(done);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return looks;
}

std::string meaning_of(const std::string& text) {
  std::string plain;
  for (const char c : text) {
    const bool blank = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (blank && (plain.empty() || plain.back() == ' ')) continue;
    plain += blank ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  while (!plain.empty() && (plain.back() == ' ' || plain.back() == '.')) plain.pop_back();
  return plain;
}

void remark(DataProblems& problems, const std::string& sentence) {
  if (problems.remarks.size() < kMaxRemarks) problems.remarks.push_back(sentence);
}

DataProblems problems_of(const evaluate::GroundTruth& truth) {
  DataProblems problems;
  problems.broken = truth.broken;
  problems.empty_captions = truth.empty;
  problems.repeated_captions = truth.repeated;
  problems.remarks = truth.remarks;
  return problems;
}

/// The pictures that could be read, with their captions under new numbers.
Dataset keep_read(const evaluate::GroundTruth& truth, const std::vector<Look>& looks) {
  Dataset data;
  data.problems = problems_of(truth);
  const auto texts_of = truth.texts_of_pictures();
  std::unordered_map<std::size_t, std::size_t> caption_numbers;
  std::unordered_map<std::string, std::size_t> meanings;
  for (std::size_t i = 0; i < looks.size(); ++i) {
    if (looks[i].error) {
      ++(looks[i].error->code() == ErrorCode::kNotFound ? data.problems.missing : data.problems.unreadable);
      remark(data.problems, fmt::format("{}: {}", display(truth.pictures[i]), looks[i].error->message()));
      continue;
    }
    Picture picture{.name = truth.pictures[i], .sha1 = looks[i].sha1, .captions = {}, .group = 0};
    for (const std::size_t text : texts_of[i]) {
      const auto [known, is_new] = caption_numbers.try_emplace(text, data.captions.size());
      if (is_new) {
        const std::string& words = truth.texts[text].text;
        data.captions.push_back({words, meanings.try_emplace(meaning_of(words), meanings.size()).first->second});
      }
      picture.captions.push_back(known->second);
    }
    std::ranges::sort(picture.captions);
    data.pictures.push_back(std::move(picture));
  }
  return data;
}

void find_groups(Dataset& data, const std::vector<Look>& looks) {
  std::vector<std::string> sha1s;
  std::vector<Likeness> likenesses;
  for (const Look& look : looks) {
    if (look.error) continue;
    sha1s.push_back(look.sha1);
    likenesses.push_back(look.likeness);
  }
  const auto groups = group_pictures(sha1s, likenesses);
  std::unordered_map<std::string, std::size_t> contents;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    data.pictures[i].group = groups[i];
    const bool same = !contents.emplace(sha1s[i], i).second;
    if (same) {
      ++data.problems.duplicate_pictures;
    } else if (groups[i] < data.groups) {
      ++data.problems.similar_pictures;
    }
    data.groups = std::max(data.groups, groups[i] + 1);
  }
}

std::size_t shared_captions(const Dataset& data) {
  std::vector<std::size_t> owners(data.captions.size());
  for (const Picture& picture : data.pictures) {
    for (const std::size_t caption : picture.captions) ++owners[caption];
  }
  return static_cast<std::size_t>(std::ranges::count_if(owners, [](std::size_t n) { return n > 1; }));
}

std::string hash_of(const Dataset& data) {
  std::vector<const Picture*> sorted;
  for (const Picture& picture : data.pictures) sorted.push_back(&picture);
  std::ranges::sort(sorted, {}, [](const Picture* picture) { return picture->name.native(); });
  Sha1 all;
  for (const Picture* picture : sorted) {
    all.add(fmt::format("{}\n{}\n", picture->sha1, picture->name.native()));
    std::vector<std::string_view> captions;
    for (const std::size_t caption : picture->captions) captions.push_back(data.captions[caption].text);
    std::ranges::sort(captions);
    for (const auto caption : captions) all.add(fmt::format("\t{}\n", caption));
  }
  return all.finish();
}

}  // namespace

Result<Dataset> survey(const evaluate::GroundTruth& truth, const std::filesystem::path& folder,
                       const SurveyOptions& options) {
  const std::vector<Look> looks = look_at_all(truth, folder, options);
  if (options.cancel != nullptr && options.cancel->cancelled()) {
    return Error::cancelled("interrupted while the pictures were looked at; nothing was trained");
  }
  Dataset data = keep_read(truth, looks);
  data.folder = folder;
  find_groups(data, looks);
  data.problems.shared_captions = shared_captions(data);
  data.sha1 = hash_of(data);
  if (data.groups < 2) {
    return Error::invalid_argument(
        "{}: expected at least two different pictures with captions, got {} of {} named ({} missing, {} unreadable, {} "
        "the same as another or nearly){}",
        display(folder), data.groups, truth.pictures.size(), data.problems.missing, data.problems.unreadable,
        data.problems.duplicate_pictures + data.problems.similar_pictures,
        data.problems.remarks.empty() ? "" : "; the first: " + data.problems.remarks.front());
  }
  return data;
}

evaluate::GroundTruth truth_of(const Dataset& data, const std::vector<std::size_t>& pictures) {
  evaluate::GroundTruth truth;
  truth.form = evaluate::TruthForm::kTable;
  std::vector<std::size_t> numbers(data.captions.size(), kLeftOut);
  for (const std::size_t picture : pictures) {
    for (const std::size_t caption : data.pictures[picture].captions) {
      if (numbers[caption] == kLeftOut) {
        numbers[caption] = truth.texts.size();
        truth.texts.push_back({data.captions[caption].text, {}});
      }
      truth.texts[numbers[caption]].pictures.push_back(truth.pictures.size());
    }
    truth.pictures.push_back(data.pictures[picture].name);
  }
  return truth;
}

}  // namespace glimpse::train
