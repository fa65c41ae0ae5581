#include "course_page.h"

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <algorithm>
#include <ctime>

#include "base/file.h"
#include "base/utf8.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;
constexpr std::chrono::seconds kRewrittenEvery{10};

std::string command_of(const std::vector<std::string>& arguments) {
  std::string line = "glimpse train";
  for (const std::string& argument : arguments) line += " " + valid_utf8(argument);
  return line;
}

}  // namespace

Result<void> check_page_place(const fs::path& page) {
  if (page.empty()) return {};
  std::error_code ignored;
  if (fs::is_directory(page, ignored)) {
    return Error::invalid_argument("--report {}: that is a folder: say a file's name", display(page));
  }
  const fs::path folder = page.has_parent_path() ? page.parent_path() : fs::path(".");
  if (fs::is_directory(folder, ignored)) return {};
  return Error::not_found("--report {}: no folder {} for the page to be written into", display(page), display(folder));
}

CoursePage::CoursePage(const RunInputs& inputs, const std::vector<std::string>& arguments)
    : inputs_(inputs), made_by_(fmt::format("Made by '{}', glimpse {}.", command_of(arguments), GLIMPSE_VERSION)) {}

std::optional<train::Curve> CoursePage::written_curve() const {
  auto curve = train::Curve::read(inputs_.run / "curve.jsonl");
  if (!curve) return std::nullopt;
  return *std::move(curve);
}

Result<train::Report> CoursePage::watch(const std::function<Result<train::Report>()>& run) {
  if (const auto curve = written_curve()) write(train::Stage::kLearning, *curve, nullptr, {});
  auto report = run();
  if (report) return report;
  if (const auto curve = written_curve()) write(train::Stage::kStopped, *curve, nullptr, report.error().message());
  return report;
}

void CoursePage::update(const train::LoopNews& news) {
  const auto now = Clock::now();
  if (first_step_ < 0) {
    first_step_ = news.pairs > 0 ? news.step - 1 : news.step;
    first_update_ = now;
  }
  planned_ = news.total;
  pairs_ += news.pairs;
  last_update_ = now;
  const bool measured = news.pairs == 0;
  if (measured || now - last_written_ >= kRewrittenEvery) write(train::Stage::kLearning, news.curve, nullptr, {});
}

void CoursePage::learnt(train::Stage stage, const train::Curve& curve, const train::Report& report) {
  planned_ = report.planned_steps;
  write(stage, curve, &report, {});
}

void CoursePage::write(train::Stage stage, const train::Curve& curve, const train::Report* report,
                       const std::string& why) {
  const auto seconds = [](Clock::duration duration) { return std::chrono::duration<double>(duration).count(); };
  const auto page = train::page_of({.record = inputs_.record,
                                    .curve = curve,
                                    .run = fs::absolute(inputs_.run),
                                    .planned_steps = planned_,
                                    .stage = stage,
                                    .why_stopped = why,
                                    .first_step = std::max<std::int64_t>(first_step_, 0),
                                    .pairs = pairs_,
                                    .learning_seconds = seconds(last_update_ - first_update_),
                                    .seconds = seconds(Clock::now() - started_),
                                    .written = fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::localtime(std::time(nullptr))),
                                    .made_by = made_by_,
                                    .report = report});
  last_written_ = Clock::now();
  for (const fs::path& file : {inputs_.run / "report.html", inputs_.record.page}) {
    if (file.empty()) continue;
    const auto written = report::write(page, file);
    if (written || said_) continue;
    fmt::print(stderr, "the page of the run: {}; training goes on without\n", valid_utf8(written.error().message()));
    said_ = true;
  }
}

}  // namespace glimpse::app
