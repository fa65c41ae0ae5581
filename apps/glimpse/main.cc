#include <fmt/core.h>

#include <variant>

#include "base/utf8.h"
#include "commands.h"
#include "exit_code.h"
#include "flags.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

struct Run {
  const CommonFlags& common;
  Result<ExitCode> operator()(std::monostate) const { return ExitCode::kUsage; }
  Result<ExitCode> operator()(const IndexFlags& flags) const { return run_index(common, flags); }
  Result<ExitCode> operator()(const WatchFlags& flags) const { return run_watch(common, flags); }
  Result<ExitCode> operator()(const RootsFlags& flags) const { return run_roots(common, flags); }
  Result<ExitCode> operator()(const SearchFlags& flags) const { return run_search(common, flags); }
  Result<ExitCode> operator()(const ServeFlags& flags) const { return run_serve(common, flags); }
  Result<ExitCode> operator()(const HealthFlags& flags) const { return run_health(common, flags); }
  Result<ExitCode> operator()(const ReconcileFlags& flags) const { return run_reconcile(common, flags); }
  Result<ExitCode> operator()(const StatusFlags& flags) const { return run_status(common, flags); }
  Result<ExitCode> operator()(const EmbedFlags& flags) const { return run_embed(common, flags); }
  Result<ExitCode> operator()(const CaptionFlags& flags) const { return run_caption(common, flags); }
  Result<ExitCode> operator()(const BenchFlags& flags) const { return run_bench(common, flags); }
  Result<ExitCode> operator()(const EvalFlags& flags) const { return run_eval(common, flags); }
  Result<ExitCode> operator()(const JudgeFlags& flags) const { return run_judge(common, flags); }
  Result<ExitCode> operator()(const AnalyzeFlags& flags) const { return run_analyze(common, flags); }
  Result<ExitCode> operator()(const BackupFlags& flags) const { return run_backup(common, flags); }
  Result<ExitCode> operator()(const RestoreFlags& flags) const { return run_restore(common, flags); }
  Result<ExitCode> operator()(const DoctorFlags& flags) const { return run_doctor(common, flags); }
  Result<ExitCode> operator()(const TrainFlags& flags) const { return run_train(common, flags); }
  Result<ExitCode> operator()(const PromoteFlags& flags) const { return run_promote(common, flags); }
  Result<ExitCode> operator()(const RunsFlags& flags) const { return run_runs(common, flags); }
  Result<ExitCode> operator()(const ModelListFlags&) const { return run_model_list(common); }
  Result<ExitCode> operator()(const ModelAddFlags& flags) const { return run_model_add(common, flags); }
  Result<ExitCode> operator()(const ModelRemoveFlags& flags) const { return run_model_remove(common, flags); }
  Result<ExitCode> operator()(const ModelInfoFlags& flags) const { return run_model_info(common, flags); }
  Result<ExitCode> operator()(const ModelVerifyFlags& flags) const { return run_model_verify(common, flags); }
  Result<ExitCode> operator()(const ModelUseFlags& flags) const { return run_model_use(common, flags); }
  Result<ExitCode> operator()(const ModelCalibrateFlags& flags) const { return run_model_calibrate(common, flags); }
  Result<ExitCode> operator()(const ModelRollbackFlags& flags) const { return run_model_rollback(common, flags); }
  Result<ExitCode> operator()(const ModelGenerationsFlags&) const { return run_model_generations(common); }
  Result<ExitCode> operator()(const ModelDropFlags& flags) const { return run_model_drop(common, flags); }
  Result<ExitCode> operator()(const ModelStatusFlags&) const { return run_model_status(common); }
  Result<ExitCode> operator()(const ModelStopFlags&) const { return run_model_stop(common); }
};

int run(int argc, char** argv) {
  const ParsedFlags parsed = parse_flags(argc, argv);
  if (!parsed.run) return static_cast<int>(parsed.exit);
  const Result<ExitCode> result = std::visit(Run{parsed.flags.common}, parsed.flags.command);
  if (result) return static_cast<int>(*result);
  const char* red = stderr_has_colour() ? "\033[31m" : "";
  const char* plain = stderr_has_colour() ? "\033[0m" : "";
  // A damaged file may have put any bytes into it.
  fmt::print(stderr, "{}glimpse: {}{}\n", red, valid_utf8(result.error().message()), plain);
  return static_cast<int>(exit_code_of(result.error().code()));
}

}  // namespace
}  // namespace glimpse::app

int main(int argc, char** argv) { return glimpse::app::run(argc, argv); }
