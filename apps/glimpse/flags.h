#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "exit_code.h"
#include "filter/filter.h"
#include "promote_flags.h"
#include "train_flags.h"

namespace glimpse::app {

/// Where vectors are looked for, and what a Qdrant server is told. Empty: not said.
struct StoreFlags {
  std::string kind;                    ///< --store local|qdrant; empty: qdrant where there is a URL
  std::string url;                     ///< --qdrant-url, QDRANT_URL
  std::string collection;              ///< --collection, COLLECTION_NAME
  std::string api_key;                 ///< --qdrant-api-key, QDRANT_API_KEY
  std::filesystem::path api_key_file;  ///< --qdrant-api-key-file, QDRANT_API_KEY_FILE
  std::filesystem::path dataset;       ///< DATASET_PATH, of commands that take no folder
  double timeout_s = 30;               ///< --qdrant-timeout
  int batch = 64;                      ///< --qdrant-batch
  int shards = 0, replicas = 0, hnsw_m = 0, hnsw_ef_construct = 0, hnsw_ef = 0;  ///< 0: the server's own
  bool quantize = false, on_disk = false, exact = false;
};

/// What every command understands.
struct CommonFlags {
  std::filesystem::path library;   ///< --library, GLIMPSE_LIBRARY
  bool json = false;               ///< --json
  bool quiet = false;              ///< --quiet: no progress
  int threads = 0;                 ///< --threads; 0: one for each processor we may use
  std::string precision = "auto";  ///< --precision f32|bf16|int8|auto
  std::string model;               ///< --model NAME|DIR; empty: the library's, or the default
  std::string memory;              ///< --memory SIZE; empty: three quarters of what this process may use
  std::string index = "auto";      ///< --index exact|exact-i8|hnsw|auto: how vectors are searched
  std::filesystem::path params;    ///< --params, MODEL_PARAMS_PATH: a fine-tuned state_dict
  StoreFlags store;
};

struct IndexFlags {
  std::vector<std::filesystem::path> folders;  ///< Or DATASET_PATH; empty: the library's own folders again.
  bool exact = false;
  bool force = false;                         ///< Believe that vanished pictures are gone, however many.
  int batch_size = 0;                         ///< 0: measured on this machine.
  std::vector<std::string> include, exclude;  ///< Globs to add to the rules of the folders.
  bool hidden = false;                        ///< Take names that begin with a dot from now on.
  bool json_lines = false;                    ///< A line for each commit.
};

/// How folders are followed.
struct FollowFlags {
  int settle_ms = 300;  ///< How long nothing may happen before a change is acted on.
  int rescan = 3600;    ///< Seconds between looks at everything.
};

struct WatchFlags {
  std::vector<std::filesystem::path> folders;  ///< As IndexFlags has it.
  FollowFlags follow;
};

struct RootsFlags {
  enum class Action { kList, kRemove, kInclude, kExclude, kClear };
  Action action = Action::kList;
  std::filesystem::path folder;
  std::vector<std::string> globs;
  bool hidden = false;  ///< With kInclude.
};

struct SearchFlags {
  std::vector<std::string> words;
  int top = 10;
  bool print0 = false;
  bool paths_only = false;
  bool captions = false;  ///< Among captions, not by what pictures show.
  filter::Filter filter;  ///< Which pictures may be among them.
  std::string sort = "best";
  int rerank = 0;            ///< How many hits a matching head puts in order; 0: none.
  std::string rerank_model;  ///< Whose; empty: of the model that searches.
};

struct ServeFlags {
  std::string host = "127.0.0.1";
  int port = 3000;
  std::vector<std::string> allowed_hosts;
  std::vector<std::string> cors_origins;
  std::string api_key;
  std::filesystem::path api_key_file;  ///< Holds the key, in place of api_key.
  bool insecure_no_auth = false;
  bool watch = true;  ///< Follow the library's folders.
  FollowFlags follow;
  std::filesystem::path first_folder;  ///< DATASET_PATH: what a library without folders gets.
  int model_ttl = 300;                 ///< Seconds at rest after which the model is unloaded; 0: never.
};

struct HealthFlags {
  std::string url;     ///< Empty: http://127.0.0.1:<port>.
  int port = 3000;     ///< --port, GLIMPSE_PORT: as of serve.
  double timeout = 2;  ///< Seconds.
};

struct ReconcileFlags {
  bool dry_run = false;
  std::string adopt;  ///< The id of a lost library whose points become this one's.
};

struct StatusFlags {
  bool failed = false;
};

struct EmbedFlags {
  std::vector<std::string> texts;
  std::vector<std::filesystem::path> images;
  std::filesystem::path npy;  ///< Write here instead of JSON to standard output.
};

struct CaptionFlags {
  std::filesystem::path folder;
  std::filesystem::path out;   ///< Empty: data.csv in the folder.
  std::filesystem::path from;  ///< A table to import in place of running a model.
  bool no_csv = false;
  bool no_library = false;
  // None: as the model's own program does it.
  std::string choice;
  std::optional<int> beams, beam_groups, min_length, max_length;
  int top_k = 50;
  float temperature = 1;
  float repetition_penalty = 1;
  std::uint64_t seed = 0;
  std::string prompt;
};

struct BenchFlags {
  std::filesystem::path folder;  ///< Empty: pictures made on the spot, and nothing is indexed.
  double seconds = 1;            ///< For each figure.
};

/// The other side of an A/B comparison; what is not said is as on this side.
struct AgainstFlags {
  std::string model, precision, prompt, index;
  std::filesystem::path params;
  bool said() const {
    return !(model.empty() && precision.empty() && prompt.empty() && index.empty() && params.empty());
  }
};

struct EvalFlags {
  std::filesystem::path source;    ///< Captioned pictures: a folder or a table.
  std::filesystem::path pictures;  ///< Where the pictures lie; empty: beside the table.
  std::filesystem::path qrels;     ///< With `run` in place of `source`: judged queries …
  std::filesystem::path run;       ///< … and any system's answers.
  std::vector<int> cutoffs = {1, 5, 10};
  int right_from = 1;                 ///< The lowest grade that counts as right.
  bool complete = false;              ///< Judged queries without an answer count as zero.
  int worst = 0;                      ///< How many of the hardest queries to show.
  std::filesystem::path write_qrels;  ///< Write judgments here, as TREC has them.
  std::filesystem::path write_run;    ///< And the answers.
  bool judgments = false;             ///< In place of `source`: what people judged in the library.
  std::string judge;                  ///< Of these, one judge's alone; empty: all.
  std::string generation;             ///< Whose answers; empty: the active one's.
  std::filesystem::path queries;      ///< A query file, over the pictures of `source`.
  std::string prompt;                 ///< What is made of the words, as "a photo of {}".
  bool per_query = false;             ///< In JSON also the measures of each query.
  std::filesystem::path report;       ///< Write an HTML report here.
  AgainstFlags against;
  std::vector<std::string> compare;  ///< Models to compare in one table.
};

/// One of: judge answers to `words` or `queries`, list, forget, import, export.
struct JudgeFlags {
  std::vector<std::string> words;  ///< The query.
  std::filesystem::path queries;   ///< A file of queries, one a line.
  int top = 20;                    ///< So many of the best are judged.
  std::vector<std::string> pool;   ///< Generations that answer beside the active one.
  std::uint64_t seed = 1;          ///< Of the order in which candidates are shown.
  std::string judge;               ///< Who judges; of listing and exporting, empty: everybody.
  bool list = false;
  bool forget = false;                ///< The judge's judgments of the query.
  std::filesystem::path import_from;  ///< Qrels to take in.
  std::filesystem::path export_to;    ///< Qrels to write.
  std::filesystem::path run;          ///< With export_to: the active generation's answers.
  std::filesystem::path topics;       ///< What the ids of qrels stand for; empty: beside them.
  bool pictures = true;               ///< Show them where the terminal can.
  bool skip_unknown = false;          ///< Import what can be, though other documents are not in the library.
};

struct AnalyzeFlags {
  std::filesystem::path folder;
  std::filesystem::path captions;  ///< Empty: those of the folder, if it has any.
  std::filesystem::path report;    ///< Write a page here; empty: none.
  bool no_model = false;
  int clusters = 0;  ///< 0: chosen.
  std::uint64_t seed = 1;
};

struct BackupFlags {
  std::filesystem::path target;
};
struct RestoreFlags {
  std::filesystem::path backup;
  bool verify = false;  ///< Look only.
  bool force = false;   ///< Put it in the place of a library, which is kept beside it.
};
struct DoctorFlags {
  bool full = false;
  bool repair = false;
};

struct ModelListFlags {};
struct ModelAddFlags {
  std::string source;
  std::string name;
};
struct ModelRemoveFlags {
  std::string name;
  bool force = false;  ///< Even when the library answers with it.
};
struct ModelInfoFlags {
  std::string name;
};
struct ModelVerifyFlags {
  std::string name;
  std::filesystem::path picture;  ///< For models with published values for one.
};
struct ModelUseFlags {
  std::string name;
  bool background = false;     ///< Go on in a process of its own.
  bool allow_missing = false;  ///< Switch although pictures of folders that are away would be missing.
  bool json_lines = false;
};
struct ModelRollbackFlags {
  std::string to;  ///< Name or id of a generation; empty: the one before.
};
struct ModelGenerationsFlags {};
struct ModelDropFlags {
  std::string generation;  ///< Name or id.
};
struct ModelStatusFlags {};
struct ModelStopFlags {};
struct ModelCalibrateFlags {
  std::filesystem::path folder;
  int count = 128;            ///< Pictures to measure on.
  std::filesystem::path out;  ///< Empty: the model's own directory.
};

using CommandFlags =
    std::variant<std::monostate, IndexFlags, WatchFlags, RootsFlags, SearchFlags, ServeFlags, HealthFlags,
                 ReconcileFlags, StatusFlags, EmbedFlags, CaptionFlags, BenchFlags, EvalFlags, JudgeFlags, BackupFlags,
                 RestoreFlags, DoctorFlags, ModelListFlags, ModelAddFlags, ModelRemoveFlags, ModelInfoFlags,
                 ModelVerifyFlags, ModelUseFlags, ModelCalibrateFlags, ModelRollbackFlags, ModelGenerationsFlags,
                 ModelDropFlags, ModelStatusFlags, ModelStopFlags, TrainFlags, PromoteFlags, RunsFlags, AnalyzeFlags>;

struct Flags {
  CommonFlags common;
  CommandFlags command;
};

/// Parses the command line and its environment twins. Help, version and usage errors are printed here; `exit` is then
/// set and nothing is to be run.
struct ParsedFlags {
  Flags flags;
  bool run = false;
  ExitCode exit = ExitCode::kDone;
};
ParsedFlags parse_flags(int argc, char** argv);

}  // namespace glimpse::app
