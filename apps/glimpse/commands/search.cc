#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "commands.h"
#include "encode/picture_matcher.h"
#include "image/decode.h"
#include "json_text.h"
#include "model_store.h"
#include "open_remote.h"
#include "open_search.h"
#include "search/captions.h"
#include "search/rerank.h"
#include "store_settings.h"

namespace glimpse::app {
namespace {

// "./dog.jpg", "../dog.jpg" and "/dog.jpg" are pictures; anything else is words.
bool is_path(const std::string& query) {
  return query.starts_with("./") || query.starts_with("../") || query.starts_with("/");
}

/// Engine: of a library, or of a Qdrant collection.
template <typename Engine>
Result<search::Hits> find(Engine& engine, const std::string& query, std::size_t count) {
  const search::Page page{.limit = count};
  if (!is_path(query)) return engine.by_text(query, page);
  GLIMPSE_ASSIGN_OR_RETURN(const auto bytes, read_file(query, image::DecodeLimits{}.max_bytes));
  return engine.by_image(bytes, page).with_context(query);
}

/// On one line, whatever is in it.
std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  return text;
}

Result<std::unique_ptr<encode::PictureMatcher>> open_matcher(const CommonFlags& common, const SearchFlags& flags,
                                                             const OpenModel& searching, const std::string& query) {
  if (is_path(query)) return Error::invalid_argument("--rerank: expected a query in words, got the picture {}", query);
  GLIMPSE_ASSIGN_OR_RETURN(auto options, encoder_options(common));
  if (flags.rerank_model.empty()) {
    return encode::PictureMatcher::open(searching.stored.directory, options).with_context("--rerank");
  }
  options.params_path.clear();  // they are the other model's
  GLIMPSE_ASSIGN_OR_RETURN(const auto stored, find_model(flags.rerank_model));
  return encode::PictureMatcher::open(stored.directory, options).with_context("--rerank");
}

/// The best `flags.top` of the hits, after those that --rerank asks for have been put in order.
template <typename Open>
Result<search::Hits> find_and_rerank(const CommonFlags& common, const SearchFlags& flags, Open& open,
                                     const std::string& query) {
  const auto top = static_cast<std::size_t>(flags.top), count = static_cast<std::size_t>(flags.rerank);
  std::unique_ptr<encode::PictureMatcher> matcher;
  if (count > 0) {
    GLIMPSE_ASSIGN_OR_RETURN(matcher, open_matcher(common, flags, open.model, query));
  }
  GLIMPSE_ASSIGN_OR_RETURN(auto hits, find(*open.engine, query, std::max(top, count)));
  if (matcher) {
    const auto match = [&](std::span<const std::filesystem::path> files) { return matcher->match(query, files); };
    for (const auto& [path, error] : search::rerank(hits.hits, count, match)) {
      fmt::print(stderr, "glimpse: {}: not looked at again: {}\n", display(path), error.message());
    }
  }
  if (hits.hits.size() > top) hits.hits.erase(hits.hits.begin() + flags.top, hits.hits.end());
  return hits;
}

void print_hits(const search::Hits& hits, const SearchFlags& flags) {
  for (const auto& hit : hits.hits) {
    const std::string& path = hit.picture.path.native();  // bytes as they are, for the next program in the pipe
    if (flags.print0) {
      std::fwrite(path.c_str(), 1, path.size() + 1, stdout);
    } else if (flags.paths_only) {
      fmt::print("{}\n", path);
    } else if (flags.captions) {
      fmt::print("{:.3f}\t{}\t{}\n", hit.score, path, one_line(hit.caption));
    } else {
      fmt::print("{:.3f}\t{}\n", hit.score, path);
    }
  }
}

void print_hits_as_json(const std::string& query, const std::optional<library::Generation>& answering,
                        const search::Hits& hits) {
  nlohmann::ordered_json results = nlohmann::ordered_json::array();
  for (const auto& hit : hits.hits) {
    nlohmann::ordered_json result = {
        {"path", hit.picture.path.native()}, {"score", hit.score}, {"id", hit.picture.id.value}};
    if (!hit.caption.empty()) result["caption"] = hit.caption;
    if (hit.match) result["match"] = *hit.match;
    results.push_back(std::move(result));
  }
  nlohmann::ordered_json answer = {{"query", query}, {"model", nullptr}};
  if (answering) {
    answer["model"] = answering->model;
    answer["generation"] = answering->id.value;
  }
  answer["results"] = std::move(results);
  print_json(answer);
}

void print_answer(const std::string& query, const std::optional<library::Generation>& answering,
                  const search::Hits& hits, const CommonFlags& common, const SearchFlags& flags) {
  if (common.json) {
    print_hits_as_json(query, answering, hits);
  } else {
    print_hits(hits, flags);
  }
}

Result<ExitCode> search_captions(const std::string& query, const CommonFlags& common, const SearchFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto library,
                           library::Library::open(common.library, {.access = library::Access::kReadOnly}));
  GLIMPSE_ASSIGN_OR_RETURN(const auto captioned, library->captioned_pictures());
  if (captioned == 0) fmt::print(stderr, "glimpse: no picture has a caption yet: 'glimpse caption FOLDER'\n");
  GLIMPSE_ASSIGN_OR_RETURN(const auto hits,
                           search::by_caption(*library, query, {.limit = static_cast<std::size_t>(flags.top)}));
  print_answer(query, std::nullopt, hits, common, flags);
  return hits.hits.empty() ? ExitCode::kNothingFound : ExitCode::kDone;
}

Result<ExitCode> search_qdrant(const std::string& query, const CommonFlags& common, const SearchFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto settings, quick_store_settings(common.store));
  GLIMPSE_ASSIGN_OR_RETURN(const auto client, qdrant::Client::open(settings));
  GLIMPSE_ASSIGN_OR_RETURN(const auto store, qdrant::Store::open(*client, collection_name(common.store)));
  const auto files = RemoteFiles::open(common);
  const FirstQuery first = is_path(query) ? FirstQuery::kPicture : FirstQuery::kWords;
  GLIMPSE_ASSIGN_OR_RETURN(auto open, try_open_remote(common, store, files, first, RemoteUse::kCommand));
  if (!open) return no_collection(store);
  GLIMPSE_ASSIGN_OR_RETURN(const auto hits, find_and_rerank(common, flags, *open, query));
  print_answer(query, open->generation, hits, common, flags);
  return hits.hits.empty() ? ExitCode::kNothingFound : ExitCode::kDone;
}

}  // namespace

Result<ExitCode> run_search(const CommonFlags& common, const SearchFlags& flags) {
  const std::string query = fmt::format("{}", fmt::join(flags.words, " "));
  if (flags.captions) return search_captions(query, common, flags);
  if (uses_qdrant(common.store)) return search_qdrant(query, common, flags);
  const FirstQuery first = is_path(query) ? FirstQuery::kPicture : FirstQuery::kWords;
  GLIMPSE_ASSIGN_OR_RETURN(auto open, open_search(common, first));
  GLIMPSE_ASSIGN_OR_RETURN(const auto hits, find_and_rerank(common, flags, open, query));
  if (open.engine->damaged() > 0) {
    fmt::print(stderr, "glimpse: {} vectors are damaged and were left out; 'glimpse index' makes them again\n",
               open.engine->damaged());
  }
  print_answer(query, open.generation, hits, common, flags);
  return hits.hits.empty() ? ExitCode::kNothingFound : ExitCode::kDone;
}

}  // namespace glimpse::app
