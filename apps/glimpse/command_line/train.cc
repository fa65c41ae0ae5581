#include <memory>

#include "command_line/commands.h"
#include "command_line/groups.h"
#include "command_line/training.h"

namespace glimpse::app {
namespace {

void add_places(CLI::App& app, TrainFlags& flags, CommonFlags& common) {
  app.add_option("DATA", flags.source,
                 "Captioned pictures: a folder (data.csv, texts beside pictures, or sub-folders as labels), a table "
                 "file_name,caption or filepath,title, COCO's JSON, Flickr's token file");
  app.add_option("--pictures", flags.pictures, "Where the pictures lie; default: beside the table");
  option(app, "-m,--model", common.model, "Model to begin with: a name from 'glimpse model list', or a directory");
  option(app, "--params", common.params, "Fine-tuned torch state_dict laid over the model's weights first");
  option(app, "-o,--out", flags.out, "Directory of the new model: appears when it is whole")->required();
  option(app, "--run-dir", flags.run, "Directory of the run: checkpoints, curve, report; default: OUT.run");
  flag(app, "--resume", flags.resume, "Go on with the run in OUT.run; DATA, --model and settings are those it has");
  option(app, "--report", flags.report,
         "Write the run as a page here, one HTML file, rewritten while it trains: curves, data, settings, results");
  option(app, "--state-dict", flags.state_dict, "Also write the weights here as torch.save does, for transformers");
  option(app, "--threads", common.threads, "Processors to use; 0: all; 1: the same bits each time")
      ->check(CLI::Range(0, 1024));
}

void add_new_heads(CLI::App& app, NewHeadsFlags& flags) {
  option(app, "--labelled", flags.labelled, "New heads: a table file_name,label of more pictures in the same folder");
  option(app, "--sentences", flags.sentences,
         "New heads: captions of pictures that are not here, a line each, those of one picture together");
  option(app, "--heads", flags.heads, "New heads: how many by gradient, beside one in closed form")
      ->check(CLI::Range(0, 63))
      ->capture_default_str();
  option(app, "--sentence-weight", flags.sentence_weight, "New heads: weight of the sentences' loss")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
}

}  // namespace

void add_learning(CLI::App& app, TrainFlags& flags) {
  option(app, "--scope", flags.scope,
         "What learns: whole, blocks:N (the last ones of each tower), heads, lora:RANK, or "
         "new-heads (of a dual encoder: fitted anew to its frozen towers)")
      ->capture_default_str();
  option(app, "--epochs", flags.epochs, "Looks at every picture")->check(CLI::Range(1, 100'000))->capture_default_str();
  option(app, "--batch", flags.batch, "Pairs of an update: each is told from all others in it")
      ->check(CLI::Range(2, 65'536))
      ->capture_default_str();
  option(app, "--micro-batch", flags.micro_batch, "Pairs in memory at a time, with the gradients of --batch; 0: all")
      ->check(CLI::Range(0, 65'536))
      ->capture_default_str();
  option(app, "--lr", flags.lr, "Learning rate at its peak")->check(CLI::Range(0.0, 100.0))->capture_default_str();
  option(app, "--head-rate", flags.head_rate, "Heads learn at this many times the rate")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  option(app, "--warmup", flags.warmup, "Share of the steps in which the rate rises")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  option(app, "--weight-decay", flags.weight_decay, "Pulls weights, not norms and biases, towards zero")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  option(app, "--max-gradient-norm", flags.max_gradient_norm, "Longer gradients are cut to this; 0: never")
      ->check(CLI::Range(0.0, 1e9))
      ->capture_default_str();
  option(app, "--loss", flags.loss,
         "pretraining: what the family was trained by (telling pairs apart; BLIP: and matching; CoCa: and writing "
         "captions); contrastive: telling pairs apart alone")
      ->check(CLI::IsMember({"pretraining", "contrastive"}))
      ->capture_default_str();
  option(app, "--precision", flags.precision, "Arithmetic: f32, or bf16 for matrix products")
      ->check(CLI::IsMember({"f32", "bf16"}))
      ->capture_default_str();
  option(app, "--augment", flags.augment, "How much pictures are changed at each look: none, mild or strong")
      ->check(CLI::IsMember({"none", "mild", "strong"}))
      ->capture_default_str();
  option(app, "--versions", flags.new_heads.versions,
         "Looks at each picture, which take turns, where towers or their lower parts are frozen and each look is "
         "computed once; 0: a new one each epoch. Default: new heads 8, heads 4, else 0")
      ->check(CLI::Range(0, 1024));
  option(app, "--feature-memory", flags.feature_memory, "MiB of memory to keep what frozen parts give; then on disk")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 24))
      ->capture_default_str();
  option(app, "--feature-disk", flags.feature_disk, "MiB of disk, in the run's directory, for the same")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 24))
      ->capture_default_str();
  option(app, "--seed", flags.seed, "Of every random choice")->capture_default_str();
}

void add_held_out(CLI::App& app, TrainFlags& flags) {
  option(app, "--validation-share", flags.validation_share, "Share of the pictures that choose the best epoch")
      ->capture_default_str();
  option(app, "--test-share", flags.test_share, "Share that nothing is chosen by: measured at the end")
      ->capture_default_str();
  option(app, "--split-by", flags.split_by, "A picture's part hangs on the SHA-1 of its name, or of its content")
      ->check(CLI::IsMember({"name", "content"}))
      ->capture_default_str();
  option(app, "--patience", flags.patience, "Epochs without gain on validation before it stops; 0: never")
      ->check(CLI::Range(0, 100'000))
      ->capture_default_str();
  option(app, "--checkpoint-every", flags.checkpoint_every, "Steps between checkpoints; also each epoch's end")
      ->check(CLI::Range(1, 1'000'000'000))
      ->capture_default_str();
  option(app, "--guard", flags.guard, "Captioned pictures of a general kind: what is forgotten is measured on them");
  option(app, "--guard-tolerance", flags.guard_tolerance, "How much nDCG@10 of the guard's pictures may fall")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  option(app, "--wise", flags.wise,
         "Blend of original (0) and trained (1) weights: auto, chosen on validation and guard; off; or a number")
      ->capture_default_str();
}

void add_train_command(CLI::App& app, Flags& flags) {
  auto* sub = command(app, flags, "train", "Fine-tune a model on captioned pictures of yours, and write a new one");
  auto own_flags = std::make_shared<TrainFlags>();
  add_places(*sub, *own_flags, flags.common);
  add_learning(*sub, *own_flags);
  add_held_out(*sub, *own_flags);
  add_new_heads(*sub, own_flags->new_heads);
  sub->callback([sub, own_flags, &flags] {
    for (const CLI::Option* option : sub->get_options()) {
      if (option->count() > 0 && !option->get_lnames().empty()) own_flags->given.insert(option->get_lnames().front());
    }
    flags.command = *own_flags;
  });
}

}  // namespace glimpse::app
