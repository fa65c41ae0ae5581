#include "report/plot.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace glimpse::report {

Markup figure(const Figure& figure) {
  const auto& text = figure.text;
  Markup caption = element("strong", text.title);
  caption += Markup(text.summary);
  Markup content = element("figcaption", caption);
  content += element("svg",
                     {{"viewBox", fmt::format("0 0 {:.0f} {:.0f}", figure.width, figure.height)},
                      {"xmlns", "http://www.w3.org/2000/svg"},
                      {"role", "img"},
                      {"aria-label", fmt::format("{}. {}", text.title, text.summary)}},
                     figure.drawing);
  content += figure.legend;
  if (figure.numbers) {
    content += element("details", {element("summary", "The numbers"), table(*figure.numbers)});
  }
  return element("figure", {{"class", figure.large ? "plot large" : "plot"}}, content);
}

std::string shortened(std::string_view text, std::size_t most) {
  const std::string valid = valid_utf8(text);
  std::size_t characters = 0, cut = 0;
  for (std::size_t i = 0; i < valid.size(); ++i) {
    if ((static_cast<unsigned char>(valid[i]) & 0xC0) == 0x80) continue;
    if (++characters == most) cut = i;
  }
  return characters <= most ? valid : valid.substr(0, cut) + "…";
}

}  // namespace glimpse::report
