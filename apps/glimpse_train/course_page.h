#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "run_inputs.h"
#include "train/loop.h"
#include "train/page.h"

namespace glimpse::app {

/// Errors: not_found when the folder that the page is to be written into is not there; invalid_argument when the page's
/// name is a folder's. An empty name is fine.
Result<void> check_page_place(const std::filesystem::path& page);

/// The run's page while it trains: RUN/report.html, and a copy where --report says. Written at each measuring, every
/// ten seconds between, and at the end; each time whole. What cannot be written is said once, and training goes on.
/// Used from one thread.
class CoursePage {
 public:
  /// `inputs` must outlive it. arguments: the command line, for the foot of the page.
  CoursePage(const RunInputs& inputs, const std::vector<std::string>& arguments);

  /// Runs what the page is of: it is there before the first step, and says why the run stopped where it did.
  Result<train::Report> watch(const std::function<Result<train::Report>()>& run);
  void update(const train::LoopNews& news);
  /// After the last step.
  void learnt(train::Stage stage, const train::Curve& curve, const train::Report& report);

 private:
  using Clock = std::chrono::steady_clock;
  void write(train::Stage stage, const train::Curve& curve, const train::Report* report, const std::string& why);
  /// What the run's file says so far.
  std::optional<train::Curve> written_curve() const;

  const RunInputs& inputs_;
  std::string made_by_;
  Clock::time_point started_ = Clock::now(), first_update_, last_update_, last_written_;
  std::int64_t first_step_ = -1, planned_ = 0;
  std::size_t pairs_ = 0;
  bool said_ = false;
};

}  // namespace glimpse::app
