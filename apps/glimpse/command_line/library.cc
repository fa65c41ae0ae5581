#include "command_line/commands.h"
#include "command_line/groups.h"

namespace glimpse::app {
namespace {

void add_index(CLI::App& app, Flags& flags) {
  auto* sub = command(app, flags, "index", "Embed the pictures of folders: new and changed ones; forget those gone");
  auto own_flags = own<IndexFlags>(sub, flags);
  add_model_flags(*sub, flags.common);
  add_memory_flag(*sub, flags.common);
  add_store_writing_flags(*sub, flags.common);
  sub->add_option("FOLDER", own_flags->folders, "Folders of pictures; none: those of the library again")
      ->envname("DATASET_PATH");
  flag(*sub, "--exact", own_flags->exact, "Decode every pixel of large JPEGs, as the reference implementations do");
  flag(*sub, "--force", own_flags->force, "Forget vanished pictures even when most of a folder is gone");
  option(*sub, "-b,--batch-size", own_flags->batch_size,
         "Pictures embedded at once on each processor; 0: what was measured here, else 8")
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
  option(*sub, "--include", own_flags->include,
         "Take only files that match this pattern or another one given (repeatable); kept for the folder")
      ->take_all()
      ->allow_extra_args(false);
  option(*sub, "--exclude", own_flags->exclude,
         "Pass over what matches this pattern, as in .gitignore (repeatable); kept for the folder")
      ->take_all()
      ->allow_extra_args(false);
  flag(*sub, "--hidden", own_flags->hidden, "Take names that begin with a dot too; kept for the folder");
  add_json_lines(*sub, own_flags->json_lines);
}

void add_watch(CLI::App& app, Flags& flags) {
  auto* sub = command(app, flags, "watch", "Index folders, then follow what changes in them until Ctrl-C");
  auto own_flags = own<WatchFlags>(sub, flags);
  add_model_flags(*sub, flags.common);
  add_memory_flag(*sub, flags.common);
  add_store_writing_flags(*sub, flags.common);
  sub->add_option("FOLDER", own_flags->folders, "Folders to add; those of the library are followed in any case")
      ->envname("DATASET_PATH");
  add_follow_flags(*sub, own_flags->follow);
}

void add_roots(CLI::App& app, Flags& flags) {
  using Action = RootsFlags::Action;
  auto* sub = app.add_subcommand("roots", "The library's folders, and what of them is taken");
  sub->require_subcommand(1);
  const auto action = [&](const char* name, Action which, const char* help) {
    auto* own_command = command(*sub, flags, name, help);
    auto own_flags = own<RootsFlags>(own_command, flags);
    own_flags->action = which;
    if (which != Action::kList)
      own_command->add_option("FOLDER", own_flags->folder, "A folder of the library")->required();
    if (which == Action::kInclude || which == Action::kExclude) {
      own_command->add_option("GLOB", own_flags->globs, "Patterns as in .gitignore: '*.png', 'old/', '/2019/**'");
    }
    if (which == Action::kInclude) {
      flag(*own_command, "--hidden", own_flags->hidden, "Take names that begin with a dot");
    }
  };
  action("list", Action::kList, "Folders, their state and their rules");
  action("remove", Action::kRemove, "Forget a folder and its pictures; no file is touched");
  action("include", Action::kInclude, "Take only what matches these patterns or others given before");
  action("exclude", Action::kExclude, "Pass over what matches these patterns, and forget it");
  action("clear", Action::kClear, "Drop a folder's rules: everything is taken again");
}

void add_status(CLI::App& app, Flags& flags) {
  auto* sub = command(app, flags, "status", "What the library holds");
  auto own_flags = own<StatusFlags>(sub, flags);
  add_index_flag(*sub, flags.common);
  flag(*sub, "--failed", own_flags->failed, "List the files that could not be indexed, and why");
}

void add_care(CLI::App& app, Flags& flags) {
  auto* backup = command(app, flags, "backup", "Write a backup of the library, also while it is written to");
  auto backup_flags = own<BackupFlags>(backup, flags);
  backup->add_option("TARGET", backup_flags->target, "Directory to make, such as photos.glimpse-backup")->required();
  auto* restore = command(app, flags, "restore", "Put the library of a backup into its place");
  auto restore_flags = own<RestoreFlags>(restore, flags);
  restore->add_option("BACKUP", restore_flags->backup, "Directory that 'glimpse backup' made")->required();
  flag(*restore, "--verify", restore_flags->verify, "Check the backup in full and touch nothing");
  restore->add_flag("--force", restore_flags->force, "Take the place of a library, which is kept beside it");
  auto* doctor = command(app, flags, "doctor", "Check the library and what it needs: files, caches, models, folders");
  auto doctor_flags = own<DoctorFlags>(doctor, flags);
  option(*doctor, "--params", flags.common.params, "Fine-tuned torch state_dict laid over the model's weights");
  flag(*doctor, "--full", doctor_flags->full, "Also every row and vector, and every byte of the models");
  flag(*doctor, "--repair", doctor_flags->repair, "Do what is safe: remove damaged caches, forget damaged vectors");
}

void add_reconcile(CLI::App& app, Flags& flags) {
  auto* sub = command(app, flags, "reconcile", "Compare the library with its Qdrant collection, and repair the latter");
  auto own_flags = own<ReconcileFlags>(sub, flags);
  add_store_writing_flags(*sub, flags.common);
  auto* dry_run = flag(*sub, "--dry-run", own_flags->dry_run, "Only say what differs");
  option(*sub, "--adopt", own_flags->adopt, "Id of a library that was lost: its points become this one's")
      ->excludes(dry_run);
}

}  // namespace

void add_library_commands(CLI::App& app, Flags& flags) {
  add_index(app, flags);
  add_watch(app, flags);
  add_roots(app, flags);
  add_status(app, flags);
  add_care(app, flags);
  add_reconcile(app, flags);
}

}  // namespace glimpse::app
