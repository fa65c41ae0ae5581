// Training is a program of its own, for libtorch and OpenVINO do not go into one (docs/adr/0040): this command becomes
// it.
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/file.h"
#include "commands.h"
#include "new_heads/prepare.h"
#include "run_inputs.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;

Result<fs::path> find_trainer() {
  std::error_code error;
  const fs::path own = fs::read_symlink("/proc/self/exe", error);
  const fs::path trainer = own.parent_path() / "glimpse-train";
  if (!error && ::access(trainer.c_str(), X_OK) == 0) return trainer;
  return Error::unsupported(
      "{}: no such program, and it is what trains: 'make trainer' builds it (it brings libtorch, which searching does "
      "not need), and it belongs beside glimpse",
      display(trainer));
}

/// libtorch's OpenMP threads wait for their next piece of work by turning in circles, and there is one after every
/// operation: with another program on the processors a thread turns where the one that it waits for would work. Read
/// once, when the library is loaded, hence said here; whoever says either variable is left alone.
void let_waiting_threads_sleep() {
  constexpr const char *kPolicy = "OMP_WAIT_POLICY", *kSpins = "GOMP_SPINCOUNT";
  if (std::getenv(kSpins) == nullptr) ::setenv(kPolicy, "passive", 0);
}

}  // namespace

Result<ExitCode> run_train(const CommonFlags& common, const TrainFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const fs::path trainer, find_trainer());
  GLIMPSE_ASSIGN_OR_RETURN(const std::string scope, scope_of(flags));
  const bool new_heads = scope == "new-heads";
  if (new_heads) GLIMPSE_RETURN_IF_ERROR(prepare_new_heads(common, flags));
  std::vector<char*> arguments;
  std::string name = trainer.native();
  arguments.push_back(name.data());
  std::vector<std::string> rest = flags.arguments;
  if (new_heads && !flags.resume) rest.emplace_back("--resume");  // the run has begun
  for (std::string& argument : rest) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  let_waiting_threads_sleep();
  ::execv(trainer.c_str(), arguments.data());
  return Error::io("{}: cannot be started: {}", display(trainer), std::strerror(errno));
}

}  // namespace glimpse::app
