#include "train/curve.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/durable.h"

namespace glimpse::train {
namespace {

using nlohmann::ordered_json;
constexpr std::uint64_t kMaxCurveBytes = std::uint64_t{1} << 30;

ordered_json json_of(const StepPoint& point) {
  return {{"step", point.step},
          {"epoch", point.epoch},
          {"loss", point.loss},
          {"lr", point.rate},
          {"gradient_norm", point.gradient_norm},
          {"logit_scale", point.logit_scale}};
}

ordered_json json_of(const ValidationPoint& point) {
  return {{"step", point.step},
          {"epoch", point.epoch},
          {"validation",
           {{"ndcg@10", point.ndcg_10},
            {"hit_rate@1", point.hit_1},
            {"hit_rate@5", point.hit_5},
            {"hit_rate@10", point.hit_10}}}};
}

}  // namespace

Result<void> Curve::append(const std::string& line) const {
  const int file = ::open(file_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return Error::io("{}: cannot be opened: {}", display(file_), std::strerror(errno));
  const ssize_t put = ::write(file, line.data(), line.size());
  const std::string reason = put < 0 ? std::strerror(errno) : "the disk is full";
  ::close(file);
  if (put == static_cast<ssize_t>(line.size())) return {};
  return Error::io("{}: cannot be written: {}", display(file_), reason);
}

Result<void> Curve::add(const StepPoint& point) {
  steps_.push_back(point);
  return append(json_of(point).dump() + "\n");
}

Result<void> Curve::add(const ValidationPoint& point) {
  validations_.push_back(point);
  return append(json_of(point).dump() + "\n");
}

Result<void> Curve::sync() const {
  std::error_code ignored;
  return std::filesystem::exists(file_, ignored) ? sync_file(file_) : Result<void>();
}

// Whether the line is to be kept.
Result<bool> Curve::take(const std::string& line, std::int64_t step) {
  const auto json = ordered_json::parse(line, nullptr, false);
  const auto number = [](const ordered_json& of, const char* key) {
    return of.contains(key) && of[key].is_number() ? of[key].get<double>() : std::numeric_limits<double>::quiet_NaN();
  };
  if (!json.is_object() || !json.contains("step") || !json["step"].is_number_integer()) {
    return Error::corruption("{}: expected lines of JSON with a step, got '{}'", display(file_), line);
  }
  const auto at = json["step"].get<std::int64_t>();
  if (at > step) return false;
  const auto epoch = static_cast<std::uint64_t>(number(json, "epoch"));
  if (json.contains("validation")) {
    const auto& values = json["validation"];
    validations_.push_back({at, epoch, number(values, "ndcg@10"), number(values, "hit_rate@1"),
                            number(values, "hit_rate@5"), number(values, "hit_rate@10")});
  } else {
    steps_.push_back({at, epoch, number(json, "loss"), number(json, "lr"), number(json, "gradient_norm"),
                      number(json, "logit_scale")});
  }
  return true;
}

Result<std::size_t> Curve::take_up(const std::string& text, std::int64_t step) {
  std::size_t kept = 0;
  while (kept < text.size()) {
    const std::size_t end = text.find('\n', kept);
    if (end == std::string::npos) break;  // cut in the middle: the step was not done
    const auto wanted = take(text.substr(kept, end - kept), step);
    const bool all_there = step <= 0 || (!steps_.empty() && steps_.back().step >= step);
    if (!wanted && all_there) break;  // behind the checkpoint, never flushed, torn by a power cut
    GLIMPSE_RETURN_IF_ERROR(wanted);
    if (!*wanted) break;
    kept = end + 1;
  }
  return kept;
}

Result<Curve> Curve::open(std::filesystem::path file, std::int64_t step) {
  Curve curve(std::move(file));
  auto text = read_text_file(curve.file_, kMaxCurveBytes);
  if (!text && text.error().code() == ErrorCode::kNotFound) return curve;
  GLIMPSE_RETURN_IF_ERROR(text);
  GLIMPSE_ASSIGN_OR_RETURN(const std::size_t kept, curve.take_up(*text, step));
  if (kept < text->size()) {
    GLIMPSE_RETURN_IF_ERROR(write_file_atomically(curve.file_, std::string_view(*text).substr(0, kept)));
  }
  return curve;
}

Result<Curve> Curve::read(std::filesystem::path file) {
  Curve curve(std::move(file));
  const auto text = read_text_file(curve.file_, kMaxCurveBytes);
  if (!text && text.error().code() == ErrorCode::kNotFound) return curve;
  GLIMPSE_RETURN_IF_ERROR(text);
  GLIMPSE_RETURN_IF_ERROR(curve.take_up(*text, std::numeric_limits<std::int64_t>::max()));
  return curve;
}

}  // namespace glimpse::train
