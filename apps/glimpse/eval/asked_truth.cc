#include "eval/asked_truth.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/file.h"
#include "eval/judgments_for.h"
#include "evaluate/query_file.h"
#include "picture_files.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;

/// All pictures of a folder, or those that a table names.
Result<std::vector<fs::path>> gallery(const EvalFlags& flags, const fs::path& folder) {
  std::error_code ignored;
  if (!fs::is_directory(flags.source, ignored)) {
    GLIMPSE_ASSIGN_OR_RETURN(auto truth, evaluate::read_ground_truth(flags.source));
    return std::move(truth.pictures);
  }
  GLIMPSE_ASSIGN_OR_RETURN(auto files, picture_files(folder));
  for (fs::path& file : files) file = file.lexically_relative(folder);
  if (files.empty()) return Error::not_found("{}: no pictures are in it", display(folder));
  return files;
}

Result<evaluate::GroundTruth> queries_over(const EvalFlags& flags, const fs::path& folder) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto queries, evaluate::read_query_file(flags.queries));
  evaluate::Qrels judged;
  if (!flags.qrels.empty()) {
    GLIMPSE_ASSIGN_OR_RETURN(judged, judgments_for(queries, flags.qrels, folder));
  }
  GLIMPSE_ASSIGN_OR_RETURN(auto pictures, gallery(flags, folder));
  return evaluate::ask(queries, std::move(pictures), judged);
}

}  // namespace

Result<AskedTruth> asked_truth(const EvalFlags& flags) {
  std::error_code ignored;
  const fs::path beside = fs::is_directory(flags.source, ignored) ? flags.source : flags.source.parent_path();
  AskedTruth asked{.truth = {}, .folder = flags.pictures.empty() ? beside : flags.pictures};
  GLIMPSE_ASSIGN_OR_RETURN(asked.truth, flags.queries.empty() ? evaluate::read_ground_truth(flags.source)
                                                              : queries_over(flags, asked.folder));
  asked.truth.right_from = flags.right_from;
  return asked;
}

void print_remarks(const evaluate::GroundTruth& truth, const std::vector<std::string>& unread) {
  for (const auto& remark : truth.remarks) fmt::print(stderr, "{}\n", remark);
  constexpr std::size_t kShown = 5;
  for (std::size_t i = 0; i < std::min(kShown, unread.size()); ++i) fmt::print(stderr, "{}\n", unread[i]);
  if (unread.size() > kShown) {
    fmt::print(stderr, "… and {} more pictures that could not be read\n", unread.size() - kShown);
  }
}

}  // namespace glimpse::app
