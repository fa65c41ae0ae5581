#include <fmt/core.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/file.h"
#include "caption_file.h"
#include "caption_import.h"
#include "caption_place.h"
#include "caption_store.h"
#include "commands.h"
#include "encode/caption_writer.h"
#include "image/decode.h"
#include "indexing.h"
#include "interrupt.h"
#include "json_text.h"
#include "library/scanner.h"
#include "model_store.h"
#include "paths.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;

std::optional<encode::Choice> choice_of(const CaptionFlags& flags) {
  if (flags.choice.empty()) return std::nullopt;
  if (flags.choice == "beam") return encode::Choice::kBeam;
  return flags.choice == "greedy" ? encode::Choice::kGreedy : encode::Choice::kTopK;
}

encode::CaptionRequest request_of(const CaptionFlags& flags) {
  return {.choice = choice_of(flags),
          .beams = flags.beams,
          .beam_groups = flags.beam_groups,
          .top_k = flags.top_k,
          .min_length = flags.min_length,
          .max_length = flags.max_length,
          .temperature = flags.temperature,
          .repetition_penalty = flags.repetition_penalty,
          .seed = flags.seed,
          .prompt = flags.prompt};
}

/// What a caption depends on besides picture and model: captions of other settings are others.
std::string settings_text(const encode::GenerateOptions& options, const std::string& prompt) {
  std::string text;
  switch (options.choice) {
    case encode::Choice::kBeam:
      text = fmt::format("beam {}/{}", options.beams, options.beam_groups);
      break;
    case encode::Choice::kGreedy:
      text = "greedy";
      break;
    case encode::Choice::kTopK:
      text = fmt::format("top-k {} temperature {} seed {}", options.top_k, options.temperature, options.seed);
      break;
  }
  text += fmt::format(" length {}-{}", options.min_length, options.max_length);
  if (options.repetition_penalty != 1) text += fmt::format(" repetition {}", options.repetition_penalty);
  if (!prompt.empty()) text += fmt::format(" prompt \"{}\"", prompt);
  return text;
}

Result<StoredModel> named_model(const CommonFlags& common) {
  if (!common.model.empty()) return find_model(common.model);
  return Error::invalid_argument(
      "no model is named: --model, of one that writes captions, such as "
      "blip-image-captioning-base or coca_ViT-B-32::mscoco_finetuned_laion2b_s13b_b90k");
}

Result<std::unique_ptr<encode::CaptionWriter>> open_writer(const CommonFlags& common, const CaptionFlags& flags,
                                                           const StoredModel& stored) {
  encode::EncoderOptions options{.threads = common.threads,
                                 .params_path = common.params,
                                 .clip_merges = clip_merges(),
                                 .cache_dir = cache_directory()};
  if (common.precision != "auto") {
    GLIMPSE_ASSIGN_OR_RETURN(options.precision, runtime::parse_precision(common.precision));
  }
  return encode::CaptionWriter::open(stored.directory, options, request_of(flags));
}

Result<void> consider_pictures(const fs::path& folder, CaptionStore& store, const CancelToken& cancel) {
  std::vector<library::FoundFile> files;
  const library::ScanOptions options{
      .wanted = [](const fs::path& name) { return image::has_picture_extension(name.native()); }, .cancel = &cancel};
  GLIMPSE_RETURN_IF_ERROR(
      library::scan(folder, options, [&](library::FoundFile found) { files.push_back(std::move(found)); }));
  for (std::size_t i = 0; i < files.size() && !cancel.cancelled(); ++i) {
    GLIMPSE_RETURN_IF_ERROR(store.consider(files[i]));
  }
  GLIMPSE_RETURN_IF_ERROR(store.finish());
  if (cancel.cancelled()) return Error::cancelled("stopped; the same command goes on where it stopped");
  return {};
}

struct Written {
  std::size_t captioned = 0, failed = 0;
  double seconds = 0;
};

Result<Written> write_captions(const encode::CaptionWriter& writer, const fs::path& folder, CaptionStore& store,
                               const CancelToken& cancel, bool quiet) {
  std::vector<fs::path> paths;
  for (const fs::path& name : store.waiting()) paths.push_back(folder / name);
  Written written;
  const auto started = std::chrono::steady_clock::now();
  ProgressLine line("captioning", std::ssize(paths), quiet);
  const auto done = [&](std::size_t index, Result<std::string> caption) -> Result<void> {
    if (caption) {
      GLIMPSE_RETURN_IF_ERROR(store.put(index, *caption));
      ++written.captioned;
    } else {
      line.finish();
      fmt::print(stderr, "glimpse: {}: {}\n", display(paths[index]), caption.error().message());
      ++written.failed;
    }
    line.update(static_cast<std::int64_t>(written.captioned), static_cast<std::int64_t>(written.failed));
    return {};
  };
  const auto outcome = writer.caption_files(paths, cancel, done);
  const auto finished = store.finish();  // also what was done before an interruption
  line.finish();
  GLIMPSE_RETURN_IF_ERROR(outcome);
  GLIMPSE_RETURN_IF_ERROR(finished);
  written.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return written;
}

