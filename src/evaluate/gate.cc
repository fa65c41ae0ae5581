#include "evaluate/gate.h"

#include <fmt/format.h>

namespace glimpse::evaluate {

GateDecision decide(const GateEvidence& evidence) {
  if (!evidence.better) return {false, fmt::format("not better on held-out pictures: {}", evidence.verdict)};
  if (!evidence.guard) return {true, evidence.verdict};
  const std::string on_guard = fmt::format("nDCG@10 {:+.3f} on the guard's pictures", *evidence.guard);
  if (!(*evidence.guard >= -evidence.guard_tolerance)) {  // nan holds it back too
    return {false, fmt::format("it forgets: {}, at most {:.3f} may be lost; {}", on_guard, evidence.guard_tolerance,
                               evidence.verdict)};
  }
  return {true, fmt::format("{}; {}", evidence.verdict, on_guard)};
}

}  // namespace glimpse::evaluate
