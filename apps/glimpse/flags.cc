// The whole command line in one place: the only file that knows CLI11. Every flag has an environment twin
// GLIMPSE_<FLAG>; the reference system's variables (DATASET_PATH, MODEL_ID, MODEL_PARAMS_PATH) stand behind ours.
#include "flags.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <memory>

#include "paths.h"

namespace glimpse::app {
namespace {

std::string environment_twin(const std::string& flag) {
  std::string name = "GLIMPSE_" + flag.substr(flag.find_first_not_of('-'));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return c == '-' ? '_' : std::toupper(c); });
  return name;
}

// "-k,--top" → twin GLIMPSE_TOP, taken from the first long name.
template <typename T>
CLI::Option* option(CLI::App& app, const std::string& names, T& target, const std::string& help) {
  const auto start = names.find("--");
  const auto end = names.find(',', start);
  return app.add_option(names, target, help)->envname(environment_twin(names.substr(start, end - start)));
}

CLI::Option* flag(CLI::App& app, const std::string& names, bool& target, const std::string& help) {
  const auto start = names.find("--");
  const auto end = names.find(',', start);
  return app.add_flag(names, target, help)->envname(environment_twin(names.substr(start, end - start)));
}

// Commands write into their own structs and, when chosen, put them into the variant.
template <typename F>
std::shared_ptr<F> own(CLI::App* app, Flags& flags) {
  auto own_flags = std::make_shared<F>();
  app->callback([own_flags, &flags] { flags.command = *own_flags; });
  return own_flags;
}

void add_model_flags(CLI::App& app, CommonFlags& common) {
  option(app, "-m,--model", common.model, "Model: a name from 'glimpse model list', or a directory");
  option(app, "--params", common.params, "Fine-tuned torch state_dict laid over the model's weights");
  option(app, "--precision", common.precision, "Arithmetic of the picture tower: f32, bf16, int8 or auto")
      ->check(CLI::IsMember({"auto", "f32", "bf16", "int8"}));
  option(app, "--threads", common.threads, "Processors to use; 0: all that this process may")
      ->check(CLI::Range(0, 1024));
}

void add_memory_flag(CLI::App& app, CommonFlags& common) {
  option(app, "--memory", common.memory,
         "Memory to stay within, such as 1G or 800M; default: three quarters of what this process may use");
}

void add_index_flag(CLI::App& app, CommonFlags& common) {
  option(app, "--index", common.index,
         "How vectors are searched: exact; exact-i8 (half the memory); hnsw (approximate, for millions); auto: by how "
         "many there are")
      ->check(CLI::IsMember({"auto", "exact", "exact-i8", "hnsw"}));
}

void add_common_flags(CLI::App& app, CommonFlags& common) {
  option(app, "--library", common.library, "Folder that holds the library")->capture_default_str();
  flag(app, "--json", common.json, "Print the answer as JSON");
  flag(app, "-q,--quiet", common.quiet, "No progress on standard error");
}

CLI::App* command(CLI::App& app, Flags& flags, const std::string& name, const std::string& help) {
  CLI::App* sub = app.add_subcommand(name, help);
  add_common_flags(*sub, flags.common);
  return sub;
}

void add_index(CLI::App& app, Flags& flags) {
  auto* sub = command(app, flags, "index", "Embed the pictures of folders: new and changed ones; forget those gone");
  auto own_flags = own<IndexFlags>(sub, flags);
  add_model_flags(*sub, flags.common);
  add_memory_flag(*sub, flags.common);
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
}

