#pragma once

#include <CLI/CLI.hpp>

#include "train_flags.h"

namespace glimpse::app {

/// How a model learns: what of it, how long, how fast.
void add_learning(CLI::App& app, TrainFlags& flags);
/// What is held out, what is chosen by it, and what guards against forgetting.
void add_held_out(CLI::App& app, TrainFlags& flags);

}  // namespace glimpse::app
