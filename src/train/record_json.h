#pragma once

#include <nlohmann/json.hpp>

#include "train/run_record.h"

// Internal to this room: what run.json and report.json have in common.
namespace glimpse::train {

using nlohmann::ordered_json;

ordered_json json_of(const DataIdentity& data);
ordered_json json_of(const RunRecord& record);
/// Text that is no UTF-8 is written with U+FFFD. indent: 0 for a line.
std::string dumped(const ordered_json& json, int indent);

}  // namespace glimpse::train
