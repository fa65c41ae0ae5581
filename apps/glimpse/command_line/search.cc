#include "command_line/commands.h"
#include "command_line/groups.h"
#include "filter/conditions.h"

namespace glimpse::app {
namespace {

/// "./here" and "../there" are folders of the shell's, made absolute; the rest is left to the library.
std::string folder_as_typed(const filter::Condition& condition, const std::string& value) {
  const bool relative = value == "." || value == ".." || value.starts_with("./") || value.starts_with("../");
  if (condition.name != "folder" || !relative) return value;
  std::error_code error;
  const auto absolute = std::filesystem::weakly_canonical(value, error);
  return error ? value : absolute.native();
}

/// A flag for each condition of filters: --min-width for min_width; a folder is --in.
void add_filter_flags(CLI::App& app, filter::Filter& filter) {
  for (const filter::Condition& condition : filter::conditions()) {
    std::string names = "--" + std::string(condition.name);
    std::ranges::replace(names, '_', '-');
    if (condition.name == "folder") names = "--in,--folder";
    const auto start = names.find("--"), end = names.find(',');
    auto* added = app.add_option_function<std::vector<std::string>>(
        names,
        [&filter, condition](const std::vector<std::string>& values) {
          for (const std::string& value : values) {
            const auto read = filter::add_condition(filter, condition.name, folder_as_typed(condition, value));
            if (!read) throw CLI::ValidationError(read.error().message());
          }
        },
        std::string(condition.help));
    added->envname(environment_twin(names.substr(start, end - start)))
        ->group("Only pictures that are")
        ->type_name(std::string(condition.placeholder))
        ->expected(1);
    if (condition.repeatable) added->take_all()->allow_extra_args(false);
  }
}

void add_search(CLI::App& app, Flags& flags) {
  auto* sub = command(app, flags, "search", "Find pictures by words, or by a picture given as ./picture.jpg");
  auto own_flags = own<SearchFlags>(sub, flags);
  add_model_flags(*sub, flags.common);
  add_store_reading_flags(*sub, flags.common);
  add_index_flag(*sub, flags.common);
  sub->add_option("QUERY", own_flags->words, "Words, or a path that starts with ./ or /")->required();
  option(*sub, "-k,--top,--top-k,-n,--limit,-t", own_flags->top, "How many pictures, best first")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  flag(*sub, "-0,--print0", own_flags->print0, "Print paths alone, each ended by a NUL byte, for xargs -0");
  flag(*sub, "-c,--captions", own_flags->captions, "Find the words in captions, by no model");
  flag(*sub, "-f,--filepath-only", own_flags->paths_only, "Print paths alone");
  option(*sub, "--sort", own_flags->sort, "best: best first; date: those that were found, newest first")
      ->check(CLI::IsMember({"best", "date"}))
      ->capture_default_str();
  add_filter_flags(*sub, own_flags->filter);
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
  add_store_reading_flags(*sub, flags.common);
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

void add_embed(CLI::App& app, Flags& flags) {
  auto* sub = command(app, flags, "embed", "Print the vectors of words and pictures");
  auto own_flags = own<EmbedFlags>(sub, flags);
  add_model_flags(*sub, flags.common);
  sub->add_option("--text", own_flags->texts, "Words (repeatable)")->take_all()->allow_extra_args(false);
  sub->add_option("--image", own_flags->images, "Picture file (repeatable)")->take_all()->allow_extra_args(false);
  sub->add_option("--npy", own_flags->npy, "Write a NumPy file [count, dimension] instead of JSON");
}

void add_judge(CLI::App& app, Flags& flags) {
  auto* sub =
      command(app, flags, "judge",
              "Say how well pictures answer a query, 0 (wrong) to 3 (exactly): ground truth for 'glimpse eval'");
  auto own_flags = own<JudgeFlags>(sub, flags);
  add_model_flags(*sub, flags.common);
  add_index_flag(*sub, flags.common);
  sub->add_option("QUERY", own_flags->words, "Words, as for 'glimpse search'");
  option(*sub, "--queries", own_flags->queries, "File of queries, one a line");
  option(*sub, "-k,--top", own_flags->top, "Judge so many of the best of each model")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  option(*sub, "--pool", own_flags->pool,
         "Judge the answers of this generation too, a name or id from 'glimpse model generations' (repeatable)")
      ->take_all()
      ->allow_extra_args(false);
  option(*sub, "--seed", own_flags->seed, "Of the order in which pictures are shown")->capture_default_str();
  option(*sub, "--judge", own_flags->judge, "Who judges, where several do; of --list and --export: whose");
  flag(*sub, "--pictures,!--no-pictures", own_flags->pictures, "Show pictures where the terminal can");
  flag(*sub, "--list", own_flags->list, "List what was judged, of QUERY or all");
  flag(*sub, "--forget", own_flags->forget, "Forget what the judge said of QUERY");
  sub->add_option("--import", own_flags->import_from, "Take in judgments in TREC's form (qrels)");
  sub->add_option("--export", own_flags->export_to, "Write judgments in TREC's form, and FILE.topics with the queries");
  sub->add_option("--run", own_flags->run, "With --export: write the best 1,000 answers to each query here");
  sub->add_option("--topics", own_flags->topics,
                  "File of the queries that ids of qrels stand for; default: beside them");
  flag(*sub, "--skip-unknown", own_flags->skip_unknown, "Import though some pictures are not in the library");
}

}  // namespace

void add_search_commands(CLI::App& app, Flags& flags) {
  add_search(app, flags);
  add_judge(app, flags);
  add_serve(app, flags);
  add_health(app, flags);
  add_embed(app, flags);
}

}  // namespace glimpse::app
