#pragma once

#include <string>

#include "library/records.h"
#include "search/hits.h"
#include "server/backend.h"

namespace glimpse::app {

/// A picture as the server shows it, of a library or of a Qdrant collection.
server::Picture described(const library::Picture& picture, float score, std::string caption = {});

/// What part of the hits a request asks for, and in which order.
search::Page page_of(const server::SearchRequest& request);

}  // namespace glimpse::app
