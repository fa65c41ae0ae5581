#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <type_traits>

#include "flags.h"

// What commands share. This folder alone knows CLI11. Every flag has an environment twin GLIMPSE_<FLAG>.
namespace glimpse::app {

/// "-k,--top" → GLIMPSE_TOP, taken from the first long name.
std::string environment_twin(const std::string& names);

/// Refuses "nan" and "inf", which no range does.
const CLI::Validator& finite_number();

template <typename T>
CLI::Option* option(CLI::App& app, const std::string& names, T& target, const std::string& help) {
  auto* added = app.add_option(names, target, help)->envname(environment_twin(names));
  if constexpr (std::is_floating_point_v<T>) added->check(finite_number());
  return added;
}
CLI::Option* flag(CLI::App& app, const std::string& names, bool& target, const std::string& help);

/// Commands write into their own structs and, when chosen, put them into the variant.
template <typename F>
std::shared_ptr<F> own(CLI::App* app, Flags& flags) {
  auto own_flags = std::make_shared<F>();
  app->callback([own_flags, &flags] { flags.command = *own_flags; });
  return own_flags;
}

/// A command with the flags that all have.
CLI::App* command(CLI::App& app, Flags& flags, const std::string& name, const std::string& help);

void add_model_flags(CLI::App& app, CommonFlags& common);
void add_memory_flag(CLI::App& app, CommonFlags& common);
void add_index_flag(CLI::App& app, CommonFlags& common);
void add_store_reading_flags(CLI::App& app, CommonFlags& common);
void add_store_writing_flags(CLI::App& app, CommonFlags& common);
void add_follow_flags(CLI::App& app, FollowFlags& follow);
void add_json_lines(CLI::App& app, bool& target);

}  // namespace glimpse::app
