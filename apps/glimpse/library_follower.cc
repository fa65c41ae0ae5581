#include "library_follower.h"

#include <chrono>
#include <utility>

#include "image/decode.h"
#include "indexing.h"
#include "library/raw_names.h"
#include "makes_way.h"
#include "stopwatch.h"

namespace glimpse::app {
namespace {

using library::Library, library::Presence;

constexpr std::chrono::milliseconds kPatience{500};

}  // namespace

LibraryFollower::LibraryFollower(CommonFlags common, const FollowFlags& flags, FollowerHooks hooks, Presence presence,
                                 std::unique_ptr<library::Watcher> watcher)
    : common_(std::move(common)),
      flags_(flags),
      hooks_(std::move(hooks)),
      presence_(std::move(presence)),
      watcher_(std::move(watcher)) {}

Result<std::unique_ptr<LibraryFollower>> LibraryFollower::start(const CommonFlags& common, const FollowFlags& flags,
                                                                FollowerHooks hooks) {
  GLIMPSE_ASSIGN_OR_RETURN(auto presence, Presence::announce(common.library, Presence::Kind::kFollowing));
  GLIMPSE_ASSIGN_OR_RETURN(auto watcher, library::Watcher::open([](const std::filesystem::path& name) {
                             return image::has_picture_extension(name.native()) ||
                                    library::has_raw_extension(name.native());
                           }));
  return std::unique_ptr<LibraryFollower>(
      new LibraryFollower(common, flags, std::move(hooks), std::move(presence), std::move(watcher)));
}

Result<void> LibraryFollower::run() {
  library::FollowOptions options;
  options.settle = std::chrono::milliseconds(flags_.settle_ms);
  options.settle_at_most = std::max(options.settle_at_most, 2 * options.settle);
  options.rescan = std::chrono::seconds(flags_.rescan);
  const library::FollowHooks hooks{.roots = [this] { return roots(); },
                                   .apply = [this](const library::PartsOfRoots& parts) { return apply(parts); },
                                   .trouble = hooks_.trouble,
                                   .settled = [] {}};
  return library::follow(*watcher_, options, hooks, cancel_);
}

void LibraryFollower::stop() {
  cancel_.cancel();
  watcher_->wake();
}

Result<std::vector<library::FollowedRoot>> LibraryFollower::roots() {
  hooks_.at_rest();
  if (!reader_) {
    auto opened = Library::open(common_.library, {.access = library::Access::kReadOnly});
    if (!opened && opened.error().code() == ErrorCode::kNotFound) return std::vector<library::FollowedRoot>();
    GLIMPSE_RETURN_IF_ERROR(opened);
    reader_ = *std::move(opened);
  }
  GLIMPSE_ASSIGN_OR_RETURN(auto roots, reader_->roots());
  std::vector<library::FollowedRoot> followed;
  for (auto& root : roots) {
    GLIMPSE_ASSIGN_OR_RETURN(auto rules, reader_->rules_of(root.id));
    followed.push_back({std::move(root), std::move(rules)});
  }
  return followed;
}

Result<void> LibraryFollower::apply(const library::PartsOfRoots& parts) {
  const Stopwatch whole;
  GLIMPSE_ASSIGN_OR_RETURN(const auto library, Library::open(common_.library, {.wait = kPatience}));
  GLIMPSE_ASSIGN_OR_RETURN(const FollowModel model, hooks_.model(*library));
  library::IndexOptions options;
  GLIMPSE_ASSIGN_OR_RETURN(options.memory, memory_limit(common_));
  options.on_directory = [&](const library::Root& root, const library::ScannedDirectory& directory) {
    watcher_->watch(root, directory);
  };
  std::vector<library::RootId> roots;
  for (const auto& [root, list] : parts) {
    roots.push_back(root);
    if (!list.empty()) options.parts[root] = list;
  }
  const auto load = [&](const encode::WaitingPictures& waiting) -> Result<encode::ImageModel> {
    GLIMPSE_RETURN_IF_ERROR(model.encoder->settle_precision(waiting));
    return model.encoder->image_model();
  };
  CancelToken work;
  const MakesWay makes_way(common_.library, cancel_, work);
  GLIMPSE_ASSIGN_OR_RETURN(auto report,
                           library::index_roots(*library, model.generation, load, roots, options, {}, work));
  GLIMPSE_ASSIGN_OR_RETURN(auto status, library->status());
  hooks_.applied({std::move(report), std::move(status), whole.seconds()});
  return {};
}

}  // namespace glimpse::app