void add_follow_flags(CLI::App& app, FollowFlags& follow) {
  option(app, "--settle", follow.settle_ms, "Milliseconds without a change before changes are taken in")
      ->check(CLI::Range(10, 60'000))
      ->capture_default_str();
  option(app, "--rescan", follow.rescan, "Seconds between looks at all of every folder, to be sure")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
}

void add_watch(CLI::App& app, Flags& flags) {
  auto* sub = command(app, flags, "watch", "Index folders, then follow what changes in them until Ctrl-C");
  auto own_flags = own<WatchFlags>(sub, flags);
  add_model_flags(*sub, flags.common);
  add_memory_flag(*sub, flags.common);
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

void add_search(CLI::App& app, Flags& flags) {
  auto* sub = command(app, flags, "search", "Find pictures by words, or by a picture given as ./picture.jpg");
  auto own_flags = own<SearchFlags>(sub, flags);
  add_model_flags(*sub, flags.common);
  add_index_flag(*sub, flags.common);
  sub->add_option("QUERY", own_flags->words, "Words, or a path that starts with ./ or /")->required();
  option(*sub, "-k,--top,--top-k,-n,--limit,-t", own_flags->top, "How many pictures, best first")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  flag(*sub, "-0,--print0", own_flags->print0, "Print paths alone, each ended by a NUL byte, for xargs -0");
  flag(*sub, "-c,--captions", own_flags->captions, "Find the words in captions, by no model");
  flag(*sub, "-f,--filepath-only", own_flags->paths_only, "Print paths alone");
  option(*sub, "--rerank", own_flags->rerank,
         "Look again at so many of the best, words and picture together, and put them in the order of how well they "
         "match; by a model with a matching head, a BLIP")
      ->check(CLI::Range(0, 10000));
  option(*sub, "--rerank-model", own_flags->rerank_model, "Look again with this model, not with the one that searches");
}

void add_serve(CLI::App& app, Flags& flags) {
  auto* sub = command(app, flags, "serve", "Serve the search page and the API");
  auto own_flags = own<ServeFlags>(sub, flags);
  add_model_flags(*sub, flags.common);
  add_index_flag(*sub, flags.common);
  option(*sub, "--host", own_flags->host, "Address to listen on")->capture_default_str();
  option(*sub, "-p,--port", own_flags->port, "Port; 0: any free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  option(*sub, "--allowed-host", own_flags->allowed_hosts, "Host name to answer to besides localhost (repeatable)");
  option(*sub, "--cors-origin", own_flags->cors_origins,
         "Web origin whose pages may use the API; * for any (repeatable)");
  option(*sub, "--api-key", own_flags->api_key, "Key that every request must carry");
  option(*sub, "--api-key-file", own_flags->api_key_file, "File that holds the key, such as /run/secrets/api_key");
  option(*sub, "--model-ttl", own_flags->model_ttl,
         "Unload the model after so many seconds without a query; the next one loads it again; 0: never")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  flag(*sub, "--watch,!--no-watch", own_flags->watch, "Follow the library's folders, so that new pictures are found");
  add_follow_flags(*sub, own_flags->follow);
  sub->add_option("--first-folder", own_flags->first_folder, "Folder to index when the library has none yet")
      ->envname("DATASET_PATH");
  flag(*sub, "--insecure-no-auth", own_flags->insecure_no_auth, "Allow a public address without --api-key");
}

void add_health(CLI::App& app, Flags& flags) {
  auto* sub = app.add_subcommand("health", "Ask a server whether it is ready: 0 ready, 1 not, with the reason");
  auto own_flags = own<HealthFlags>(sub, flags);
  flag(*sub, "--json", flags.common.json, "Print the answer as JSON");
  option(*sub, "--url", own_flags->url, "Where the server is; default: http://127.0.0.1 and the port");
  option(*sub, "-p,--port", own_flags->port, "Its port on this machine")
      ->check(CLI::Range(1, 65535))
      ->capture_default_str();
  option(*sub, "--timeout", own_flags->timeout, "Seconds to wait for the answer")
      ->check(CLI::Range(0.1, 60.0))
      ->capture_default_str();
}

void add_status(CLI::App& app, Flags& flags) {
  auto* sub = command(app, flags, "status", "What the library holds");
  auto own_flags = own<StatusFlags>(sub, flags);
  add_index_flag(*sub, flags.common);
  flag(*sub, "--failed", own_flags->failed, "List the files that could not be indexed, and why");
}

void add_embed(CLI::App& app, Flags& flags) {
  auto* sub = command(app, flags, "embed", "Print the vectors of words and pictures");
  auto own_flags = own<EmbedFlags>(sub, flags);
  add_model_flags(*sub, flags.common);
  sub->add_option("--text", own_flags->texts, "Words (repeatable)")->take_all()->allow_extra_args(false);
  sub->add_option("--image", own_flags->images, "Picture file (repeatable)")->take_all()->allow_extra_args(false);
  sub->add_option("--npy", own_flags->npy, "Write a NumPy file [count, dimension] instead of JSON");
}

void add_caption(CLI::App& app, Flags& flags) {
  auto* sub =
      command(app, flags, "caption",
              "Write a caption for each picture of a folder into its data.csv, and into the library that has it");
  auto own_flags = own<CaptionFlags>(sub, flags);
  add_model_flags(*sub, flags.common);
  add_memory_flag(*sub, flags.common);
  sub->add_option("FOLDER", own_flags->folder, "Folder of pictures")->required();
  auto* out = option(*sub, "-o,--out", own_flags->out,
                     "Write here instead: columns file_name,caption; what is there is gone on with");
  auto* no_csv = flag(*sub, "--no-csv", own_flags->no_csv, "Write into the library alone")->excludes(out);
  auto* no_library = flag(*sub, "--no-library", own_flags->no_library, "Write the table alone")->excludes(no_csv);
  sub->add_option("--from", own_flags->from,
                  "Run no model: store the captions of this table (file_name,caption) in the library")
      ->excludes(out)
      ->excludes(no_csv)
      ->excludes(no_library);
  option(*sub, "--choice", own_flags->choice, "How words are chosen: beam (CoCa's default), greedy (BLIP's) or top-k")
      ->check(CLI::IsMember({"beam", "greedy", "top-k"}));
  option(*sub, "--beams", own_flags->beams, "Sentences side by side (beam): CoCa 6, BLIP 3");
  option(*sub, "--beam-groups", own_flags->beam_groups, "Groups that are ranked apart (beam): CoCa 3, BLIP 1");
  option(*sub, "--top-k-tokens", own_flags->top_k, "How many tokens one is drawn from (top-k)")->capture_default_str();
  option(*sub, "--temperature", own_flags->temperature, "Above 1: bolder, below: safer (top-k)")->capture_default_str();
  option(*sub, "--repetition-penalty", own_flags->repetition_penalty, "Above 1: says things once")
      ->capture_default_str();
  option(*sub, "--min-length", own_flags->min_length, "Tokens before a caption may end: CoCa 5, BLIP 0");
  option(*sub, "--max-length", own_flags->max_length, "Tokens at the most: CoCa 30, BLIP 20");
  option(*sub, "--seed", own_flags->seed, "Of the drawing (top-k)")->capture_default_str();
  option(*sub, "--prompt", own_flags->prompt, "Words that every caption begins with, such as \"a picture of\"");
}

void add_bench(CLI::App& app, Flags& flags) {
  auto* sub = command(app, flags, "bench", "Measure this machine: decoding, the model's towers, search, indexing");
  auto own_flags = own<BenchFlags>(sub, flags);
  add_model_flags(*sub, flags.common);
  sub->add_option("FOLDER", own_flags->folder, "Folder of pictures; none: made on the spot, and nothing is indexed");
  option(*sub, "--seconds", own_flags->seconds, "Seconds for each figure")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
}

void add_eval(CLI::App& app, Flags& flags) {
  auto* sub = command(app, flags, "eval", "Measure how well pictures are found: precision, recall, nDCG at K");
  auto own_flags = own<EvalFlags>(sub, flags);
  add_model_flags(*sub, flags.common);
  sub->add_option("SOURCE", own_flags->source,
                  "Captioned pictures: a folder (data.csv, texts beside pictures, or sub-folders as labels), a table "
                  "file_name,caption or filepath,title, COCO's JSON, Flickr's token file");
  sub->add_option("--pictures", own_flags->pictures, "Where the pictures lie; default: beside the table");
  sub->add_option("--qrels", own_flags->qrels, "Judged queries in TREC's form, with --run in place of SOURCE");
  sub->add_option("--run", own_flags->run, "Answers of any system in TREC's form");
  flag(*sub, "--complete", own_flags->complete, "Judged queries without an answer count as zero");
  option(*sub, "-K,--cutoffs", own_flags->cutoffs, "Measure among so many of the best")
      ->delimiter(',')
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  option(*sub, "--worst", own_flags->worst, "Show so many of the hardest queries")->check(CLI::Range(0, 10000));
  sub->add_option("--write-qrels", own_flags->write_qrels, "Write the judgments here, for trec_eval");
  sub->add_option("--write-run", own_flags->write_run, "Write the best 1,000 of each query here, for trec_eval");
}

void add_model_generations(CLI::App& model, Flags& flags) {
  own<ModelStatusFlags>(command(model, flags, "status", "How far 'glimpse model use' is"), flags);
  own<ModelStopFlags>(command(model, flags, "stop", "Stop 'glimpse model use'; what it did is kept"), flags);
  own<ModelGenerationsFlags>(command(model, flags, "generations", "The models whose vectors the library has"), flags);
  auto* rollback = command(model, flags, "rollback", "Go back to the model that answered before");
  auto rollback_flags = own<ModelRollbackFlags>(rollback, flags);
  option(*rollback, "--to", rollback_flags->to, "Or to this one: a name or id from 'glimpse model generations'");
  auto* drop = command(model, flags, "drop", "Delete the vectors of a model that does not answer");
  auto drop_flags = own<ModelDropFlags>(drop, flags);
  drop->add_option("GENERATION", drop_flags->generation, "Name or id from 'glimpse model generations'")->required();
}

void add_model(CLI::App& app, Flags& flags) {
  auto* sub = app.add_subcommand("model", "List, add and choose models");
  sub->require_subcommand(1);
  own<ModelListFlags>(command(*sub, flags, "list", "Models at hand"), flags);
  auto* add = command(*sub, flags, "add", "Add a model: from the hub by its name, or a directory as it was published");
  auto add_flags = own<ModelAddFlags>(add, flags);
  add->add_option("SOURCE", add_flags->source, "Name (openai/clip-vit-base-patch32, ViT-B-32::openai …) or directory")
      ->required();
  add->add_option("--name", add_flags->name, "Name to give it; default: its own");
  auto* remove = command(*sub, flags, "remove", "Remove an added model");
  auto remove_flags = own<ModelRemoveFlags>(remove, flags);
  remove->add_option("NAME", remove_flags->name, "Name from 'glimpse model list'")->required();
  remove->add_flag("--force", remove_flags->force, "Even when the library answers with it, or could go back to it");
  auto* info = command(*sub, flags, "info", "What a model is, and where it came from");
  auto info_flags = own<ModelInfoFlags>(info, flags);
  info->add_option("NAME", info_flags->name, "Name from 'glimpse model list', or a directory")->required();
  auto* verify = command(*sub, flags, "verify",
                         "Check a model's files, run it, and compare this build with its family's reference");
  auto verify_flags = own<ModelVerifyFlags>(verify, flags);
  verify->add_option("NAME", verify_flags->name, "Name from 'glimpse model list', or a directory")->required();
  verify->add_option("--picture", verify_flags->picture,
                     "The picture that published values of the model were made with: prints them beside ours");
  auto* use = command(*sub, flags, "use", "Embed the library with another model, then switch to it");
  auto use_flags = own<ModelUseFlags>(use, flags);
  add_model_flags(*use, flags.common);
  add_memory_flag(*use, flags.common);
  use->add_option("NAME", use_flags->name, "Name from 'glimpse model list', or a directory")->required();
  flag(*use, "--background", use_flags->background, "Go on in a process of its own: see 'glimpse model status'");
  flag(*use, "--allow-missing", use_flags->allow_missing,
       "Switch although pictures of folders that are away have no vector of the new model");
  add_model_generations(*sub, flags);
  auto* calibrate = command(*sub, flags, "calibrate", "Measure on pictures of yours what a model needs for int8");
  auto calibrate_flags = own<ModelCalibrateFlags>(calibrate, flags);
  option(*calibrate, "-m,--model", flags.common.model, "Model: a name from 'glimpse model list', or a directory");
  calibrate->add_option("FOLDER", calibrate_flags->folder, "Folder of pictures")->required();
  option(*calibrate, "--count", calibrate_flags->count, "How many of them, evenly spread")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  option(
      *calibrate, "--out", calibrate_flags->out,
      "Write the ranges here; default: into the directory of a model of ours, of another into this machine's record");
}

void apply_reference_variables(CommonFlags& common) {
  const auto take = [](const char* name, auto& target) {
    if (const char* value = std::getenv(name); value != nullptr && target.empty()) target = value;
  };
  take("MODEL_ID", common.model);
  take("MODEL_PARAMS_PATH", common.params);
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
      "Exit codes: 0 found or done, 1 nothing found, 2 usage or failure, 3 damaged data, 4 busy, 130 interrupted.");
  parsed.flags.common.library = default_library();
  add_index(app, parsed.flags);
  add_watch(app, parsed.flags);
  add_roots(app, parsed.flags);
  add_search(app, parsed.flags);
  add_serve(app, parsed.flags);
  add_health(app, parsed.flags);
  add_status(app, parsed.flags);
  add_embed(app, parsed.flags);
  add_caption(app, parsed.flags);
  add_bench(app, parsed.flags);
  add_eval(app, parsed.flags);
  add_model(app, parsed.flags);
  read_twins_of_the_given_command_alone(app);
  try {
    app.parse(argc, argv);
    apply_reference_variables(parsed.flags.common);
    parsed.run = true;
  } catch (const CLI::ParseError& error) {
    parsed.exit = app.exit(error) == 0 ? ExitCode::kDone : ExitCode::kUsage;
  }
  return parsed;
}

}  // namespace glimpse::app
