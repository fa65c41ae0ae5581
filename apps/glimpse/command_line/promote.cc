#include <memory>
#include <string>
#include <vector>

#include "command_line/commands.h"
#include "command_line/groups.h"
#include "command_line/training.h"

namespace glimpse::app {
namespace {

/// The settings of training among `options` that were said, as arguments for `glimpse train`; but for those that
/// promote hands on itself.
std::vector<std::string> said(const std::vector<CLI::Option*>& options) {
  std::vector<std::string> arguments;
  for (const CLI::Option* option : options) {
    const std::string& name = option->get_lnames().front();
    if (option->count() == 0 || name == "guard" || name == "guard-tolerance") continue;
    arguments.push_back("--" + name);
    arguments.push_back(option->results().back());
  }
  return arguments;
}

/// The options that `add` gives a command.
template <typename Add>
std::vector<CLI::Option*> options_of(CLI::App& app, const Add& add) {
  const auto before = app.get_options().size();
  add();
  const auto all = app.get_options();
  return {all.begin() + static_cast<std::ptrdiff_t>(before), all.end()};
}

}  // namespace

void add_promote_commands(CLI::App& app, Flags& flags) {
  auto* sub = command(app, flags, "promote", "Train, compare, and switch the library to the new model if it is better");
  auto own_flags = std::make_shared<PromoteFlags>();
  auto learning = std::make_shared<TrainFlags>();
  const auto training = options_of(*sub, [&] {
    add_learning(*sub, *learning);
    add_held_out(*sub, *learning);
  });
  sub->add_option("DATA", own_flags->source, "Captioned pictures, as 'glimpse train' takes them");
  sub->add_option("--pictures", own_flags->pictures, "Where the pictures lie; default: beside the table");
  option(*sub, "--name", own_flags->name, "Name of the new model; default: the old one's with the run's id");
  flag(*sub, "--resume", own_flags->resume, "Go on with the newest run that is not done, or with --run");
  option(*sub, "--run", own_flags->run, "With --resume: the run's id");
  flag(*sub, "--keep-model", own_flags->keep_model, "Train and decide, but do not switch");
  option(*sub, "--threads", flags.common.threads, "Processors to use; 0: all")->check(CLI::Range(0, 1024));
  sub->callback([training, own_flags, learning, &flags] {
    own_flags->guard = learning->guard;
    own_flags->guard_tolerance = learning->guard_tolerance;
    own_flags->settings = said(training);
    flags.command = *own_flags;
  });

  auto* runs = command(app, flags, "runs", "What 'glimpse promote' did in this library: list, show, put side by side");
  auto which = own<RunsFlags>(runs, flags);
  runs->add_option("ID", which->runs, "One to show, several to compare; none: list all");
}

}  // namespace glimpse::app
