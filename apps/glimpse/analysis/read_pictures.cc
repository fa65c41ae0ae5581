#include "analysis/read_pictures.h"

#include <fmt/core.h>

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

encode::WaitingPictures waiting(const std::vector<Read>& files, const fs::path& folder) {
  encode::WaitingPictures waiting{.count = files.size(), .sample = {}};
  for (const std::size_t i : analyze::evenly(files.size(), encode::kTrialPictures)) {
    waiting.sample.push_back(folder / files[i].facts.name);
  }
  return waiting;
}

/// The pipeline without a model: it decodes, looks, and embeds nothing.
encode::ImageModel no_model(int threads) {
  encode::ImageModel model;
  model.preprocess.resize_size = model.preprocess.crop_size = analyze::kModelSide;
  model.dimension = 1;
  model.lanes = threads;
  model.embed = [](std::span<const float>, int, std::span<float>) -> Result<void> { return {}; };
  return model;
}

Result<encode::ImageModel> pipeline_model(const std::vector<Read>& files, const fs::path& folder,
                                          encode::Encoder* encoder, const CommonFlags& common) {
  if (encoder == nullptr) return no_model(common.threads > 0 ? common.threads : available_cpus());
  GLIMPSE_ASSIGN_OR_RETURN(const std::string found, encoder->settle_precision(waiting(files, folder)));
  if (!found.empty() && !common.quiet) fmt::print(stderr, "{}\n", found);
  return encoder->image_model();
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

Result<void> run(std::vector<Read>& files, const fs::path& folder, const encode::ImageModel& model, bool quiet) {
  encode::PipelineOptions options;
  options.decoded_bytes = 512ull << 20;
  options.look = [&](std::uint64_t tag, const image::Image& picture) {
    files[tag].facts.look = analyze::look_at(picture);
  };
  std::size_t at = 0;
  std::int64_t done = 0, failed = 0;
  ProgressLine line("reading", static_cast<std::int64_t>(files.size()), quiet);
  const auto next = [&]() -> std::optional<encode::ImageJob> {
    if (at == files.size()) return std::nullopt;
    const std::size_t tag = at++;
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

}  // namespace

Result<void> read_pictures(const fs::path& folder, encode::Encoder* encoder, const CommonFlags& common,
                           analyze::Material& material) {
  GLIMPSE_ASSIGN_OR_RETURN(auto files, scan_folder(folder, material));
  if (files.empty()) return {};
  GLIMPSE_ASSIGN_OR_RETURN(const auto model, pipeline_model(files, folder, encoder, common));
  GLIMPSE_RETURN_IF_ERROR(run(files, folder, model, common.quiet));
  if (encoder != nullptr) material.vectors.dimension = static_cast<std::size_t>(model.dimension);
  for (Read& file : files) {
    if (!file.failure.empty()) {
      material.unreadable.push_back({file.facts.name, file.failure});
      continue;
    }
    material.pictures.push_back(std::move(file.facts));
    if (encoder == nullptr) continue;
    material.vectors.values.insert(material.vectors.values.end(), file.vector.begin(), file.vector.end());
    file.vector = {};
  }
  return {};
}

}  // namespace glimpse::app
