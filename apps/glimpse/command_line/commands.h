#pragma once

#include <CLI/CLI.hpp>

#include "flags.h"

namespace glimpse::app {

/// What a library is filled, kept and looked after with.
void add_library_commands(CLI::App& app, Flags& flags);
/// What is asked of it.
void add_search_commands(CLI::App& app, Flags& flags);
/// Models, and what is made and measured with them.
void add_model_commands(CLI::App& app, Flags& flags);

/// What models learn with. The program glimpse-train has this command alone.
void add_train_command(CLI::App& app, Flags& flags);

/// From captioned pictures to a model that the library answers with, and what was done so.
void add_promote_commands(CLI::App& app, Flags& flags);

}  // namespace glimpse::app
