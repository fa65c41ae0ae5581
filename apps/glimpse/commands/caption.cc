#include <fmt/core.h>

#include <chrono>
#include <vector>

#include "base/file.h"
#include "caption_file.h"
#include "commands.h"
#include "encode/caption_writer.h"
#include "image/decode.h"
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

Result<std::unique_ptr<encode::CaptionWriter>> open_writer(const CommonFlags& common, const CaptionFlags& flags) {
  if (common.model.empty()) {
    return Error::invalid_argument(
        "no model is named: --model, of one that writes captions, such as "
        "blip-image-captioning-base or coca_ViT-B-32::mscoco_finetuned_laion2b_s13b_b90k");
  }
  GLIMPSE_ASSIGN_OR_RETURN(const auto stored, find_model(common.model));
  encode::EncoderOptions options{.threads = common.threads,
                                 .params_path = common.params,
                                 .clip_merges = clip_merges(),
                                 .cache_dir = cache_directory()};
  if (common.precision != "auto") {
    GLIMPSE_ASSIGN_OR_RETURN(options.precision, runtime::parse_precision(common.precision));
  }
  return encode::CaptionWriter::open(stored.directory, options, request_of(flags));
}

/// The pictures of the folder that have no caption yet, relative to it.
Result<std::vector<fs::path>> waiting(const fs::path& folder, const CaptionFile& file, std::size_t& already) {
  std::vector<fs::path> names;
  const library::ScanOptions options{
      .wanted = [](const fs::path& name) { return image::has_picture_extension(name.native()); },
      .inside = {},
      .other_roots = {}};
  GLIMPSE_RETURN_IF_ERROR(library::scan(folder, options, [&](const library::FoundFile& found) {
    if (file.has(found.name.native())) {
      ++already;
    } else {
      names.push_back(found.name);
    }
  }));
  return names;
}

}  // namespace

Result<ExitCode> run_caption(const CommonFlags& common, const CaptionFlags& flags) {
  static CancelToken cancel;  // outlives the signal handler's use of it
  cancel_on_interrupt(cancel);
  const fs::path out = flags.out.empty() ? flags.folder / "data.csv" : flags.out;
  GLIMPSE_ASSIGN_OR_RETURN(const auto writer, open_writer(common, flags));
  GLIMPSE_ASSIGN_OR_RETURN(const auto file, CaptionFile::open(out));
  std::size_t already = 0, written = 0, failed = 0;
  GLIMPSE_ASSIGN_OR_RETURN(const auto names, waiting(flags.folder, *file, already));
  std::vector<fs::path> paths;
  for (const fs::path& name : names) paths.push_back(flags.folder / name);

  const auto started = std::chrono::steady_clock::now();
  ProgressLine line("captioning", std::ssize(names), common.quiet);
  const auto done = [&](std::size_t index, Result<std::string> caption) -> Result<void> {
    if (caption) {
      GLIMPSE_RETURN_IF_ERROR(file->append(names[index].native(), *caption));
      ++written;
    } else {
      line.finish();
      fmt::print(stderr, "glimpse: {}: {}\n", display(paths[index]), caption.error().message());
      ++failed;
    }
    line.update(static_cast<std::int64_t>(written), static_cast<std::int64_t>(failed));
    return {};
  };
  const auto outcome = writer->caption_files(paths, cancel, done);
  line.finish();
  GLIMPSE_RETURN_IF_ERROR(outcome);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  if (common.json) {
    print_json({{"file", out.native()},
                {"captioned", written},
                {"already", already},
                {"failed", failed},
                {"seconds", seconds}});
  } else {
    fmt::print(stderr, "{} captions written to {} in {}, {} were there, {} files could not be read\n", written,
               display(out), human_duration(seconds), already, failed);
  }
  return written + already == 0 ? ExitCode::kNothingFound : ExitCode::kDone;
}

}  // namespace glimpse::app
