#include <fmt/chrono.h>
#include <fmt/core.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "commands.h"
#include "index_summary.h"
#include "indexing.h"
#include "interrupt.h"
#include "json_text.h"
#include "library_follower.h"
#include "open_library.h"
#include "open_model.h"
#include "roots_of.h"
#include "terminal.h"
#include "watch_mirror.h"

namespace glimpse::app {
namespace {

constexpr std::chrono::seconds kModelAtRest{60};

/// The model of whatever generation is active when a burst comes.
class CurrentModel {
 public:
  explicit CurrentModel(const CommonFlags& common) : common_(common) {}

  Result<FollowModel> get(library::Library& library) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto active, library.active_generation());
    if (!model_ || !active || active->id != generation_.id) {
      GLIMPSE_ASSIGN_OR_RETURN(auto opened,
                               active ? open_library_model(common_, *active) : open_model(common_, kDefaultModel));
      model_ = std::make_shared<OpenModel>(std::move(opened));
      GLIMPSE_ASSIGN_OR_RETURN(generation_, generation_of(library, *model_));
    }
    return FollowModel{generation_, model_->encoder.get(), model_};
  }

  void rest() {
    if (model_) model_->encoder->unload_idle(kModelAtRest);
  }

 private:
  const CommonFlags& common_;
  std::shared_ptr<OpenModel> model_;
  library::Generation generation_;
};

/// Says what each burst changed, and when a folder goes or comes.
class Teller {
 public:
  explicit Teller(const CommonFlags& common) : common_(common) {}

  void operator()(const Burst& burst) {
    std::vector<std::string> states;
    for (const auto& root : burst.status.roots) states.push_back(root.offline_reason);
    const bool news = first_ || changed_anything(burst.report) || states != states_;
    states_ = std::move(states);
    first_ = false;
    if (!news) return;
    if (common_.json) {
      as_json(burst);
    } else {
      in_words(burst);
    }
  }

 private:
  static void as_json(const Burst& burst) {
    nlohmann::ordered_json line = {{"pictures", burst.status.pictures}};
    line.update(changes_as_json(burst.report));
    line["seconds"] = burst.seconds;
    line["folders"] = nlohmann::ordered_json::array();
    for (const auto& root : burst.status.roots) {
      const bool online = root.state == library::RootState::kOnline;
      line["folders"].push_back({{"path", root.path.native()}, {"state", online ? "online" : "offline"}});
    }
    print_json(line);
    std::fflush(stdout);
  }

  static void in_words(const Burst& burst) {
    fmt::print(stderr, "{:%H:%M:%S}  {} pictures{} in {}\n", fmt::localtime(std::time(nullptr)),
               human_count(burst.status.pictures), changes_in_words(burst.report), human_duration(burst.seconds));
    for (const auto& root : burst.status.roots) {
      if (root.state == library::RootState::kOnline) continue;
      fmt::print(stderr, "          {} is offline, its pictures are kept: {}\n", display(root.path),
                 root.offline_reason);
    }
  }

  const CommonFlags& common_;
  std::vector<std::string> states_;
  bool first_ = true;
};

struct Running {
  LibraryFollower* follower;
  CancelToken* cancel;
  void stop() const {
    cancel->cancel();
    follower->stop();
  }
};

Result<void> add_folders(const CommonFlags& common, const WatchFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto library, open_to_write(common, {.create = true}));
  GLIMPSE_RETURN_IF_ERROR(roots_to_index(*library, flags.folders));
  return {};
}

}  // namespace

Result<ExitCode> run_watch(const CommonFlags& common, const WatchFlags& flags) {
  GLIMPSE_RETURN_IF_ERROR(add_folders(common, flags));
  CurrentModel model(common);
  Teller tell(common);
  CancelToken cancel;
  WatchMirror mirror(common, cancel);
  GLIMPSE_ASSIGN_OR_RETURN(
      const auto follower,
      LibraryFollower::start(
          common, flags.follow,
          {.model = [&](library::Library& library) { return model.get(library); },
           .applied =
               [&](const Burst& burst) {
                 tell(burst);
                 mirror.changed();
               },
           .trouble = [](const std::string& message) { fmt::print(stderr, "glimpse: {}\n", message); },
           .at_rest =
               [&] {
                 model.rest();
                 mirror.at_rest();
               }}));
  Running running{follower.get(), &cancel};
  on_interrupt([](void* context) { static_cast<Running*>(context)->stop(); }, &running);
  GLIMPSE_RETURN_IF_ERROR(follower->run());
  return follower->work_was_left() ? ExitCode::kInterrupted : ExitCode::kDone;
}

}  // namespace glimpse::app
