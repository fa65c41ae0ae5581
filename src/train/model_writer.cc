#include "train/model_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <system_error>

#include "base/durable.h"
#include "base/file.h"
#include "checkpoint/checkpoint.h"
#include "hub/digest.h"
#include "hub/manifest.h"
#include "models/activation_ranges.h"

namespace glimpse::train {
namespace {

namespace fs = std::filesystem;
using checkpoint::DType;
using checkpoint::TensorToWrite;

// Weights of any kind, of which a model has only those that are written; and what holds of the original alone.
constexpr std::array<std::string_view, 11> kWeightExtensions = {
    ".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".h5", ".msgpack", ".onnx", ".tflite", ".ot", ".npz"};
constexpr std::array<std::string_view, 2> kOfTheOriginal = {models::kActivationRangesFile, hub::kManifestFile};

bool is_copied(const fs::path& file, bool same_towers) {
  const std::string name = file.filename().native();
  if (same_towers && name == models::kActivationRangesFile) return true;
  if (name.starts_with('.') || name.ends_with(".index.json")) return false;
  if (std::ranges::find(kOfTheOriginal, name) != kOfTheOriginal.end()) return false;
  return std::ranges::find(kWeightExtensions, file.extension().native()) == kWeightExtensions.end();
}

Error io_error(const fs::path& path, const std::error_code& error) {
  return Error::io("{}: {}", display(path), error.message());
}

Result<void> copy_into(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_directories(to.parent_path(), error);
  if (!error) fs::copy_file(from, to, error);  // a link, as Hugging Face's cache is made of, is followed
  return error ? Result<void>(io_error(to, error)) : Result<void>();
}

/// The number of an original's card in its line, from 1; none for other files.
std::optional<int> age_of_card(const fs::path& place) {
  const std::string name = place.native();
  if (name == kOriginalCard) return 1;
  constexpr std::string_view kBefore = "original-card-", kBehind = ".md";
  if (!name.starts_with(kBefore) || !name.ends_with(kBehind)) return std::nullopt;
  int age = 0;
  const char *begin = name.data() + kBefore.size(), *end = name.data() + name.size() - kBehind.size();
  const auto [at, error] = std::from_chars(begin, end, age);
  return error == std::errc() && at == end && age > 1 ? std::optional(age) : std::nullopt;
}

/// The name that a file of the original has in the new model.
fs::path new_place(const fs::path& place, bool has_own_card) {
  if (place == "card.md" || (place == "README.md" && !has_own_card)) return kOriginalCard;
  if (const auto age = age_of_card(place)) return fmt::format("original-card-{}.md", *age + 1);
  return place;
}

/// Everything beside the weights, folders below included.
Result<void> copy_rest(const fs::path& original, const fs::path& target, bool same_towers) {
  if (!fs::is_directory(original)) {
    const fs::path merges = original.parent_path() / "bpe_simple_vocab_16e6.txt.gz";
    return fs::exists(merges) ? copy_into(merges, target / merges.filename()) : Result<void>();
  }
  std::error_code error;
  const bool has_own_card = fs::exists(original / "card.md", error);
  for (auto at = fs::recursive_directory_iterator(original / "", error); !error && at != fs::end(at);
       at.increment(error)) {
    if (at->is_directory() && at->path().filename().native().starts_with('.')) at.disable_recursion_pending();
    if (!at->is_regular_file() || !is_copied(at->path(), same_towers)) continue;
    // merges end in .gz, tokenizers in .json, .txt and .model: all of them come along
    GLIMPSE_RETURN_IF_ERROR(
        copy_into(at->path(), target / new_place(at->path().lexically_relative(original / ""), has_own_card)));
  }
  return error ? Result<void>(io_error(original, error)) : Result<void>();
}

// --- weights

using NewTensors = std::map<std::string, const TrainedTensor*, std::less<>>;

bool is_number(DType dtype) {
  return dtype == DType::kF16 || dtype == DType::kBf16 || dtype == DType::kF32 || dtype == DType::kF64;
}

/// A file's tensors as they are to be written.
struct FileTensors {
  std::vector<TrainedTensor> own;  ///< Those that the original has and nobody trained; names and values.
  std::vector<TensorToWrite> all;
  bool changed = false;
};

Result<FileTensors> gather(const fs::path& file, const NewTensors& trained) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto opened, checkpoint::open(file));
  FileTensors tensors;
  tensors.own.reserve(opened->tensors().size());
  for (const auto& view : opened->tensors()) {
    if (!is_number(view.dtype)) continue;
    std::vector<float> before = checkpoint::to_f32(view);
    if (const auto found = trained.find(view.name); found != trained.end()) {
      tensors.changed = tensors.changed || found->second->values != before;
      tensors.all.push_back({view.name, found->second->shape, found->second->values});
    } else {
      tensors.own.push_back({.file = file, .name = view.name, .shape = view.shape, .values = std::move(before)});
      tensors.all.push_back({view.name, view.shape, tensors.own.back().values});
    }
  }
  return tensors;
}

/// The place of a weights file in the new model, and whether it is a torch file.
Result<fs::path> place_of(const fs::path& file, const fs::path& original) {
  const fs::path base = fs::is_directory(original) ? original / "" : original.parent_path() / "";
  fs::path place = file.lexically_relative(base);
  std::string name = place.filename().native();
  if (name == "model.safetensors.index.json" || name.starts_with("pytorch_model.bin")) name = "model.safetensors";
  if (name.starts_with("open_clip_pytorch_model.")) name = "open_clip_model.safetensors";
  place.replace_filename(name);
  const std::string extension = place.extension().native();
  if (extension == ".safetensors" || extension == ".pt" || extension == ".pth") return place;
  return Error::unsupported(
      "{}: expected weights named model.safetensors, pytorch_model.bin, open_clip_model.safetensors, "
      "open_clip_pytorch_model.bin, or a .safetensors, .pt or .pth file: other layouts cannot be written",
      display(file));
}

Result<void> write_weights(const fs::path& file, const fs::path& original, const NewTensors& trained,
                           const fs::path& target) {
  GLIMPSE_ASSIGN_OR_RETURN(const fs::path place, place_of(file, original));
  GLIMPSE_ASSIGN_OR_RETURN(const FileTensors tensors, gather(file, trained));
  if (!tensors.changed && place.filename() == file.filename()) return copy_into(file, target / place);
  std::error_code error;
  fs::create_directories((target / place).parent_path(), error);
  if (error) return io_error(target / place, error);
  if (place.extension() != ".safetensors") return checkpoint::write_torch_state_dict(target / place, tensors.all);
  const std::vector<std::pair<std::string, std::string>> metadata = {{"format", "pt"}};  // transformers asks for it
  return checkpoint::write_safetensors(target / place, tensors.all, metadata);
}

/// Brings everything below to the disk and lists it.
Result<void> seal(const fs::path& directory, const ModelToWrite& model) {
  hub::Manifest manifest{.repository = model.origin, .commit = model.run_id, .files = {}};
  std::vector<fs::path> files, folders = {directory};
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(directory, error)) {
    (entry.is_directory() ? folders : files).push_back(entry.path());
  }
  if (error) return io_error(directory, error);
  std::ranges::sort(files);
  for (const fs::path& file : files) {
    GLIMPSE_RETURN_IF_ERROR(sync_file(file));
    GLIMPSE_ASSIGN_OR_RETURN(const std::string digest, hub::sha256_of(file));
    manifest.files.push_back({file.lexically_relative(directory).generic_string(), fs::file_size(file, error), digest});
  }
  GLIMPSE_RETURN_IF_ERROR(hub::write_manifest(manifest, directory));
  for (const fs::path& folder : folders) GLIMPSE_RETURN_IF_ERROR(sync_directory(folder));
  return {};
}