void print_report(const Written& written, const CaptionStore& store, const fs::path& out, const CommonFlags& common,
                  bool has_library) {
  if (common.json) {
    print_json({{"file", out.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(out.native())},
                {"captioned", written.captioned},
                {"already", store.already()},
                {"failed", written.failed},
                {"stored", store.stored()},
                {"not_indexed", store.not_indexed()},
                {"seconds", written.seconds}});
    return;
  }
  fmt::print(stderr, "{} captions written to {} in {}, {} were there, {} files could not be read\n", written.captioned,
             out.empty() ? "the library" : display(out), human_duration(written.seconds), store.already(),
             written.failed);
  if (has_library) fmt::print(stderr, "{} captions stored in the library\n", store.stored());
  if (store.not_indexed() > 0) {
    fmt::print(stderr, "{} pictures are not in the library as they are now: 'glimpse index', then this again\n",
               store.not_indexed());
  }
}

Result<ExitCode> run_import(const CommonFlags& common, const CaptionFlags& flags) {
  constexpr std::size_t kMaxRemarks = 50;
  GLIMPSE_ASSIGN_OR_RETURN(const auto place, CaptionPlace::require(common.library, flags.folder));
  GLIMPSE_ASSIGN_OR_RETURN(const auto report, import_captions(flags.from, *place));
  for (std::size_t i = 0; i < std::min(report.remarks.size(), kMaxRemarks); ++i) {
    fmt::print(stderr, "glimpse: {}\n", report.remarks[i]);
  }
  if (report.remarks.size() > kMaxRemarks) {
    fmt::print(stderr, "glimpse: and {} more\n", report.remarks.size() - kMaxRemarks);
  }
  if (common.json) {
    print_json({{"file", flags.from.native()},
                {"stored", report.stored},
                {"already", report.already},
                {"unknown", report.unknown},
                {"broken", report.broken}});
  } else {
    fmt::print(stderr, "{} captions stored in the library, {} were there, {} of unknown files, {} broken records\n",
               report.stored, report.already, report.unknown, report.broken);
  }
  return report.stored + report.already == 0 ? ExitCode::kNothingFound : ExitCode::kDone;
}

}  // namespace

Result<ExitCode> run_caption(const CommonFlags& common, const CaptionFlags& flags) {
  if (!flags.from.empty()) return run_import(common, flags);
  static CancelToken cancel;  // outlives the signal handler's use of it
  cancel_on_interrupt(cancel);
  GLIMPSE_ASSIGN_OR_RETURN(const auto model, named_model(common));
  std::unique_ptr<CaptionPlace> place;
  if (flags.no_csv) {
    GLIMPSE_ASSIGN_OR_RETURN(place, CaptionPlace::require(common.library, flags.folder));
  } else if (!flags.no_library) {
    GLIMPSE_ASSIGN_OR_RETURN(place, CaptionPlace::open(common.library, flags.folder));
  }
  GLIMPSE_ASSIGN_OR_RETURN(const auto memory, memory_limit(common));
  GLIMPSE_ASSIGN_OR_RETURN(const auto writer, open_writer(common, flags, model));
  GLIMPSE_RETURN_IF_ERROR(writer->fit_into_memory(memory));
  const fs::path out = flags.no_csv ? fs::path() : flags.out.empty() ? flags.folder / "data.csv" : flags.out;
  std::unique_ptr<CaptionFile> file;
  if (!out.empty()) {
    GLIMPSE_ASSIGN_OR_RETURN(file, CaptionFile::open(out));
  }
  CaptionStore store(std::move(file), place.get(),
                     {.source = library::CaptionSource::kModel,
                      .model = model.name,
                      .fingerprint = writer->fingerprint(),
                      .settings = settings_text(writer->options(), flags.prompt)});
  GLIMPSE_RETURN_IF_ERROR(consider_pictures(flags.folder, store, cancel));
  GLIMPSE_ASSIGN_OR_RETURN(const auto written, write_captions(*writer, flags.folder, store, cancel, common.quiet));
  print_report(written, store, out, common, place != nullptr);
  return written.captioned + store.already() == 0 ? ExitCode::kNothingFound : ExitCode::kDone;
}

}  // namespace glimpse::app
