#pragma once

#include <string>
#include <string_view>

#include "server/judgments.h"
#include "server/wire.h"

namespace glimpse::server {

/// The body of POST /api/v1/judgments. Refuses unknown fields.
Parsed<JudgmentRequest> parse_judgment_body(std::string_view json);
/// `q`, `picture` and `judge` of DELETE.
Parsed<JudgmentKey> parse_judgment_key(std::string_view query);
/// `q`, `judge`, `limit` and `offset` of GET, each optional.
Parsed<JudgmentsRequest> parse_judgments_query(std::string_view query);

std::string judgment_json(const JudgmentAnswer& judgment);
std::string judgments_json(const JudgmentsRequest& request, const JudgmentsAnswer& answer);

}  // namespace glimpse::server
