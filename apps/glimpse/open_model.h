#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "encode/encoder.h"
#include "flags.h"
#include "library/library.h"
#include "model_store.h"

namespace glimpse::app {

/// A model and where it came from.
struct OpenModel {
  StoredModel stored;
  std::unique_ptr<encode::Encoder> encoder;
};

/// What the flags ask of a model. Errors: invalid_argument (the precision).
Result<encode::EncoderOptions> encoder_options(const CommonFlags& flags);

/// Opens the model that the flags name, or `otherwise`.
Result<OpenModel> open_model(const CommonFlags& flags, const std::string& otherwise);

/// The model that made the library's active vectors, checked by fingerprint: with any other, scores would be noise.
/// Errors: not_found for a library without pictures; invalid_argument when --model or the files disagree with it.
Result<OpenModel> open_library_model(const CommonFlags& flags, const library::Generation& active);

}  // namespace glimpse::app
