// glimpse-train ARGUMENTS is what `glimpse train ARGUMENTS` becomes.
#include <fmt/core.h>

#include <string>
#include <variant>
#include <vector>

#include "base/utf8.h"
#include "exit_code.h"
#include "flags.h"
#include "terminal.h"
#include "train_command.h"

namespace glimpse::app {
namespace {

int run(int argc, char** argv) {
  std::string command = "train";
  std::vector<char*> arguments = {argv[0], command.data()};
  arguments.insert(arguments.end(), argv + 1, argv + argc);
  const int count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  const ParsedFlags parsed = parse_flags(count, arguments.data());
  const auto* flags = std::get_if<TrainFlags>(&parsed.flags.command);
  if (!parsed.run || flags == nullptr) return static_cast<int>(parsed.exit);
  const Result<ExitCode> result = train_model(parsed.flags.common, *flags);
  if (result) return static_cast<int>(*result);
  const bool colour = stderr_has_colour();
  fmt::print(stderr, "{}glimpse: {}{}\n", colour ? "\033[31m" : "", valid_utf8(result.error().message()),
             colour ? "\033[0m" : "");
  return static_cast<int>(exit_code_of(result.error().code()));
}

}  // namespace
}  // namespace glimpse::app

int main(int argc, char** argv) { return glimpse::app::run(argc, argv); }
