#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace glimpse::app {

/// "a photo of {}" and "red car" → "a photo of red car"; an empty prompt leaves the words as they are.
std::string prompted(const std::string& prompt, std::string_view words);

/// Errors: invalid_argument unless the prompt is empty or has `{}` once.
Result<void> check_prompt(const std::string& prompt);

}  // namespace glimpse::app
