#pragma once

#include "base/result.h"
#include "exit_code.h"
#include "flags.h"

namespace glimpse::app {

/// One function a command, each in commands/<name>.cc. Data goes to standard output, everything else to standard error.
Result<ExitCode> run_index(const CommonFlags& common, const IndexFlags& flags);
Result<ExitCode> run_watch(const CommonFlags& common, const WatchFlags& flags);
Result<ExitCode> run_roots(const CommonFlags& common, const RootsFlags& flags);
Result<ExitCode> run_search(const CommonFlags& common, const SearchFlags& flags);
Result<ExitCode> run_serve(const CommonFlags& common, const ServeFlags& flags);
Result<ExitCode> run_health(const CommonFlags& common, const HealthFlags& flags);
Result<ExitCode> run_reconcile(const CommonFlags& common, const ReconcileFlags& flags);
Result<ExitCode> run_status(const CommonFlags& common, const StatusFlags& flags);
Result<ExitCode> run_embed(const CommonFlags& common, const EmbedFlags& flags);
Result<ExitCode> run_caption(const CommonFlags& common, const CaptionFlags& flags);
Result<ExitCode> run_bench(const CommonFlags& common, const BenchFlags& flags);
Result<ExitCode> run_eval(const CommonFlags& common, const EvalFlags& flags);
Result<ExitCode> run_judge(const CommonFlags& common, const JudgeFlags& flags);
Result<ExitCode> run_analyze(const CommonFlags& common, const AnalyzeFlags& flags);
Result<ExitCode> run_backup(const CommonFlags& common, const BackupFlags& flags);
Result<ExitCode> run_restore(const CommonFlags& common, const RestoreFlags& flags);
Result<ExitCode> run_doctor(const CommonFlags& common, const DoctorFlags& flags);
Result<ExitCode> run_train(const CommonFlags& common, const TrainFlags& flags);
Result<ExitCode> run_promote(const CommonFlags& common, const PromoteFlags& flags);
Result<ExitCode> run_runs(const CommonFlags& common, const RunsFlags& flags);
Result<ExitCode> run_model_list(const CommonFlags& common);
Result<ExitCode> run_model_add(const CommonFlags& common, const ModelAddFlags& flags);
Result<ExitCode> run_model_remove(const CommonFlags& common, const ModelRemoveFlags& flags);
Result<ExitCode> run_model_info(const CommonFlags& common, const ModelInfoFlags& flags);
Result<ExitCode> run_model_verify(const CommonFlags& common, const ModelVerifyFlags& flags);
Result<ExitCode> run_model_use(const CommonFlags& common, const ModelUseFlags& flags);
Result<ExitCode> run_model_calibrate(const CommonFlags& common, const ModelCalibrateFlags& flags);
Result<ExitCode> run_model_rollback(const CommonFlags& common, const ModelRollbackFlags& flags);
Result<ExitCode> run_model_generations(const CommonFlags& common);
Result<ExitCode> run_model_drop(const CommonFlags& common, const ModelDropFlags& flags);
Result<ExitCode> run_model_status(const CommonFlags& common);
Result<ExitCode> run_model_stop(const CommonFlags& common);

}  // namespace glimpse::app
