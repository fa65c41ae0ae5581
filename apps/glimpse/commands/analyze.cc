#include <fmt/core.h>

#include "analysis/gather.h"
#include "analysis/json.h"
#include "analysis/summary.h"
#include "analyze/analysis.h"
#include "analyze/report_page.h"
#include "base/cpu.h"
#include "base/file.h"
#include "base/utf8.h"
#include "commands.h"
#include "interrupt.h"
#include "json_text.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

Result<void> write_report(const analyze::Analysis& analysis, const Gathered& gathered, const AnalyzeFlags& flags,
                          int threads) {
  const std::string model = gathered.model.empty() ? "" : fmt::format("{} ({})", gathered.model, gathered.precision);
  const analyze::ReportText text{.model = model,
                                 .left_out = gathered.left_out,
                                 .made_by = fmt::format("Made by 'glimpse analyze {} --report {}', glimpse {}.",
                                                        display(flags.folder), display(flags.report), GLIMPSE_VERSION)};
  return report::write(analyze::document_of(analysis, text, threads), flags.report)
      .with_context(fmt::format("the report {}", display(flags.report)));
}

}  // namespace

Result<ExitCode> run_analyze(const CommonFlags& common, const AnalyzeFlags& flags) {
  cancel_on_interrupt(interruption());
  GLIMPSE_ASSIGN_OR_RETURN(Gathered gathered, gather(common, flags));
  const int threads = common.threads > 0 ? common.threads : available_cpus();
  const auto analysis = analyze::analyze(
      std::move(gathered.material),
      {.clusters = static_cast<std::size_t>(flags.clusters), .seed = flags.seed, .threads = threads, .cancelled = [] {
         return interruption().cancelled();
       }});
  if (interruption().cancelled()) return Error::cancelled("interrupted; nothing was written");
  if (gathered.from_library > 0 && !common.quiet) {
    fmt::print(stderr, "The library had the vectors of {} of {} pictures\n",
               human_count(static_cast<std::int64_t>(gathered.from_library)),
               human_count(static_cast<std::int64_t>(analysis.material.pictures.size())));
  }
  for (const auto& remark : gathered.remarks) fmt::print(stderr, "{}\n", valid_utf8(remark));
  if (!flags.report.empty()) GLIMPSE_RETURN_IF_ERROR(write_report(analysis, gathered, flags, threads));
  if (common.json) {
    print_json(analysis_json(analysis, gathered));
  } else {
    fmt::print("{}", valid_utf8(analysis_text(analysis, gathered)));
  }
  for (const auto& sentence : gathered.left_out) fmt::print(stderr, "{}\n", valid_utf8(sentence));
  if (!flags.report.empty() && !common.quiet) fmt::print(stderr, "The report is in {}\n", display(flags.report));
  return analysis.material.pictures.empty() ? ExitCode::kNothingFound : ExitCode::kDone;
}

}  // namespace glimpse::app
