// The command line: command_line/ says which commands and flags there are. The reference system's variables
// (DATASET_PATH, MODEL_ID, MODEL_PARAMS_PATH) stand behind ours.
#include "flags.h"

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "command_line/commands.h"
#include "paths.h"

namespace glimpse::app {
namespace {

void apply_reference_variables(CommonFlags& common) {
  const auto take = [](const char* name, auto& target) {
    if (const char* value = std::getenv(name); value != nullptr && target.empty()) target = value;
  };
  take("MODEL_ID", common.model);
  take("MODEL_PARAMS_PATH", common.params);
  take("QDRANT_URL", common.store.url);
  take("COLLECTION_NAME", common.store.collection);
  take("QDRANT_API_KEY", common.store.api_key);
  take("QDRANT_API_KEY_FILE", common.store.api_key_file);
  take("DATASET_PATH", common.store.dataset);
}

// CLI11 reads the twins of all commands, given or not: those of the others would overwrite what the given one shares
// with them, as the library, even when its command line says otherwise. So a command's twins count once it is given.
void read_twins_of_the_given_command_alone(CLI::App& app) {
  for (CLI::App* sub : app.get_subcommands([](CLI::App*) { return true; })) {
    std::vector<std::pair<CLI::Option*, std::string>> twins;
    for (CLI::Option* option : sub->get_options()) {
      twins.emplace_back(option, option->get_envname());
      option->envname("");
    }
    sub->preparse_callback([twins](std::size_t) {
      for (const auto& [option, name] : twins) option->envname(name);
    });
    read_twins_of_the_given_command_alone(*sub);
  }
}

}  // namespace

ParsedFlags parse_flags(int argc, char** argv) {
  ParsedFlags parsed;
  CLI::App app{"glimpse: find pictures by describing them"};
  app.set_version_flag("-v,--version", "glimpse " GLIMPSE_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 found or done, 1 nothing found, 2 usage or failure, 3 damaged data, 4 busy, 5 pictures wait "
      "for Qdrant, 130 interrupted.");
  parsed.flags.common.library = default_library();
  add_library_commands(app, parsed.flags);
  add_search_commands(app, parsed.flags);
  add_model_commands(app, parsed.flags);
  add_train_command(app, parsed.flags);
  add_promote_commands(app, parsed.flags);
  read_twins_of_the_given_command_alone(app);
  try {
    app.parse(argc, argv);
    apply_reference_variables(parsed.flags.common);
    if (auto* train = std::get_if<TrainFlags>(&parsed.flags.command)) train->arguments = {argv + 2, argv + argc};
    parsed.run = true;
  } catch (const CLI::ParseError& error) {
    parsed.exit = app.exit(error) == 0 ? ExitCode::kDone : ExitCode::kUsage;
  }
  return parsed;
}

}  // namespace glimpse::app
