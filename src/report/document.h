#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "report/markup.h"

namespace glimpse::report {

/// A large figure with what it counts: "2,002" "pictures" "of 2,004 files".
struct Card {
  std::string value, label, note;
  bool warning = false;  ///< Something that a person should look at.
};

struct Section {
  std::string heading;
  std::vector<Markup> blocks;  ///< In order: paragraph(), table(), picture_grid(), figures of plot.h, …
};

/// A page: one file, no script, no network, light and dark, narrow and wide, and on paper.
struct Document {
  std::string title, lead;  ///< `lead`: a sentence or two beneath the title.
  std::vector<Card> cards;
  std::vector<Section> sections;
  std::string footer;       ///< What made it, of what, how to make it again.
  int refresh_seconds = 0;  ///< Above 0: a browser loads the page again so often, for it is still being rewritten.
};

Markup paragraph(const Markup& content);
/// A remark in a frame: what is missing and how to get it.
Markup remark(const Markup& content);
/// A heading within a section.
Markup subheading(const Markup& content);
/// A name or a command, in the face of a terminal.
Markup code(std::string_view text);
/// Opens on a click; closed at first.
Markup details(const Markup& summary, const Markup& content);
/// Blocks beside each other where the page is wide.
Markup columns(std::span<const Markup> blocks);
Markup columns(std::initializer_list<Markup> blocks);

/// Small blocks, in as many columns as fit: pairs of pictures.
Markup tiles(std::span<const Markup> blocks);

/// The whole HTML file. Well-formed as XML too.
std::string render(const Document& document);

/// Writes it in the place of `file`, as a whole or not at all. Errors: io, not_found (the folder).
Result<void> write(const Document& document, const std::filesystem::path& file);

}  // namespace glimpse::report
