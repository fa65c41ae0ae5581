#include "analysis/read_pictures.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <optional>

#include "base/cpu.h"
#include "encode/image_pipeline.h"
#include "encode/precision_trial.h"
#include "image/decode.h"
#include "interrupt.h"
#include "library/scanner.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;

/// What is known of a file while the pipeline runs.
struct Read {
  analyze::PictureFacts facts;
  std::vector<float> vector;
  std::string failure;
};

Result<std::vector<Read>> scan_folder(const fs::path& folder, analyze::Material& material) {
  std::vector<Read> files;
  library::ScanOptions options;
  options.wanted = [](const fs::path& name) { return image::has_picture_extension(name.native()); };
  options.cancel = &interruption();
  GLIMPSE_ASSIGN_OR_RETURN(const auto report, library::scan(folder, options, [&](const library::FoundFile& file) {
                             files.emplace_back().facts.name = file.name;
                           }));
  for (const auto& failure : report.failures) material.unreadable.push_back({failure.name, failure.message});
  return files;
}

using Numbers = std::vector<std::size_t>;

Numbers numbers_of(const std::vector<Read>& files) {
  Numbers all(files.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

encode::WaitingPictures waiting(const std::vector<Read>& files, const Numbers& which, const fs::path& folder) {
  encode::WaitingPictures waiting{.count = which.size(), .sample = {}};
  for (const std::size_t i : analyze::evenly(which.size(), encode::kTrialPictures)) {
    waiting.sample.push_back(folder / files[which[i]].facts.name);
  }
  return waiting;
}

/// The pipeline without a model: it decodes, looks, and embeds nothing. side: of the pictures that a model would get,
/// on which it hangs how far they are shrunk while they load.
encode::ImageModel no_model(int threads, int side) {
  encode::ImageModel model;
  model.preprocess.resize_size = model.preprocess.crop_size = side;
  model.dimension = 1;
  model.lanes = threads;
  model.embed = [](std::span<const float>, int, std::span<float>) -> Result<void> { return {}; };
  return model;
}

void note(encode::ImageOutcome outcome, Read& file) {
  if (outcome.error) {
    file.failure = outcome.error->message();
    return;
  }
  file.facts.size_bytes = outcome.size_bytes;
  file.facts.content = outcome.content;
  file.facts.format = outcome.header.format;
  file.facts.width = outcome.header.width;
  file.facts.height = outcome.header.height;
  file.vector = std::move(outcome.embedding);
}

/// Runs some of the files through the pipeline.
Result<void> run(std::vector<Read>& files, const Numbers& which, const fs::path& folder,
                 const encode::ImageModel& model, bool quiet) {
  encode::PipelineOptions options;
  options.decoded_bytes = 512ull << 20;
  options.look = [&](std::uint64_t tag, const image::Image& picture) {
    files[tag].facts.look = analyze::look_at(picture);
  };
  std::size_t at = 0;
  std::int64_t done = 0, failed = 0;
  ProgressLine line("reading", static_cast<std::int64_t>(which.size()), quiet);
  const auto next = [&]() -> std::optional<encode::ImageJob> {
    if (at == which.size()) return std::nullopt;
    const std::size_t tag = which[at++];
    return encode::ImageJob{tag, folder / files[tag].facts.name};
  };
  const auto sink = [&](encode::ImageOutcome outcome) -> Result<void> {
    (outcome.error ? failed : done) += 1;
    const auto tag = static_cast<std::size_t>(outcome.tag);
    note(std::move(outcome), files[tag]);
    line.update(done, failed);
    return {};
  };
  auto ran = encode::run_image_pipeline(model, options, next, nullptr, sink, interruption());
  line.finish();
  return ran;
}

Result<void> embed(std::vector<Read>& files, const Numbers& which, const fs::path& folder, encode::Encoder& encoder,
                   const CommonFlags& common) {
  if (which.empty()) return {};
  GLIMPSE_ASSIGN_OR_RETURN(const std::string found, encoder.settle_precision(waiting(files, which, folder)));
  if (!found.empty() && !common.quiet) fmt::print(stderr, "{}\n", found);
  GLIMPSE_ASSIGN_OR_RETURN(const auto model, encoder.image_model());
  return run(files, which, folder, model, common.quiet);
}

/// Takes the vectors that are there. Returns the pictures that have none.
Numbers take_stored(std::vector<Read>& files, const StoredVectors& stored) {
  Numbers lacking;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!files[i].failure.empty()) continue;
    files[i].vector = stored.find(files[i].facts.content, files[i].facts.size_bytes);
    if (files[i].vector.empty()) lacking.push_back(i);
  }
  return lacking;
}

/// Without stored vectors each picture is decoded once. With them all are looked at first, and those that lack a
/// vector decoded once more: a model that has nothing to do is not even compiled. Returns how many were there.
Result<std::size_t> read_all(std::vector<Read>& files, const fs::path& folder, const VectorSources& sources,
                             const CommonFlags& common) {
  const Numbers all = numbers_of(files);
  if (sources.encoder != nullptr && sources.stored == nullptr) {
    GLIMPSE_RETURN_IF_ERROR(embed(files, all, folder, *sources.encoder, common));
    return std::size_t{0};
  }
  const int threads = common.threads > 0 ? common.threads : available_cpus();
  const int side = sources.encoder != nullptr ? sources.encoder->preprocess().crop_size : analyze::kModelSide;
  GLIMPSE_RETURN_IF_ERROR(run(files, all, folder, no_model(threads, side), common.quiet));
  if (sources.encoder == nullptr) return std::size_t{0};
  const Numbers lacking = take_stored(files, *sources.stored);
  const auto readable = std::ranges::count_if(files, [](const Read& file) { return file.failure.empty(); });
  GLIMPSE_RETURN_IF_ERROR(embed(files, lacking, folder, *sources.encoder, common));
  return static_cast<std::size_t>(readable) - lacking.size();
}

}  // namespace

Result<std::size_t> read_pictures(const fs::path& folder, const VectorSources& sources, const CommonFlags& common,
                                  analyze::Material& material) {
  GLIMPSE_ASSIGN_OR_RETURN(auto files, scan_folder(folder, material));
  if (files.empty()) return std::size_t{0};
  GLIMPSE_ASSIGN_OR_RETURN(const std::size_t stored, read_all(files, folder, sources, common));
  const bool embedded = sources.encoder != nullptr;
  if (embedded) {
    material.vectors.dimension = static_cast<std::size_t>(sources.encoder->info().embedding_dimension);
  }
  for (Read& file : files) {
    if (!file.failure.empty()) {
      material.unreadable.push_back({file.facts.name, file.failure});
      continue;
    }
    material.pictures.push_back(std::move(file.facts));
    if (!embedded) continue;
    material.vectors.values.insert(material.vectors.values.end(), file.vector.begin(), file.vector.end());
    file.vector = {};
  }
  return stored;
}

}  // namespace glimpse::app
