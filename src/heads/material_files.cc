#include "heads/material_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "checkpoint/checkpoint.h"

namespace glimpse::heads {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr int kFormat = 1;
constexpr const char* kTables = "material.json";
constexpr const char* kFeatures = "features.safetensors";
constexpr std::uint64_t kMostTableBytes = std::uint64_t{1} << 30;

std::string version_name(std::size_t number) { return fmt::format("pictures.{}", number); }

Result<Matrix> read_matrix(const checkpoint::Checkpoint& file, const std::string& name) {
  const checkpoint::TensorView* view = file.find(name);
  if (view == nullptr || view->shape.size() != 2) {
    return Error::corruption("{}: expected a tensor {} of two dimensions", display(file.path()), name);
  }
  return Matrix{.rows = view->shape[0], .columns = view->shape[1], .values = checkpoint::to_f32(*view)};
}

json table_of(const Material& material) {
  json pictures = json::array();
  for (const Picture& picture : material.pictures) {
    pictures.push_back({{"captions", picture.captions},
                        {"phrases", picture.phrases},
                        {"labelled", picture.labelled},
                        {"held_out", picture.held_out}});
  }
  return {{"format", kFormat},
          {"versions", material.versions.size()},
          {"pictures", std::move(pictures)},
          {"runs", material.runs}};
}

Result<void> check(const Material& material, const fs::path& path) {
  const auto known = [&](const std::vector<std::int64_t>& rows) {
    return std::ranges::all_of(rows, [&](std::int64_t row) { return row >= 0 && row < material.texts.rows; });
  };
  for (const Picture& picture : material.pictures) {
    if (picture.captions.empty() || !known(picture.captions) || !known(picture.phrases)) {
      return Error::corruption("{}: expected captions and phrases among the {} texts", display(path),
                               material.texts.rows);
    }
  }
  if (!std::ranges::all_of(material.runs, known)) {
    return Error::corruption("{}: expected runs of the {} texts", display(path), material.texts.rows);
  }
  for (const Matrix& version : material.versions) {
    if (version.rows != static_cast<std::int64_t>(material.pictures.size())) {
      return Error::corruption("{}: expected features of {} pictures, got {}", display(path), material.pictures.size(),
                               version.rows);
    }
  }
  return {};
}

}  // namespace

Result<void> write_material(const fs::path& directory, const Material& material) {
  std::vector<checkpoint::TensorToWrite> tensors;
  const auto add = [&](std::string name, const Matrix& matrix) {
    tensors.push_back({.name = std::move(name), .shape = {matrix.rows, matrix.columns}, .values = matrix.values});
  };
  for (std::size_t i = 0; i < material.versions.size(); ++i) add(version_name(i), material.versions[i]);
  add("texts", material.texts);
  GLIMPSE_RETURN_IF_ERROR(checkpoint::write_safetensors(directory / kFeatures, tensors));
  return write_file_atomically(directory / kTables, std::string_view(table_of(material).dump()));
}

Result<Material> read_material(const fs::path& directory) {
  const fs::path tables = directory / kTables, features = directory / kFeatures;
  GLIMPSE_ASSIGN_OR_RETURN(const std::string text, read_text_file(tables, kMostTableBytes));
  GLIMPSE_ASSIGN_OR_RETURN(const auto file, checkpoint::open(features));
  Material material;
  std::size_t versions = 0;
  try {
    const json root = json::parse(text);
    if (root.at("format") != kFormat) {
      return Error::unsupported("{}: expected format {}, got {}", display(tables), kFormat, root.at("format").dump());
    }
    versions = root.at("versions").get<std::size_t>();
    for (const json& picture : root.at("pictures")) {
      material.pictures.push_back({.captions = picture.at("captions").get<std::vector<std::int64_t>>(),
                                   .phrases = picture.at("phrases").get<std::vector<std::int64_t>>(),
                                   .labelled = picture.at("labelled").get<bool>(),
                                   .held_out = picture.at("held_out").get<bool>()});
    }
    material.runs = root.at("runs").get<std::vector<std::vector<std::int64_t>>>();
  } catch (const json::exception& error) {
    return Error::corruption("{}: {}", display(tables), error.what());
  }
  for (std::size_t i = 0; i < versions; ++i) {
    GLIMPSE_ASSIGN_OR_RETURN(Matrix matrix, read_matrix(*file, version_name(i)));
    material.versions.push_back(std::move(matrix));
  }
  GLIMPSE_ASSIGN_OR_RETURN(material.texts, read_matrix(*file, "texts"));
  GLIMPSE_RETURN_IF_ERROR(check(material, directory));
  return material;
}

}  // namespace glimpse::heads
