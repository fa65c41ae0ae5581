#pragma once

#include "base/result.h"
#include "flags.h"
#include "promote/promotion.h"

namespace glimpse::app {

/// What a promotion is made of. Each step is a command of this program in a process of its own, records what came of it
/// in the promotion, and can be done again after it was interrupted anywhere.

/// `glimpse train`, going on where an earlier one stopped.
Result<void> train_step(const CommonFlags& common, Promotion& promotion);
/// `glimpse eval --against` on the pictures that training held out, with a report for people; then the gate.
Result<void> compare_step(const CommonFlags& common, Promotion& promotion);
/// `glimpse model use`: embeds the library while the old model answers, then switches.
Result<void> switch_step(const CommonFlags& common, Promotion& promotion);

}  // namespace glimpse::app
