// What a tensor is for is read from its name, as published files spell it: a numbered block is found by what stands
// before its number, heads and embeddings by the few names that the families have for them.
#include "autograd/scope.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

namespace glimpse::autograd {
namespace {

constexpr std::array<std::string_view, 3> kWrappers = {"module.", "_orig_mod.", "model."};
constexpr std::array<std::string_view, 5> kBlocks = {"encoder.layers.", "encoder.layer.", "resblocks.", "cross_attn.",
                                                     "_blocks."};
constexpr std::array<std::string_view, 11> kHeads = {
    "visual_projection.", "text_projection",  "text.text_projection", "visual.proj", "vision_proj.",     "text_proj.",
    "vision_model.head.", "text_model.head.", "visual.head.",         "heads.",      "projection.weight"};
constexpr std::array<std::string_view, 9> kBefore = {"embeddings.", "embedding", "cls_emb",
                                                     "conv1.",      "ln_pre.",   "pre_layrnorm.",
                                                     "_conv_stem.", "_bn0.",     "patch_embed."};
constexpr std::string_view kLabels = "image.label_embeddings";  // a layer of `dual` that follows its picture tower

std::string_view without_wrapper(std::string_view name) {
  for (const std::string_view wrapper : kWrappers) {
    if (name.starts_with(wrapper)) return without_wrapper(name.substr(wrapper.size()));
  }
  return name;
}

std::optional<std::int64_t> leading_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data() || number < 0) return std::nullopt;
  return number;
}

std::optional<Position> block_of(std::string_view name) {
  for (const std::string_view marker : kBlocks) {
    const std::size_t at = name.find(marker);
    if (at == std::string_view::npos) continue;
    const std::size_t end = at + marker.size();
    if (const auto number = leading_number(name.substr(end))) {
      return Position{.place = Place::kBlock, .tower = std::string(name.substr(0, end)), .block = *number};
    }
  }
  return std::nullopt;
}

Error bad_scope(std::string_view text) {
  return Error::invalid_argument(
      "what to train, '{}': expected all, last:N (blocks), heads, lora:RANK or lora:RANK:ALPHA, each 1 to 1024", text);
}

Result<std::int64_t> count_in(std::string_view number, std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc() || end != number.data() + number.size() || value < 1 || value > 1024) return bad_scope(text);
  return value;
}

}  // namespace

Result<Scope> parse_scope(std::string_view text) {
  if (text == "all") return Scope{};
  if (text == "heads") return Scope{.kind = ScopeKind::kHeads};
  if (text.starts_with("last:")) {
    GLIMPSE_ASSIGN_OR_RETURN(const std::int64_t blocks, count_in(text.substr(5), text));
    return Scope{.kind = ScopeKind::kLastBlocks, .blocks = blocks};
  }
  if (!text.starts_with("lora:")) return bad_scope(text);
  const std::string_view numbers = text.substr(5);
  const std::size_t colon = numbers.find(':');
  GLIMPSE_ASSIGN_OR_RETURN(const std::int64_t rank, count_in(numbers.substr(0, colon), text));
  Scope scope{.kind = ScopeKind::kLora, .rank = rank, .alpha = 2 * static_cast<double>(rank)};
  if (colon != std::string_view::npos) {
    GLIMPSE_ASSIGN_OR_RETURN(const std::int64_t alpha, count_in(numbers.substr(colon + 1), text));
    scope.alpha = static_cast<double>(alpha);
  }
  return scope;
}

std::string to_string(const Scope& scope) {
  switch (scope.kind) {
    case ScopeKind::kWhole:
      return "all";
    case ScopeKind::kLastBlocks:
      return fmt::format("last:{}", scope.blocks);
    case ScopeKind::kHeads:
      return "heads";
    case ScopeKind::kLora:
      return fmt::format("lora:{}:{:g}", scope.rank, scope.alpha);
  }
  __builtin_unreachable();
}

Position position_of(std::string_view tensor_name) {
  const std::string_view name = without_wrapper(tensor_name);
  if (name.ends_with("logit_scale") || name.ends_with("logit_bias")) return {.place = Place::kTemperature};
  if (auto block = block_of(name)) return *std::move(block);
  const auto starts = [name](std::string_view head) { return name.starts_with(head); };
  if (std::ranges::any_of(kHeads, starts)) return {.place = Place::kHead};
  const auto holds = [name](std::string_view part) { return name.find(part) != std::string_view::npos; };
  if (name != kLabels && std::ranges::any_of(kBefore, holds)) return {.place = Place::kBefore};
  return {.place = Place::kAfter};
}

ScopeRule::ScopeRule(Scope scope, std::span<const std::string> names) : scope_(scope) {
  for (const std::string& name : names) {
    const Position position = position_of(name);
    if (position.place != Place::kBlock) continue;
    std::int64_t& count = block_counts_[position.tower];
    count = std::max(count, position.block + 1);
  }
}

bool ScopeRule::in_last_blocks(const Position& position) const {
  if (position.place != Place::kBlock) return position.place != Place::kBefore;
  const auto count = block_counts_.find(position.tower);
  return count != block_counts_.end() && position.block >= count->second - scope_.blocks;
}

bool ScopeRule::trains(std::string_view name) const {
  const Position position = position_of(name);
  if (position.place == Place::kTemperature) return true;
  switch (scope_.kind) {
    case ScopeKind::kWhole:
      return true;
    case ScopeKind::kLastBlocks:
      return in_last_blocks(position);
    case ScopeKind::kHeads:
      return position.place == Place::kHead;
    case ScopeKind::kLora:
      return false;
  }
  __builtin_unreachable();
}

bool ScopeRule::adapts(std::string_view name, const nn::Shape& shape) const {
  if (scope_.kind != ScopeKind::kLora || shape.size() != 2) return false;
  const Place place = position_of(name).place;
  return place == Place::kBlock || place == Place::kHead;
}

}  // namespace glimpse::autograd
