#include <fmt/core.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <span>

#include "base/file.h"
#include "commands.h"
#include "image/decode.h"
#include "json_text.h"
#include "open_model.h"

namespace glimpse::app {
namespace {

using Vectors = std::vector<std::vector<float>>;

// NumPy's format 1.0: magic, header length, a Python dict padded to 64 bytes, row-major little-endian values.
// Source: numpy.lib.format, "Format Version 1.0".
Result<void> write_npy(const std::filesystem::path& path, const Vectors& vectors, int dimension) {
  std::string header =
      fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", vectors.size(), dimension);
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() & 0xFF);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  for (const auto& vector : vectors) {
    bytes.append(reinterpret_cast<const char*>(vector.data()), vector.size() * sizeof(float));
  }
  return write_file_atomically(path, bytes);
}

Result<Vectors> embed_all(encode::Encoder& encoder, const EmbedFlags& flags) {
  Vectors vectors;
  for (const auto& text : flags.texts) {
    GLIMPSE_ASSIGN_OR_RETURN(auto vector, encoder.embed_text(text));
    vectors.push_back(std::move(vector));
  }
  for (const auto& path : flags.images) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto bytes, read_file(path, image::DecodeLimits{}.max_bytes));
    auto vector = encoder.embed_image(bytes);
    if (!vector) return vector.error().with_context(display(path));
    vectors.push_back(*std::move(vector));
  }
  return vectors;
}

}  // namespace

Result<ExitCode> run_embed(const CommonFlags& common, const EmbedFlags& flags) {
  if (flags.texts.empty() && flags.images.empty()) {
    return Error::invalid_argument("nothing to embed: give --text WORDS or --image FILE, each as often as you like");
  }
  GLIMPSE_ASSIGN_OR_RETURN(auto model, open_model(common, kDefaultModel));
  GLIMPSE_ASSIGN_OR_RETURN(const auto vectors, embed_all(*model.encoder, flags));
  const int dimension = model.encoder->info().embedding_dimension;
  if (!flags.npy.empty()) {
    GLIMPSE_RETURN_IF_ERROR(write_npy(flags.npy, vectors, dimension));
  } else {
    print_json({{"model", model.stored.name}, {"dimension", dimension}, {"vectors", vectors}});
  }
  return ExitCode::kDone;
}

}  // namespace glimpse::app
