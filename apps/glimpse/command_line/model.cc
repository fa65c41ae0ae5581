#include "command_line/commands.h"
#include "command_line/groups.h"

namespace glimpse::app {
namespace {

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

/// Other queries than captions, other sides than one model.
void add_eval_questions(CLI::App& sub, CommonFlags& common, EvalFlags& own_flags) {
  AgainstFlags& against = own_flags.against;
  option(sub, "--queries", own_flags.queries,
         "Ask the queries of this file (JSON or CSV) about the pictures of SOURCE");
  option(sub, "--prompt", own_flags.prompt, "What is made of the words of a query, such as \"a photo of {}\"");
  flag(sub, "--per-query", own_flags.per_query, "With --json: the measures of each query too");
  option(sub, "--report", own_flags.report, "Write an HTML report with pictures here, one file");
  add_index_flag(sub, common);
  option(sub, "--against", against.model, "A/B: the same queries by this model too, with a paired test");
  option(sub, "--against-precision", against.precision, "A/B: the other side's arithmetic")
      ->check(CLI::IsMember({"auto", "f32", "bf16", "int8"}));
  option(sub, "--against-params", against.params, "A/B: the other side's fine-tuned state_dict");
  option(sub, "--against-prompt", against.prompt, "A/B: the other side's prompt; {} alone is none");
  option(sub, "--against-index", against.index, "A/B: how the other side searches vectors")
      ->check(CLI::IsMember({"exact", "exact-i8", "hnsw"}));
  option(sub, "--compare", own_flags.compare, "Measure these models, each by itself: relevance, speed, memory")
      ->delimiter(',');
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
  option(*sub, "--right-from", own_flags->right_from,
         "Lowest grade that counts as right in all measures but nDCG (trec_eval -l)")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  option(*sub, "--worst", own_flags->worst, "Show so many of the hardest queries")->check(CLI::Range(0, 10000));
  sub->add_option("--write-qrels", own_flags->write_qrels, "Write the judgments here, for trec_eval");
  flag(*sub, "--judgments", own_flags->judgments,
       "Measure the library's answers against what 'glimpse judge' and the page were told, in place of SOURCE");
  option(*sub, "--judge", own_flags->judge, "With --judgments: of this judge alone");
  option(*sub, "--generation", own_flags->generation,
         "With --judgments: ask this generation, a name or id from 'glimpse model generations'");
  sub->add_option("--write-run", own_flags->write_run, "Write the best 1,000 of each query here, for trec_eval");
  add_eval_questions(*sub, flags.common, *own_flags);
}

void add_analyze(CLI::App& app, Flags& flags) {
  auto* sub = command(app, flags, "analyze",
                      "What is in a folder of pictures: sizes, light, duplicates, classes, captions, groups, a map");
  auto own_flags = own<AnalyzeFlags>(sub, flags);
  add_model_flags(*sub, flags.common);
  sub->add_option("FOLDER", own_flags->folder, "Folder of pictures")->required();
  option(*sub, "--captions", own_flags->captions,
         "Their captions: a table file_name,caption or filepath,title, COCO's JSON, Flickr's token file; default: the "
         "folder's data.csv, or texts beside the pictures");
  option(*sub, "--report", own_flags->report, "Write a page with pictures and plots here, one HTML file");
  flag(*sub, "--no-model", own_flags->no_model, "Leave out what needs a model: quicker");
  option(*sub, "--clusters", own_flags->clusters, "How many groups; 0: where the curve of distances bends")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  option(*sub, "--seed", own_flags->seed, "Of groups and map")->capture_default_str();
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
  add_json_lines(*use, use_flags->json_lines);
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

}  // namespace

void add_model_commands(CLI::App& app, Flags& flags) {
  add_caption(app, flags);
  add_bench(app, flags);
  add_eval(app, flags);
  add_analyze(app, flags);
  add_model(app, flags);
}

}  // namespace glimpse::app
