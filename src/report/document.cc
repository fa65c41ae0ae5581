#include "report/document.h"

#include <fmt/format.h>

#include "base/file.h"
#include "report/data_uri.h"
#include "report/style.h"

namespace glimpse::report {
namespace {

std::string policy() {
  return fmt::format("default-src 'none'; img-src data:; style-src '{}'; base-uri 'none'; form-action 'none'",
                     csp_hash(kStyle.view()));
}

Markup refresh(int seconds) {
  if (seconds <= 0) return {};
  return empty_element("meta", {{"http-equiv", "refresh"}, {"content", fmt::format("{}", seconds)}});
}

Markup head(const Document& document) {
  return element("head",
                 {empty_element("meta", {{"charset", "utf-8"}}),
                  empty_element("meta", {{"http-equiv", "Content-Security-Policy"}, {"content", policy()}}),
                  refresh(document.refresh_seconds),
                  empty_element("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}}),
                  empty_element("meta", {{"name", "color-scheme"}, {"content", "light dark"}}),
                  empty_element("meta", {{"name", "referrer"}, {"content", "no-referrer"}}),
                  element("title", document.title), element("style", Markup::trusted(kStyle))});
}

std::string id_of(std::size_t section) { return fmt::format("section-{}", section + 1); }

Markup contents(const std::vector<Section>& sections) {
  Markup items;
  for (std::size_t i = 0; i < sections.size(); ++i) {
    items += element("li", element("a", {{"href", "#" + id_of(i)}}, sections[i].heading));
  }
  return element("nav", {{"aria-label", "Contents"}}, element("ul", items));
}

/// How many stand in a row, so that the last row has the fewest gaps.
std::size_t across(std::size_t cards) {
  constexpr std::size_t kMost = 6, kFewest = 4;
  if (cards <= kMost) return cards;
  std::size_t best = kMost;
  for (std::size_t i = kMost; i >= kFewest; --i) {
    if ((i - cards % i) % i < (best - cards % best) % best) best = i;
  }
  return best;
}

Markup summary(const std::vector<Card>& cards) {
  Markup items;
  for (const Card& card : cards) {
    Markup content{element("strong", card.value), element("span", {{"class", "label"}}, card.label)};
    if (!card.note.empty()) content += element("span", {{"class", "note"}}, card.note);
    items += element("li", {{"class", card.warning ? "card warning" : "card"}}, content);
  }
  return element("ul", {{"class", fmt::format("cards across-{}", across(cards.size()))}, {"aria-label", "Summary"}},
                 items);
}

Markup divided(const char* name, std::span<const Markup> blocks) {
  Markup content;
  for (const Markup& block : blocks) content += element("div", block);
  return element("div", {{"class", name}}, content);
}

Markup body(const Section& section, std::size_t number) {
  Markup content = element("h2", {{"id", id_of(number) + "-heading"}}, section.heading);
  for (const Markup& block : section.blocks) content += block;
  return element("section", {{"id", id_of(number)}, {"aria-labelledby", id_of(number) + "-heading"}}, content);
}

}  // namespace

Markup paragraph(const Markup& content) { return element("p", content); }
Markup remark(const Markup& content) { return element("p", {{"class", "remark"}}, content); }
Markup subheading(const Markup& content) { return element("h3", content); }
Markup code(std::string_view text) { return element("code", text); }
Markup details(const Markup& summary, const Markup& content) {
  return element("details", {element("summary", summary), content});
}

Markup columns(std::span<const Markup> blocks) { return divided("columns", blocks); }
Markup columns(std::initializer_list<Markup> blocks) { return columns(std::span(blocks.begin(), blocks.size())); }

Markup tiles(std::span<const Markup> blocks) { return divided("tiles", blocks); }

std::string render(const Document& document) {
  Markup main;
  if (!document.cards.empty()) main += summary(document.cards);
  for (std::size_t i = 0; i < document.sections.size(); ++i) main += body(document.sections[i], i);
  Markup page = element("a", {{"class", "skip"}, {"href", "#main"}}, "Skip to the report");
  page += element("header", {element("h1", document.title), element("p", {{"class", "lead"}}, document.lead)});
  if (document.sections.size() > 1) page += contents(document.sections);
  page += element("main", {{"id", "main"}}, main);
  page += element("footer", element("p", document.footer));
  return "<!DOCTYPE html>\n" + element("html", {{"lang", "en"}}, {head(document), element("body", page)}).html() + "\n";
}

Result<void> write(const Document& document, const std::filesystem::path& file) {
  return write_file_atomically(file, std::string_view(render(document)));
}

}  // namespace glimpse::report