Result<void> fill(const fs::path& directory, const ModelToWrite& model) {
  GLIMPSE_RETURN_IF_ERROR(copy_rest(model.original.path, directory, model.same_towers));
  for (const fs::path& file : model.original.weight_files) {
    NewTensors trained;
    for (const TrainedTensor& tensor : model.tensors) {
      if (tensor.file == file) trained.emplace(tensor.name, &tensor);
    }
    GLIMPSE_RETURN_IF_ERROR(write_weights(file, model.original.path, trained, directory));
  }
  if (model.add) GLIMPSE_RETURN_IF_ERROR(model.add(directory));
  return seal(directory, model);
}

fs::path parent_of(const fs::path& target) { return target.has_parent_path() ? target.parent_path() : fs::path("."); }

}  // namespace

Result<void> check_target(const fs::path& target) {
  std::error_code ignored;
  if (fs::symlink_status(target, ignored).type() != fs::file_type::not_found) {
    return Error::already_exists("{} exists: a model is never written over another: say another --out",
                                 display(target));
  }
  if (fs::is_directory(parent_of(target), ignored)) return {};
  return Error::not_found("{}: no such folder for the model to be written into", display(parent_of(target)));
}

Result<void> write_model(const ModelToWrite& model) {
  GLIMPSE_RETURN_IF_ERROR(check_target(model.target));
  const fs::path fresh = parent_of(model.target) / fmt::format(".{}.new", model.target.filename().native());
  std::error_code error;
  fs::remove_all(fresh, error);
  fs::create_directories(fresh, error);
  if (error) return io_error(fresh, error);
  auto filled = fill(fresh, model);
  if (filled) filled = rename_to_free_name(fresh, model.target);
  if (filled) return sync_directory(parent_of(model.target));
  fs::remove_all(fresh, error);
  return filled;
}

Result<void> write_state_dict(const fs::path& file, const std::vector<TrainedTensor>& tensors) {
  std::vector<TensorToWrite> all;
  for (const TrainedTensor& tensor : tensors) all.push_back({tensor.name, tensor.shape, tensor.values});
  return checkpoint::write_torch_state_dict(file, all);
}

}  // namespace glimpse::train
